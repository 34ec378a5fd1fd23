"""A rotor with viscous and Coulomb friction, moved exactly, and the load that it is behind a simulated drive."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import copysign, exp, log


@dataclass
class Rotor:
    """An inertia in kg·m² with viscous friction above zero (N·m·s/rad) and Coulomb friction (N·m)."""

    inertia: float
    viscous: float
    coulomb: float
    q: float = 0.0
    dq: float = 0.0

    def go(self, tau: float, duration_s: float) -> None:
        """On by `duration_s` under a torque that is held; in closed form, from stop to stop.

        Between stops M dv/dt = τ − f_c sgn v − b v, so that the speed nears v∞ = (τ − f_c sgn v)/b exponentially. A
        rotor that stands is held by Coulomb friction up to f_c.
        """
        left = duration_s
        while left > 0.0:
            if self.dq == 0.0 and abs(tau) <= self.coulomb:
                return
            way = copysign(1.0, self.dq if self.dq != 0.0 else tau)
            end = (tau - way * self.coulomb) / self.viscous
            rate = self.viscous / self.inertia
            stops = log((end - self.dq) / end) / rate if end * self.dq < 0.0 else left
            step = min(stops, left)
            decayed = exp(-rate * step)
            self.q += end * step + (self.dq - end) * (1.0 - decayed) / rate
            self.dq = 0.0 if stops < left else end + (self.dq - end) * decayed
            left -= step


class RotorLoad:
    """A `robot.load.Load` of one joint that is nothing but a rotor; `step_s` is the tick."""

    truth_columns: tuple[str, ...] = ()
    truth: Sequence[float] = ()

    def __init__(self, rotor: Rotor, step_s: float) -> None:
        self.rotor = rotor
        self.step_s = step_s

    def advance(self, tau_motor: Sequence[float], steps: int) -> None:
        """On by `steps` with the drive's torque in N·m held."""
        self.rotor.go(tau_motor[0], steps * self.step_s)

    @property
    def q(self) -> Sequence[float]:
        """The angle in rad."""
        return [self.rotor.q]

    @property
    def dq(self) -> Sequence[float]:
        """The velocity in rad/s."""
        return [self.rotor.dq]

    def close(self) -> None:
        """Nothing to end."""
