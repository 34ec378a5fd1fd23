"""What befalls a person and their straps in the middle of a motion: conditions of a trial from the patient's side."""

import math
from collections.abc import Callable, Sequence

from robot.tick import Numbers
from sim_models.faults import NO_SLIP, Condition
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.joints import JointName
from sim_models.virtual_patient.strength import strongest

HOLDING_RAD = math.radians(5.0)
"""How far somebody who pushes back is moved before they push with all the torque they have; assumed."""

Will = Callable[[float, Sequence[float], Sequence[float]], Sequence[float]]
"""From the time in s, the limbs' angles in rad and velocities in rad/s to a torque in N·m of the person's own at each
limb's joint, flexion positive; asked once for each physics step."""


class Upset:
    """A `Will` of a person with this `body` that does what a condition says, and changes the numbers in `given`.

    `given` are the inputs of the forces that stay the same otherwise: at the places `efforts` the person's, at `straps`
    how far along the limbs these sit. Of the worn `joints` those that a condition names have the spasm, or are held.
    """

    def __init__(
        self,
        condition: Condition,
        joints: Sequence[JointName],
        body: Body,
        given: Numbers,
        efforts: Sequence[int],
        straps: Sequence[int],
    ) -> None:
        self._lets_go_s, self._slip = condition.lets_go_s, condition.slip
        spasm, pushing = condition.spasm, condition.pushes_back
        self._in_spasm, self._pushing = spasm.interval, pushing.interval
        self._given = given
        self._efforts, self._straps = efforts, straps
        ways = {one: strongest(one, body.mass_kg, body.sex, body.age_years) for one in joints}
        flexion, extension = 0, 1
        way = flexion if spasm.strength > 0.0 else extension
        self._spasms = [spasm.strength * ways[one][way] if one in spasm.joints else 0.0 for one in joints]
        self._pushes = [pushing.strength * min(ways[one]) if one in pushing.joints else 0.0 for one in joints]
        self._held: list[float] = []

    def __call__(self, time: float, q: Sequence[float], dq: Sequence[float]) -> Sequence[float]:
        """The torques in N·m beside the person's usual ones."""
        self._change(time)
        torques = self._resisting(time, q)
        if self._in_spasm.holds(time):
            torques = [one + spasm for one, spasm in zip(torques, self._spasms, strict=True)]
        return torques

    def _change(self, time: float) -> None:
        """Let go, and slip, once each."""
        if time >= self._lets_go_s - 1e-9:
            self._lets_go_s = math.inf
            for place in self._efforts:
                self._given[place] = 0.0
        if time >= self._slip.start - 1e-9:
            for place in self._straps:
                self._given[place] += self._slip.distance
            self._slip = NO_SLIP

    def _resisting(self, time: float, q: Sequence[float]) -> list[float]:
        """What holds each joint where it was when the pushing back began."""
        if not self._pushing.holds(time):
            return [0.0] * len(q)
        self._held = self._held or list(q)
        moved = [(held - now) / HOLDING_RAD for held, now in zip(self._held, q, strict=True)]
        return [most * min(max(share, -1.0), 1.0) for most, share in zip(self._pushes, moved, strict=True)]
