"""The session log: what happened at every tick, kept, hashed, measured, shown and exported."""
