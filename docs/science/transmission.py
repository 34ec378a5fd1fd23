"""A motor behind a spring with friction, whose joint is led whatever it does. Its numbers are assumed."""

from dataclasses import dataclass

STEP_S = 0.00025


@dataclass
class Transmission:
    """A motor of `inertia` kg·m² and `viscous` N·m·s/rad, a spring of `stiffness` N·m/rad to the joint.

    Coulomb friction holds the motor by `coulomb` N·m and the share `load_friction` of what the spring carries. All seen
    from the joint; `q` rad and `dq` rad/s are the motor's, `tau` N·m is what the joint feels.
    """

    inertia: float = 0.02
    viscous: float = 0.3
    stiffness: float = 200.0
    coulomb: float = 1.0
    load_friction: float = 0.1
    q: float = 0.0
    dq: float = 0.0
    tau: float = 0.0

    def go(self, given: float, joint: float, joint_next: float, duration_s: float) -> None:
        """On by `duration_s` with the motor's torque held, while the joint goes straight from one angle to the next.

        Semi-implicit: viscous friction and Coulomb friction act on the new speed, so neither can turn it round.
        """
        steps = round(duration_s / STEP_S)
        for step in range(1, steps + 1):
            free = self.dq + STEP_S * (given - self.tau) / self.inertia
            held = STEP_S * (self.coulomb + self.load_friction * abs(self.tau)) / self.inertia
            free = max(free - held, 0.0) + min(free + held, 0.0)
            self.dq = free / (1.0 + STEP_S * self.viscous / self.inertia)
            self.q += STEP_S * self.dq
            self.tau = self.stiffness * (self.q - joint - (joint_next - joint) * step / steps)
