"""Journals that outlived their use: a kill came between the registry's entry and their removal."""

from contextlib import suppress

from robot.errors import InputError
from session_records.folder import JOURNAL, discard_journal
from session_records.store import SESSIONS, Registry


def discard_leftovers(registry: Registry) -> None:
    """Remove ring and journal of every session whose trace is in the registry and in its place."""
    for folder in {path.parent for path in (registry.home / SESSIONS).glob(f"*/{JOURNAL}")}:
        with suppress(InputError):  # somebody put a folder there that the registry does not know
            ended = registry.get(folder.name).ended
            if ended is not None and ended.trace is not None and (registry.home / ended.trace).exists():
                discard_journal(folder)
