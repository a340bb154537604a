/* An open EDA sensor on Zephyr (tested in its host build only; board, overlay and electrode front end are yours).
 *
 * `read_conductance_tenth_ns` is the one function to replace: it gives the front end's newest sample.
 */
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/uuid.h>
#include <zephyr/kernel.h>

#include "open_eda.h"

#define BASE(number) BT_UUID_128_ENCODE(number, 0xfd4e, 0x456c, 0x8057, 0x30995786957b)
#define SAMPLES_PER_PACKET 2u
#define RATE_TENTH_HZ 40u

static const uint16_t rates_tenth_hz[] = {RATE_TENTH_HZ};
static const open_eda_info about = {
    .excitation = OPEN_EDA_EXCITATION_DC,
    .range_tenth_ns = 1000000,
    .rates_tenth_hz = rates_tenth_hz,
    .rate_count = 1,
    .serial = "0001",
};

static const struct bt_uuid_128 service_uuid = BT_UUID_INIT_128(BASE(0x8d040001));
static const struct bt_uuid_128 data_uuid = BT_UUID_INIT_128(BASE(0x8d040002));
static const struct bt_uuid_128 info_uuid = BT_UUID_INIT_128(BASE(0x8d040003));
static const struct bt_uuid_128 control_uuid = BT_UUID_INIT_128(BASE(0x8d040004));

static volatile bool streaming;
static uint8_t response[OPEN_EDA_RESPONSE_LENGTH];
static struct bt_gatt_indicate_params indication;

extern int32_t read_conductance_tenth_ns(void);

static ssize_t read_info(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf, uint16_t len,
                         uint16_t offset) {
    uint8_t value[64];
    const size_t length = open_eda_encode_info(&about, value, sizeof value);
    return bt_gatt_attr_read(conn, attr, buf, len, offset, value, (uint16_t)length);
}

static ssize_t write_control(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *buf, uint16_t len,
                             uint16_t offset, uint8_t flags) {
    open_eda_request request;
    open_eda_status status = open_eda_decode_request(buf, len, &request);
    (void)offset;
    (void)flags;
    if (status == OPEN_EDA_SUCCESS && request.opcode == OPEN_EDA_START && request.rate_tenth_hz != RATE_TENTH_HZ) {
        status = OPEN_EDA_RATE_NOT_OFFERED;
    }
    if (status == OPEN_EDA_SUCCESS) {
        streaming = request.opcode == OPEN_EDA_START;
    }
    open_eda_encode_response(len == 0 ? 0 : *(const uint8_t *)buf, status, response);
    indication.attr = attr;
    indication.data = response;
    indication.len = sizeof response;
    bt_gatt_indicate(conn, &indication);
    return (ssize_t)len;
}

BT_GATT_SERVICE_DEFINE(eda_service,
    BT_GATT_PRIMARY_SERVICE(&service_uuid),
    BT_GATT_CHARACTERISTIC(&data_uuid.uuid, BT_GATT_CHRC_NOTIFY, BT_GATT_PERM_NONE, NULL, NULL, NULL),
    BT_GATT_CCC(NULL, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE),
    BT_GATT_CHARACTERISTIC(&info_uuid.uuid, BT_GATT_CHRC_READ, BT_GATT_PERM_READ, read_info, NULL, NULL),
    BT_GATT_CHARACTERISTIC(&control_uuid.uuid, BT_GATT_CHRC_WRITE | BT_GATT_CHRC_INDICATE, BT_GATT_PERM_WRITE, NULL,
                           write_control, NULL),
    BT_GATT_CCC(NULL, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE));

static const struct bt_data advertisement[] = {
    BT_DATA_BYTES(BT_DATA_FLAGS, (BT_LE_AD_GENERAL | BT_LE_AD_NO_BREDR)),
    BT_DATA_BYTES(BT_DATA_UUID128_ALL, BASE(0x8d040001)),
};

int main(void) {
    open_eda_header header = {.rate_tenth_hz = RATE_TENTH_HZ, .clock_restarted = true};
    int32_t samples[SAMPLES_PER_PACKET];
    uint8_t packet[OPEN_EDA_PACKET_LENGTH(SAMPLES_PER_PACKET)];
    size_t count = 0;

    if (bt_enable(NULL) != 0 || bt_le_adv_start(BT_LE_ADV_CONN, advertisement, 2, NULL, 0) != 0) {
        return 1;
    }
    for (;;) {
        k_msleep(10000 / (int32_t)RATE_TENTH_HZ);
        if (!streaming) {
            count = 0;
            continue;
        }
        if (count == 0) {
            header.first_sample_ms = (uint32_t)k_uptime_get();
        }
        samples[count++] = read_conductance_tenth_ns();
        if (count == SAMPLES_PER_PACKET) {
            const size_t length = open_eda_encode_packet(&header, samples, count, packet, sizeof packet);
            bt_gatt_notify(NULL, &eda_service.attrs[1], packet, (uint16_t)length);
            header.sequence++;
            header.clock_restarted = false;
            count = 0;
        }
    }
}
