"""Files that a crash leaves whole."""

import os
from pathlib import Path


def replace_text(path: Path, text: str) -> None:
    """Write a small file in one step: after a crash it holds the old text or the new one."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the folder's names: a file that was made, renamed or removed in it stays so."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
