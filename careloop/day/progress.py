"""A patient's sessions one after the other: how far, how much, with how much help, and what was said afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from careloop.day.desk import Desk
from careloop.day.dose import Share
from session_records.store import SessionRecord

ALL = 100_000

Entered = TypeVar("Entered", int, str)


@dataclass(frozen=True, slots=True)
class Visit:
    """One session of a patient as the records know it; what is not known is None.

    `reached_deg` the range that the encoder saw in the exercise, by joint; `minutes` of exercise; `repetitions` whole
    ones, without the trial; `share` what it was to do of the prescribed dose; `assistance` 0…1 on average; `effort_Nm`
    the person's own mean torque along the motion, estimated, by joint; `because` why it ended, `pain` (0 to 10) and
    `borg` (6 to 20), each as entered last; `adverse` the severity of each adverse event.
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
    repetitions: int | None
    share: Share | None
    assistance: float | None
    effort_Nm: Mapping[str, float]  # noqa: N815  (a unit's own capitals)
    because: str | None
    pain: int | None
    borg: int | None
    adverse: tuple[str, ...]

    @property
    def completed(self) -> bool:
        """Whether the exercise was done to its end."""
        return self.reason == "completed"

    @property
    def done(self) -> int | None:
        """Repetitions of the dose that are done, those of a session that this one goes on with included."""
        return None if self.repetitions is None else self.repetitions + (self.share.before if self.share else 0)


def visits(site: Desk, patient: str) -> tuple[Visit, ...]:
    """The sessions of a patient, oldest first; those that were refused before there was torque are left out."""
    records = reversed(site.registry.list(ALL, patient=patient))
    return tuple(visit(site, record) for record in records if not refused(record))


def refused(record: SessionRecord) -> bool:
    """Whether a session ended before there was torque."""
    return record.ended is not None and record.ended.end == "refused"


def visit(site: Desk, record: SessionRecord) -> Visit:
    """A session, what it was to do, and what was said of it."""
    started, ended = record.started, record.ended
    remarks = site.afterwards.remarks(record.session)
    metrics = (ended.metrics if ended else None) or {}
    exercise_s, joints = metrics.get("exercise_s"), metrics.get("joints") or {}
    shares = [Share(**one.value) for one in site.preflights.of(record.session) if one.item == "dose"]
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
            for joint, one in joints.items()
            if one.get("low_deg") is not None and one.get("high_deg") is not None
        },
        repetitions=metrics.get("repetitions"),
        share=shares[-1] if shares else None,
        assistance=metrics.get("assistance"),
        effort_Nm={joint: one["effort_Nm"] for joint, one in joints.items() if one.get("effort_Nm") is not None},
        because=_last([one.because for one in remarks]),
        pain=_last([one.pain for one in remarks]),
        borg=_last([one.borg for one in remarks]),
        adverse=tuple(one.adverse for one in remarks if one.adverse is not None),
    )


def _last(entered: list[Entered | None]) -> Entered | None:
    return next((one for one in reversed(entered) if one is not None), None)
