"""Hours of one session in simulated time: memory that must not grow, the disk that it takes, and an exact replay."""

import json
import math
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from careloop.session.files import MAILBOX
from careloop.session.status import STATUS
from careloop.settings import Home
from robot.runtime.mailbox import Mailbox
from session_records.folder import control_lives
from session_records.journal import segments
from tests.campaigns.kit import CONTROL, RECORDER, Campaign, process_of
from tests.careloop.sessions import start, write_plan

CYCLE_S = 7.2
"""Of the slow walk below: a thousand repetitions, the most that a plan may have, are two hours."""

SLOW = {"speed: 0.3": "speed: 0.165", "motion.speed: [0.2, 0.35]": "motion.speed: [0.1, 0.35]"}

SETTLED_S = 60.0
"""Simulated; after it every buffer has been filled and every page touched."""

MOST_GROWTH_MB = 8.0
"""Of 3.6 million ticks, two bytes each. The smallest thing that Python could leak in every tick has 24, in all 86 MB;
what is allowed is a batch that the recorder happens to hold, and the allocators' own slack."""

RESIDENT, OWN = "VmRSS", "RssAnon"
"""Lines of /proc/PID/status: all resident pages, and those of them that are no mapped file's. Whoever closes a record
maps its files: those pages come and go with the disk's cache and belong to nobody."""

_LOOK_S = 0.2


def campaign(folder: Path, hours: float, tell: Callable[[str], None]) -> Campaign:
    """Run the shipped robot for `hours` of simulated time at full speed, and replay every tick."""
    seen = Campaign("soak")
    folder.mkdir(parents=True, exist_ok=True)
    home = Home(folder / "home").prepare()
    repetitions = {"repetitions: 3": f"repetitions: {math.ceil(3600.0 * hours / CYCLE_S)}"}
    plan = write_plan(folder / "plan.yaml", {**SLOW, **repetitions})
    begun = time.monotonic()
    process = start(home, "run", str(plan), "--on", "sim", "--json")
    watched = _Watched(home, tell)
    answer = _answer(process, watched.look)
    seen.check(process.returncode == 0 and answer.get("reason") == "completed", "run", f"ended {answer}")
    simulated_s = watched.simulated_s
    seen.figures = {
        "simulated (s)": round(simulated_s),
        "rows": answer.get("rows", 0),
        "times real time": round(simulated_s / max(watched.running_s, 1e-9), 1),
        "seconds to close the record": round(time.monotonic() - begun - watched.running_s, 1),
    }
    for who, sizes in watched.memory_mb.items():
        seen.check(len(sizes) > 1, who, "its memory was never seen after the first minute")
        sizes = sizes or [0.0]
        growth = max(sizes) - sizes[0]  # the last one may be of a process that gives back what it held
        seen.figures[f"{who}: memory after a minute, at most (MB)"] = f"{sizes[0]:.1f}, {max(sizes):.1f}"
        seen.check(growth <= MOST_GROWTH_MB, who, f"memory grew by {growth:.1f} MB")
    seen.figures["supervisor: most memory, closing the record (MB)"] = round(watched.largest_mb)
    if answer:
        _hold_record(seen, home, answer, watched.journal_bytes, tell)
    return seen


class _Watched:
    """Memory of control and recorder from the first simulated minute on, and the largest journal."""

    def __init__(self, home: Home, tell: Callable[[str], None]) -> None:
        self._home, self._tell = home, tell
        self._begun = time.monotonic()
        self.memory_mb: dict[str, list[float]] = {"control": [], "recorder": []}
        self.simulated_s = self.running_s = self.largest_mb = 0.0
        self.journal_bytes = 0
        self._pids: dict[str, int] = {}

    def look(self, supervisor: int) -> None:
        """Look once, while the session runs and while its record is closed."""
        self.largest_mb = max(self.largest_mb, _memory_mb(supervisor, OWN) or 0.0)
        for folder in self._home.sessions.iterdir():
            if not control_lives(folder):
                self._tell("the record is made")
                continue
            status = Mailbox.attach(folder / MAILBOX).status(len(STATUS))
            self.running_s = time.monotonic() - self._begun
            self.simulated_s = 0.0 if status is None else float(status[0])
            if self.simulated_s >= SETTLED_S:
                self._tell(f"{self.simulated_s / 60.0:.0f} simulated minutes")
                self._look_at(folder)

    def _look_at(self, folder: Path) -> None:
        for who, module in (("control", CONTROL), ("recorder", RECORDER)):
            if who not in self._pids:
                self._pids[who] = process_of(module, folder) or 0
            size = _memory_mb(self._pids[who], RESIDENT)
            self.memory_mb[who] += [] if size is None else [size]
        self.journal_bytes = sum(path.stat().st_size for path in segments(folder))


def _hold_record(
    seen: Campaign, home: Home, answer: dict[str, object], journal_bytes: int, tell: Callable[[str], None]
) -> None:
    """The disk that the session took, and its replay."""
    folder = Path(str(answer["trace"])).parent
    left = {path.name: path.stat().st_size for path in folder.iterdir()}
    seen.check(not segments(folder), folder.name, "the journal was not removed")
    seen.figures["disk: journal while it ran (MB)"] = journal_bytes // 10**6
    seen.figures["disk: trace, truth (MB)"] = f"{left['trace.parquet'] // 10**6}, {left['truth.arrows'] // 10**6}"
    tell("replaying")
    begun, largest = time.monotonic(), [0.0]

    def look(pid: int) -> None:
        largest[0] = max(largest[0], _memory_mb(pid, OWN) or 0.0)

    process = start(home, "sessions", "replay", folder.name, "--json")
    replayed = _answer(process, look)
    whole = replayed.get("rows") == answer.get("rows")
    seen.check(bool(replayed.get("same")) and bool(replayed.get("exact")) and whole, folder.name, f"replay: {replayed}")
    seen.figures["rows replayed bit for bit"] = replayed.get("rows", 0) if replayed.get("exact") else 0
    seen.figures["seconds to replay"] = round(time.monotonic() - begun, 1)
    seen.figures["replay: most memory (MB)"] = round(largest[0])


def _answer(process: "subprocess.Popen[str]", look: Callable[[int], None]) -> dict[str, object]:
    """What the command says as JSON; `look` is called with its process id while it runs."""
    while process.poll() is None:
        look(process.pid)
        time.sleep(_LOOK_S)
    out = process.communicate()[0]
    return json.loads(out) if out.strip() else {}


def _memory_mb(pid: int, which: str) -> float | None:
    """A process's memory, all that is `RESIDENT` or its `OWN`; None where it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return next((float(line.split()[1]) / 1024.0 for line in status.splitlines() if line.startswith(which)), None)
