"""Finite and fresh, before any comparison: which of the inputs may be trusted, and nothing below meets a NaN."""

from dataclasses import dataclass, fields

import casadi
from casadi import SX

from robot.guard.expressions import all_finite, all_of, finite, or_zero


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the guard reads in a tick, in the order of its arguments."""

    q: SX
    dq: SX
    tau_measured: SX
    contact_force: SX
    age: SX
    tau_law: SX
    fade: SX
    limits: SX
    memory: SX

    def in_order(self) -> list[SX]:
        """The inputs as arguments."""
        return [getattr(self, field.name) for field in fields(self)]


@dataclass(frozen=True, slots=True)
class Trust:
    """What may be trusted; each is a condition."""

    fresh: SX
    measurement: SX
    law: SX
    limits: SX
    memory: SX

    @property
    def seen(self) -> SX:
        """Whether this tick has a measurement."""
        return casadi.logic_and(self.fresh, self.measurement)

    @property
    def active(self) -> SX:
        """Whether measurements can be held against limits."""
        return casadi.logic_and(self.seen, self.limits)

    @property
    def good(self) -> SX:
        """Whether the law's torque may pass at all."""
        return all_of(self.seen, self.law, self.limits, self.memory)


def trusted(given: Inputs, not_negative: SX) -> Trust:
    """What of the inputs is finite and fresh; of the limits `not_negative` are also that."""
    return Trust(
        fresh=all_of(finite(given.age), given.age <= 0.0),
        measurement=all_finite(given.q, given.dq, given.tau_measured, given.contact_force),
        law=all_finite(given.tau_law, given.fade),
        limits=all_of(all_finite(given.limits), casadi.mmin(not_negative) >= 0.0),
        memory=all_finite(given.memory),
    )


def cleaned(given: Inputs, trust: Trust) -> Inputs:
    """The inputs, but zeros for measurements and limits that may not be trusted; law and memory as they came."""
    return Inputs(
        q=or_zero(given.q, trust.seen),
        dq=or_zero(given.dq, trust.seen),
        tau_measured=or_zero(given.tau_measured, trust.seen),
        contact_force=or_zero(given.contact_force, trust.seen),
        age=given.age,
        tau_law=given.tau_law,
        fade=given.fade,
        limits=or_zero(given.limits, trust.limits),
        memory=given.memory,
    )
