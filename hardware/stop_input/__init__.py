"""The emergency stop's digital input over Modbus-RTU, and an emulator of it."""
