"""What the tests of this room share: the robot, a posture, and a load whose motion is known in closed form."""

from collections.abc import Sequence

from robot.description import RobotDescription, load_robot
from robot.plan import Posture

KNEE_EXO: RobotDescription = load_robot("knee-exo")
SEATED = Posture(thigh_pitch_deg=0.0, hip_flexion_deg=30.0)


class Flywheel:
    """One joint without friction or gravity: dq' = tau / inertia, stepped as dq, then q; remembers every torque."""

    step_s = 0.001
    truth_columns = ("flywheel_q_rad",)

    def __init__(self, inertia: float = 1.0, q: float = 0.5, dq: float = 0.0) -> None:
        self._inertia = inertia
        self._q, self._dq = q, dq
        self.torques: list[float] = []
        self.closed = False

    @property
    def q(self) -> Sequence[float]:
        return [self._q]

    @property
    def dq(self) -> Sequence[float]:
        return [self._dq]

    @property
    def truth(self) -> Sequence[float]:
        return [self._q]

    def advance(self, tau_motor: Sequence[float], steps: int) -> None:
        for _ in range(steps):
            self.torques.append(tau_motor[0])
            self._dq += self.step_s * tau_motor[0] / self._inertia
            self._q += self.step_s * self._dq

    def close(self) -> None:
        self.closed = True
