// Of Arduino and ArduinoBLE, only what the example uses; the host's driver moves the clock and plays the central.
#ifndef HOST_ARDUINO_BLE_H
#define HOST_ARDUINO_BLE_H

#include <cstddef>
#include <cstdint>
#include <vector>

enum { BLERead = 0x02, BLEWrite = 0x08, BLENotify = 0x10, BLEIndicate = 0x20 };
const int A0 = 14;

uint32_t millis();
int analogRead(int pin);

class BLECharacteristic {
 public:
  BLECharacteristic(const char *uuid, int properties, int size);
  int writeValue(const uint8_t *bytes, size_t length);
  bool written();
  const uint8_t *value() const { return held_.data(); }
  int valueLength() const { return static_cast<int>(held_.size()); }
  void receive(const std::vector<uint8_t> &bytes);

 private:
  const char *uuid_;
  size_t size_;
  std::vector<uint8_t> held_;
  bool written_ = false;
};

class BLEService {
 public:
  explicit BLEService(const char *uuid) : uuid_(uuid) {}
  void addCharacteristic(BLECharacteristic &) {}
  const char *uuid() const { return uuid_; }

 private:
  const char *uuid_;
};

class BLELocalDevice {
 public:
  int begin() { return 1; }
  void addService(BLEService &) {}
  void setAdvertisedService(const BLEService &service);
  int advertise() { return 1; }
  void poll() {}
  bool connected() const { return true; }
};

extern BLELocalDevice BLE;

#endif
