"""How a session's control ended: left in the folder by control itself or, where control was killed, by the recorder."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from robot.errors import Notice
from session_records.disk import replace_text

END = "end.json"


@dataclass(frozen=True, slots=True)
class End:
    """How control ended: its last state and reason, or the error that kept it from starting.

    `notices` say what real time was not granted and how much of it was lost, `memory_mb` the most that control had
    resident, the ring included.
    """

    state: str
    reason: str
    error: dict[str, Any] | None = None
    notices: tuple[Notice, ...] = ()
    memory_mb: float | None = None

    def write(self, folder: Path) -> None:
        """Leave it for whoever closes the record."""
        replace_text(folder / END, json.dumps(asdict(self), default=str))

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """What was left; None where nobody lived to leave anything."""
        path = folder / END
        if not path.exists():
            return None
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**content, "notices": tuple(Notice(**one) for one in content["notices"])})


CONTROL_DIED = End("fault", "control-died")
"""Control was killed: without it the drive's own watchdog takes the torque away."""

PROCESS_DIED = End("interrupted", "process-died")
"""Nobody lived to say how it ended."""
