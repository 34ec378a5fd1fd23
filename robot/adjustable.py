"""What a plan lets a person adjust, at the start or while it runs: values by name, in ranges that its proof spans."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from robot.errors import PlanError
from robot.law import ASSISTANCE, Law, parameter_columns
from robot.plan import Plan
from robot.planned_motion import ENDS, RANGES, Choice, RecordedMotion

ASSISTANCE_SLEW = 0.2
"""Change of the assistance per s: from all to nothing in 5 s, time to take over or to say no. Our choice."""


@dataclass(frozen=True, slots=True)
class Adjustable:
    """A value that may be changed while a session runs: to anywhere in `low`…`high`, by at most `slew` per s.

    `value` is what it starts with (where a plan gives one for each joint, the first's), `unit` as a person reads it.
    `columns` are the places among the row's parameters that it sets, all to the same number; none for a `motion.` name,
    which the motion takes by `adjust` and slews itself.
    """

    name: str
    low: float
    high: float
    value: float
    slew: float
    unit: str
    columns: tuple[int, ...]


def _choices(plan: Plan, law: Law) -> dict[str, Choice]:
    """Every name that this plan could list as adjustable."""
    return {
        **{
            f"{part.name}.{name}": Choice(one.at_least, one.at_most, one.unit, one.slew, one.why)
            for part in law.parts
            for name, one in part.parameters().items()
        },
        "assistance": Choice(0.0, 1.0, "of full assistance", ASSISTANCE_SLEW, "share-of-all"),
        **plan.motion.choices({joint: limits.range_deg for joint, limits in plan.limits.joints.items()}),
    }


def adjustables(plan: Plan, law: Law, joints: tuple[str, ...]) -> tuple[Adjustable, ...]:
    """What may be changed while a session of this plan runs, in the plan's order."""
    choices, columns = _choices(plan, law), parameter_columns(law, joints)
    return tuple(
        Adjustable(
            name=name,
            low=low,
            high=high,
            value=_own_values(plan, name)[0],
            slew=choices[name].slew,
            unit=choices[name].unit,
            columns=tuple(
                index for index, one in enumerate(columns) if one.name == name or one.name.startswith(f"{name}.")
            ),
        )
        for name, (low, high) in plan.adjustable.items()
    )


def check_adjustable(plan: Plan, law: Law) -> None:
    """Refuse an adjustable name that there is not, or a range outside its bounds or without the plan's own value."""
    choices = _choices(plan, law)
    for name, (low, high) in plan.adjustable.items():
        field = f"adjustable.{name}"
        if name not in choices:
            raise PlanError("field-unknown", field=field, known=", ".join(choices))
        one = choices[name]
        if not one.least <= low <= high <= one.most:
            given, bounds = f"{low:g} to {high:g}", {"low": one.least, "high": one.most}
            raise PlanError("out-of-bounds", field=field, given=given, **bounds, unit=one.unit, why=one.why)
        for own in _own_values(plan, name):
            if not low <= own <= high:
                raise PlanError("outside-adjustable", field=field, given=f"the plan's own {own:g}", low=low, high=high)
    if isinstance(plan.motion, RecordedMotion):
        _check_crossing(plan, plan.motion)


def _check_crossing(plan: Plan, motion: RecordedMotion) -> None:
    """Refuse ranges whose low end could be led past the high one."""
    for joint, own_range in motion.range_deg.items():
        place = f"{RANGES}{joint}"
        ends = [plan.adjustable.get(f"{place}.{end}", (own, own)) for end, own in zip(ENDS, own_range, strict=True)]
        if ends[0][1] >= ends[1][0]:
            raise PlanError("range-crossed", field=f"adjustable.{place}", low=ends[0][1], high=ends[1][0])


def adjusted(plan: Plan, changes: Mapping[str, float]) -> Plan:
    """The plan with adjustable values changed, each within its range; raises `PlanError` otherwise."""
    content = plan.content
    for name, value in changes.items():
        if name not in plan.adjustable:
            known = ", ".join(plan.adjustable) or "none"
            raise PlanError("not-adjustable", field=name, known=known)
        low, high = plan.adjustable[name]
        if not low <= value <= high:
            raise PlanError("outside-adjustable", field=name, given=value, low=low, high=high)
        holder, key = _place(content, name)
        holder[key] = value
    return Plan.model_validate_json(json.dumps(content))


def adjustable_corners(plan: Plan, part: str = "") -> Sequence[dict[str, float]]:
    """Every corner of the adjustable ranges, as changes to the plan; of those alone whose names begin with `part`."""
    corners: list[dict[str, float]] = [{}]
    for name, ends in plan.adjustable.items():
        if name.startswith(part):
            corners = [{**corner, name: end} for corner in corners for end in ends]
    return corners


def _own_values(plan: Plan, name: str) -> Sequence[float]:
    """What the plan itself gives an adjustable value, for each joint where it says so."""
    holder, key = _place(plan.content, name)
    value = holder[key]
    return tuple(value.values()) if isinstance(value, dict) else (value,)


def _place(content: dict[str, Any], name: str) -> tuple[Any, str | int]:
    """What holds an adjustable value in a plan's content, and under which key."""
    if name == ASSISTANCE.name:
        return content, name
    part, _, field = name.rpartition(".")
    if part == "motion":
        return content["motion"], field
    if part.startswith(RANGES):
        return content["motion"]["range_deg"][part.removeprefix(RANGES)], ENDS.index(field)
    return next(entry[part] for entry in content["law"] if part in entry), field
