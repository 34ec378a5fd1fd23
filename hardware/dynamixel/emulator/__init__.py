"""DYNAMIXEL drives that are not there: their bytes, their rules, and a load that they turn."""

from hardware.dynamixel.emulator.line import Faults
from hardware.dynamixel.emulator.robot import EmulatedRobot
from hardware.dynamixel.emulator.server import DynamixelEmulator

__all__ = ["DynamixelEmulator", "EmulatedRobot", "Faults"]
