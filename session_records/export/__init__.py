"""Traces in other formats: one file a format, listed here."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from session_records.export.csv import write_csv

FORMATS: Mapping[str, Callable[[Path, Path], None]] = MappingProxyType({"csv": write_csv})
"""By name, the function that writes the trace at its first argument to its second; each raises `InputError` where the
first is no trace and `DeviceError` where the second cannot be written."""
