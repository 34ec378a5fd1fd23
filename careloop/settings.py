"""Where careloop keeps its data: one folder, and what is in it."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from robot.errors import DeviceError

_PRIVATE = 0o700
"""Sessions are health data and keys are keys: nobody else on the machine reads them."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of all data; nothing is made before `prepare`."""

    root: Path

    @classmethod
    def resolve(cls, given: Path | None = None) -> Self:
        """The folder given with `--home` or `CARELOOP_HOME`; without one, the user's own data folder."""
        if given is not None:
            return cls(given.expanduser().absolute())
        import platformdirs

        return cls(platformdirs.user_data_path("careloop"))

    @property
    def sessions(self) -> Path:
        """A folder for each session."""
        return self.root / "sessions"

    @property
    def proofs(self) -> Path:
        """The proofs of plans, and their reports."""
        return self.root / "proofs"

    @property
    def keys(self) -> Path:
        """The site's signing key."""
        return self.root / "keys"

    @property
    def cameras(self) -> Path:
        """The calibrations of the cameras that watch patients in sessions."""
        return self.root / "cameras"

    @property
    def registry(self) -> Path:
        """The database file that lists the sessions."""
        return self.root / "registry.db"

    @property
    def runtime(self) -> Path:
        """What lives only as long as its process: the emulators that run."""
        return self.root / "runtime"

    def prepare(self) -> Self:
        """Make the folders, private to the user; raises `DeviceError` where they cannot be made or written."""
        for folder in (self.root, self.sessions, self.proofs, self.keys, self.runtime, self.cameras):
            try:
                folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=folder):  # permissions and read-only disks show only when one writes
                    pass
            except OSError as problem:
                reason = (problem.strerror or str(problem)).lower()
                raise DeviceError("home-not-writable", folder=folder, reason=reason) from problem
        return self

    def require_free(self, count: int) -> None:
        """Refuse to begin with fewer than `count` bytes free; raises `DeviceError`."""
        free = shutil.disk_usage(self.root).free
        if free < count:
            raise DeviceError("disk-full", folder=self.root, free_mb=free // 10**6, needed_mb=-(-count // 10**6))
