/* Of Zephyr, only what the example uses: a table of attributes, and notifications that the host collects. */
#ifndef HOST_ZEPHYR_GATT_H
#define HOST_ZEPHYR_GATT_H

#include <stdint.h>
#include <sys/types.h>

#include <zephyr/bluetooth/uuid.h>

struct bt_conn;
struct bt_gatt_attr;

typedef ssize_t (*bt_gatt_read)(struct bt_conn *, const struct bt_gatt_attr *, void *, uint16_t, uint16_t);
typedef ssize_t (*bt_gatt_write)(struct bt_conn *, const struct bt_gatt_attr *, const void *, uint16_t, uint16_t,
                                 uint8_t);

struct bt_gatt_attr {
    const void *uuid;
    bt_gatt_read read;
    bt_gatt_write write;
};

struct bt_gatt_service_static {
    const struct bt_gatt_attr *attrs;
    size_t attr_count;
};

struct bt_gatt_indicate_params {
    const struct bt_gatt_attr *attr;
    const void *data;
    uint16_t len;
};

#define BT_GATT_CHRC_READ 0x02
#define BT_GATT_CHRC_WRITE 0x08
#define BT_GATT_CHRC_NOTIFY 0x10
#define BT_GATT_CHRC_INDICATE 0x20
#define BT_GATT_PERM_NONE 0
#define BT_GATT_PERM_READ 1
#define BT_GATT_PERM_WRITE 2

#define BT_GATT_PRIMARY_SERVICE(service) { (service), NULL, NULL }
#define BT_GATT_CHARACTERISTIC(uuid, properties, permissions, on_read, on_write, user_data) \
    { (uuid), (on_read), (on_write) }
#define BT_GATT_CCC(changed, permissions) { NULL, NULL, NULL }
/* Not static, so that the host's driver finds it. */
#define BT_GATT_SERVICE_DEFINE(name, ...)                         \
    static const struct bt_gatt_attr name##_attrs[] = {__VA_ARGS__}; \
    extern const struct bt_gatt_service_static name;              \
    const struct bt_gatt_service_static name = {name##_attrs, sizeof name##_attrs / sizeof name##_attrs[0]}

ssize_t bt_gatt_attr_read(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf, uint16_t len,
                          uint16_t offset, const void *value, uint16_t value_len);
int bt_gatt_notify(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *data, uint16_t len);
int bt_gatt_indicate(struct bt_conn *conn, struct bt_gatt_indicate_params *params);

#endif
