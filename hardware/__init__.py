"""Serial motor drives as a plant, and an emulator of each."""

from hardware.families import FAMILIES
from hardware.plant import SerialPlant

__all__ = ["FAMILIES", "SerialPlant"]
