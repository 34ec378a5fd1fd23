"""The commands: a module for each, which gives `add_to(app)` and imports nothing heavy at its top."""
