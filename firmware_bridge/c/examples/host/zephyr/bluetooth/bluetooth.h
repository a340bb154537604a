/* Of Zephyr, only what the example uses. */
#ifndef HOST_ZEPHYR_BLUETOOTH_H
#define HOST_ZEPHYR_BLUETOOTH_H

#include <stddef.h>
#include <stdint.h>

struct bt_data {
    uint8_t type;
    uint8_t data_len;
    const uint8_t *data;
};

#define BT_DATA_FLAGS 0x01
#define BT_DATA_UUID128_ALL 0x07
#define BT_LE_AD_GENERAL 0x02
#define BT_LE_AD_NO_BREDR 0x04
#define BT_DATA_BYTES(kind, ...) \
    { (kind), sizeof((const uint8_t[]){__VA_ARGS__}), (const uint8_t[]){__VA_ARGS__} }
#define BT_LE_ADV_CONN NULL

int bt_enable(void *ready);
int bt_le_adv_start(const void *parameters, const struct bt_data *ad, size_t ad_len, const struct bt_data *sd,
                    size_t sd_len);

#endif
