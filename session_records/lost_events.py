"""What the rows still tell of a session whose control was killed: it keeps its events until its end."""

from pathlib import Path

import numpy as np

from robot.runtime.session_state import Event, State
from session_records.journal import JournalReading

_NAMES = {float(state): state.name.lower() for state in State}


def state_changes(folder: Path) -> list[Event]:
    """Each change of state in a folder's journal, the first state included, at the time of its row."""
    events: list[Event] = []
    before = np.nan
    for batch in JournalReading(folder).batches():
        times, states = (batch.column(name).to_numpy() for name in ("time_s", "session_state"))
        changes = [index for index in np.flatnonzero(np.diff(states, prepend=before)) if states[index] in _NAMES]
        events += [Event(float(times[index]), f"state-{_NAMES[states[index]]}", {}) for index in changes]
        before = states[-1]
    return events
