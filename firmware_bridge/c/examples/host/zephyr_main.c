/* Runs the Zephyr example on a PC: starts its stream, lets 3 s pass, stops it, and prints every packet in hexadecimal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/kernel.h>

extern const struct bt_gatt_service_static eda_service;

enum { STARTS_MS = 1000, STOPS_MS = 4000, ENDS_MS = 5000, INFO_ATTRIBUTE = 3, CONTROL_ATTRIBUTE = 4 };

static int64_t now_ms;

static void print(const char *what, const uint8_t *bytes, size_t length) {
    printf("%s ", what);
    for (size_t i = 0; i < length; i++) {
        printf("%02x", bytes[i]);
    }
    puts("");
}

static void command(const uint8_t *bytes, uint16_t length) {
    const struct bt_gatt_attr *const attr = &eda_service.attrs[CONTROL_ATTRIBUTE];
    attr->write(NULL, attr, bytes, length, 0, 0);
}

int64_t k_uptime_get(void) { return now_ms; }

int32_t k_msleep(int32_t ms) {
    static const uint8_t start[] = {0x01, 0x28, 0x00}, stop[] = {0x02};
    const int64_t before_ms = now_ms;
    now_ms += ms;
    if (before_ms < STARTS_MS && now_ms >= STARTS_MS) {
        uint8_t value[64];
        const struct bt_gatt_attr *const attr = &eda_service.attrs[INFO_ATTRIBUTE];
        print("info", value, (size_t)attr->read(NULL, attr, value, sizeof value, 0));
        command(start, sizeof start);
    }
    if (before_ms < STOPS_MS && now_ms >= STOPS_MS) {
        command(stop, sizeof stop);
    }
    if (now_ms >= ENDS_MS) {
        exit(0);
    }
    return 0;
}

int32_t read_conductance_tenth_ns(void) { return (int32_t)now_ms; }

int bt_enable(void *ready) {
    (void)ready;
    return 0;
}

int bt_le_adv_start(const void *parameters, const struct bt_data *ad, size_t ad_len, const struct bt_data *sd,
                    size_t sd_len) {
    (void)parameters;
    (void)sd;
    (void)sd_len;
    for (size_t i = 0; i < ad_len; i++) {
        print("advertised", ad[i].data, ad[i].data_len);
    }
    return 0;
}

ssize_t bt_gatt_attr_read(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf, uint16_t len,
                          uint16_t offset, const void *value, uint16_t value_len) {
    (void)conn;
    (void)attr;
    if (offset > value_len) {
        return -1;
    }
    const uint16_t left = (uint16_t)(value_len - offset), taken = left < len ? left : len;
    memcpy(buf, (const uint8_t *)value + offset, taken);
    return (ssize_t)taken;
}

int bt_gatt_notify(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *data, uint16_t len) {
    (void)conn;
    (void)attr;
    print("data", data, len);
    return 0;
}

int bt_gatt_indicate(struct bt_conn *conn, struct bt_gatt_indicate_params *params) {
    (void)conn;
    print("response", params->data, params->len);
    return 0;
}
