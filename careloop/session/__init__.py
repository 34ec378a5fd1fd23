"""One session: the checks before torque, its processes, and what becomes of its record."""
