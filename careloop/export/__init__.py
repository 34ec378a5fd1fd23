"""A plan's law and guard as C99 for firmware."""
