"""Every speed claim, measured beside its peer or its limit: `python -m benchmarks [NAME ...] [--json]`."""

NAMES = ("tick", "laws", "timing", "recorder", "simulation", "trials", "serial", "console", "vision")
"""The benchmarks that there are: each a module here with `run()`, which gives one row for each figure.

`measured` is None where something is missing, and `beside` says what."""
