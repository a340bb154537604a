// An open EDA sensor with the ArduinoBLE library (tested in its host build only): a voltage divider of the skin and
// 1 MOhm at pin A0 as the front end. Replace `readConductanceTenthNs` by your own for anything but a first try.
#include <ArduinoBLE.h>

#include "open_eda.h"

const uint16_t RATE_TENTH_HZ = 40;
const size_t SAMPLES_PER_PACKET = 2;
const int32_t REFERENCE_TENTH_NS = 10000;  // 1 MOhm
const int32_t FULL_SCALE = 1023;

BLEService service(OPEN_EDA_SERVICE_UUID);
BLECharacteristic data(OPEN_EDA_DATA_UUID, BLENotify, OPEN_EDA_PACKET_LENGTH(SAMPLES_PER_PACKET));
BLECharacteristic info(OPEN_EDA_INFO_UUID, BLERead, 64);
BLECharacteristic control(OPEN_EDA_CONTROL_UUID, BLEWrite | BLEIndicate, 20);

open_eda_header header;
int32_t samples[SAMPLES_PER_PACKET];
size_t count = 0;
bool streaming = false;
uint32_t nextSampleMs = 0;

int32_t readConductanceTenthNs() {
  const int32_t reading = analogRead(A0);
  if (reading >= FULL_SCALE) {
    return OPEN_EDA_MISSING;
  }
  return REFERENCE_TENTH_NS * reading / (FULL_SCALE - reading);
}

void answer(const uint8_t *command, size_t length) {
  open_eda_request request;
  open_eda_status status = open_eda_decode_request(command, length, &request);
  if (status == OPEN_EDA_SUCCESS && request.opcode == OPEN_EDA_START && request.rate_tenth_hz != RATE_TENTH_HZ) {
    status = OPEN_EDA_RATE_NOT_OFFERED;
  }
  if (status == OPEN_EDA_SUCCESS) {
    streaming = request.opcode == OPEN_EDA_START;
    count = 0;
    nextSampleMs = millis();
  }
  uint8_t response[OPEN_EDA_RESPONSE_LENGTH];
  open_eda_encode_response(length == 0 ? 0 : command[0], status, response);
  control.writeValue(response, sizeof response);
}

void setup() {
  const uint16_t rates[] = {RATE_TENTH_HZ};
  const open_eda_info about = {OPEN_EDA_EXCITATION_DC, 1000000, rates, 1, "0001"};
  uint8_t value[64];
  header.rate_tenth_hz = RATE_TENTH_HZ;
  header.clock_restarted = true;
  BLE.begin();
  info.writeValue(value, open_eda_encode_info(&about, value, sizeof value));
  service.addCharacteristic(data);
  service.addCharacteristic(info);
  service.addCharacteristic(control);
  BLE.addService(service);
  BLE.setAdvertisedService(service);
  BLE.advertise();
}

void loop() {
  BLE.poll();
  if (control.written()) {
    answer(control.value(), control.valueLength());
  }
  if (!BLE.connected()) {
    streaming = false;
  }
  if (!streaming || (int32_t)(millis() - nextSampleMs) < 0) {
    return;
  }
  if (count == 0) {
    header.first_sample_ms = nextSampleMs;
  }
  nextSampleMs += 10000 / RATE_TENTH_HZ;
  samples[count++] = readConductanceTenthNs();
  if (count == SAMPLES_PER_PACKET) {
    uint8_t packet[OPEN_EDA_PACKET_LENGTH(SAMPLES_PER_PACKET)];
    data.writeValue(packet, open_eda_encode_packet(&header, samples, count, packet, sizeof packet));
    header.sequence++;
    header.clock_restarted = false;
    count = 0;
  }
}
