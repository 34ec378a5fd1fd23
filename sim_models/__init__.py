"""Simulated plants: a robot and a virtual patient's limb in PyBullet, behind the drives as the bus shows them."""
