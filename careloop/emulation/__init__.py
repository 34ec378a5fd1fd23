"""Emulated robots as processes of their own, and which of them run."""
