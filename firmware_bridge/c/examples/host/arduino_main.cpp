// Runs the Arduino sketch on a PC: starts its stream, lets 3 s pass, stops it, and prints every packet in hexadecimal.
#include <cstdio>
#include <cstring>

#include "ArduinoBLE.h"
#include "../arduino/open_eda_sensor.ino"

static uint32_t now_ms = 0;
BLELocalDevice BLE;

uint32_t millis() { return now_ms; }
int analogRead(int) { return 512; }

void BLELocalDevice::setAdvertisedService(const BLEService &advertised) {
  std::printf("advertised %s\n", advertised.uuid());
}

BLECharacteristic::BLECharacteristic(const char *uuid, int, int size)
    : uuid_(uuid), size_(static_cast<size_t>(size)) {}

int BLECharacteristic::writeValue(const uint8_t *bytes, size_t length) {
  const char *what = std::strcmp(uuid_, OPEN_EDA_DATA_UUID) == 0   ? "data"
                     : std::strcmp(uuid_, OPEN_EDA_INFO_UUID) == 0 ? "info"
                                                                   : "response";
  std::printf("%s ", what);
  for (size_t i = 0; i < length && i < size_; i++) {
    std::printf("%02x", bytes[i]);
  }
  std::puts("");
  return 1;
}

bool BLECharacteristic::written() {
  const bool was = written_;
  written_ = false;
  return was;
}

void BLECharacteristic::receive(const std::vector<uint8_t> &bytes) {
  held_ = bytes;
  written_ = true;
}

int main() {
  setup();
  for (; now_ms < 5000; now_ms += 10) {
    if (now_ms == 1000) {
      control.receive({0x01, 0x28, 0x00});
    }
    if (now_ms == 4000) {
      control.receive({0x02});
    }
    loop();
  }
  return 0;
}
