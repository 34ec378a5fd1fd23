"""The digital inputs of emergency stop and hand switch over Modbus-RTU, and an emulator of them."""
