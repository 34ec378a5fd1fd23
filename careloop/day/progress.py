"""A patient's sessions one after the other: how far, how long, how it ended, and what was said afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from careloop.day.desk import Desk
from session_records.people.afterwards import Remark
from session_records.store import SessionRecord

ALL = 100_000


@dataclass(frozen=True, slots=True)
class Visit:
    """One session of a patient as the records know it; what is not known is None.

    `reached_deg` the range that the encoder saw in the exercise, by joint; `minutes` of exercise; `pain` (0 to 10) and
    `borg` (6 to 20) as entered last; `adverse` the severity of each adverse event.
    """

    session: str
    started_at: datetime
    plan: str
    side: str | None
    operator: str | None
    prescription: str | None
    end: str | None
    reason: str | None
    minutes: float | None
    reached_deg: Mapping[str, tuple[float, float]]
    pain: int | None
    borg: int | None
    adverse: tuple[str, ...]

    @property
    def completed(self) -> bool:
        """Whether the exercise was done to its end."""
        return self.reason == "completed"


def visits(site: Desk, patient: str) -> tuple[Visit, ...]:
    """The sessions of a patient, oldest first; those that were refused before there was torque are left out."""
    records = reversed(site.registry.list(ALL, patient=patient))
    return tuple(visit(record, site.afterwards.remarks(record.session)) for record in records if not refused(record))


def refused(record: SessionRecord) -> bool:
    """Whether a session ended before there was torque."""
    return record.ended is not None and record.ended.end == "refused"


def visit(record: SessionRecord, remarks: tuple[Remark, ...]) -> Visit:
    """A session and what was said of it."""
    started, ended = record.started, record.ended
    metrics = (ended.metrics if ended else None) or {}
    exercise_s = metrics.get("exercise_s")
    return Visit(
        session=record.session,
        started_at=started.started_at,
        plan=started.plan,
        side=started.side,
        operator=started.operator,
        prescription=started.prescription,
        end=ended.end if ended else None,
        reason=ended.reason if ended else None,
        minutes=None if exercise_s is None else exercise_s / 60.0,
        reached_deg={
            joint: (one["low_deg"], one["high_deg"])
            for joint, one in (metrics.get("joints") or {}).items()
            if one.get("low_deg") is not None and one.get("high_deg") is not None
        },
        pain=_last([one.pain for one in remarks]),
        borg=_last([one.borg for one in remarks]),
        adverse=tuple(one.adverse for one in remarks if one.adverse is not None),
    )


def _last(entered: list[int | None]) -> int | None:
    return next((one for one in reversed(entered) if one is not None), None)
