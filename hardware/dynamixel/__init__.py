"""ROBOTIS DYNAMIXEL drives, Protocol 2.0."""
