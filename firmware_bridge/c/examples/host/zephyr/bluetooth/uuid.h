/* Of Zephyr, only what the example uses. */
#ifndef HOST_ZEPHYR_UUID_H
#define HOST_ZEPHYR_UUID_H

#include <stdint.h>

struct bt_uuid {
    uint8_t type;
};

struct bt_uuid_128 {
    struct bt_uuid uuid;
    uint8_t val[16];
};

#define HOST_BYTE(value, index) (uint8_t)((unsigned long long)(value) >> (8 * (index)) & 0xFFu)
#define BT_UUID_128_ENCODE(a, b, c, d, e)                                                                     \
    HOST_BYTE(e, 0), HOST_BYTE(e, 1), HOST_BYTE(e, 2), HOST_BYTE(e, 3), HOST_BYTE(e, 4), HOST_BYTE(e, 5),       \
        HOST_BYTE(d, 0), HOST_BYTE(d, 1), HOST_BYTE(c, 0), HOST_BYTE(c, 1), HOST_BYTE(b, 0), HOST_BYTE(b, 1),   \
        HOST_BYTE(a, 0), HOST_BYTE(a, 1), HOST_BYTE(a, 2), HOST_BYTE(a, 3)
#define BT_UUID_INIT_128(...) { {2}, {__VA_ARGS__} }

#endif
