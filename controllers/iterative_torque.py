"""Torque tracking that learns from cycle to cycle, with damping injection (Zhang 2014)."""

import casadi
from casadi import SX

from controllers.phase_basis import LONGEST_STEP, hats
from controllers.torque_profile import flank, peak, peak_phase, profile
from robot.law import Law, Measurement, Memory, MemoryState, Parameter, Reference
from robot.symbolic import SymbolicRobot

NODES = 32
"""Triangles along the cycle, one each 3 %. With half as many a push that falls within 15 % was followed worse by three
quarters (`docs/science/tracking.md`); more cost more in every tick."""


class IterativeTorque(Law):
    """A torque along the phase that the joint is to feel, and what the drive must be told for it, learnt over cycles.

    τ = a peak profile(phase) + K_p e − D dq + F(phase + lead · phase'), with e = wanted − measured torque, and from
    cycle to cycle F ← f F + g ē: proportional control, damping injection and iterative learning, the best of nine laws
    of Zhang and others 2014 (recalled; theirs drives a motor's speed through a spring, and ours asks for a torque). F
    lies in 32 triangles along the phase; ē is the error averaged over a triangle, and each is renewed once the phase
    has left it. So a cycle learns from the last ones alone, and what was learnt never makes it jump. On a plant that
    gives the share κ of what it is told an error that repeats nears its end by s = f − g κ / (1 + κ K_p) each cycle;
    the end is (1 − f) / (1 − s) of what there was. On a pattern as fine as the triangles g works by a third. `lead`
    gives what was learnt that much earlier, for a drive that answers late. Each triangle stays within ± `most`.

    It is as good as its measurement: torque that is told by the motor's current lacks what the gear loses. It stands
    alone: what another law gave would be an error to it, and weight and friction it learns by itself. Nothing is learnt
    where the phase stands. The assistance a scales what is wanted; at 0 the joint is to feel no torque.
    """

    compensates = frozenset({"gravity", "coriolis", "friction", "inertia"})
    peak = peak()
    peak_phase = peak_phase()
    rise = flank()
    fall = flank()
    proportional = Parameter("1", at_least=0.0, at_most=0.9, slew=0.1, why="torque-loop")
    damping = Parameter("N·m·s/rad", at_least=0.0, at_most=40.0, slew=2.0, why="stiffest-joint")
    forgetting = Parameter("1", at_least=0.0, at_most=1.0, slew=0.05, per_joint=False, why="forgetting-share")
    gain = Parameter("1", at_least=0.0, at_most=1.0, slew=0.05, why="iterative-gain")
    most = Parameter("N·m", at_least=0.0, at_most=40.0, slew=2.0, why="most-learnt")
    lead = Parameter("s", at_least=0.0, at_most=0.1, slew=0.01, per_joint=False, why="learnt-lead")
    learnt = Memory("learnt", "N·m", NODES)
    error = Memory("error", "N·m", 2)
    phase = Memory("phase", "1", per_joint=False)

    def step(
        self, robot: SymbolicRobot, x: Measurement, reference: Reference, memory: MemoryState, dt: float
    ) -> tuple[SX, MemoryState]:
        """Torque in N·m per joint, what has been learnt, and the errors of the two triangles that the phase is in."""
        wanted = robot.assistance * self.peak * profile(reference.phase, self.peak_phase, self.rise, self.fall)
        error = wanted - x.tau
        begun = memory.phase * NODES
        node = casadi.floor(begun)
        moved = reference.phase - memory.phase
        step = (moved - casadi.floor(moved + 0.5)) * NODES
        forward = casadi.logic_and(step > 0.0, step <= LONGEST_STEP)
        gathered, left, following = _gathered(memory.error, error, begun - node, step)
        follows = casadi.horzcat(*(casadi.logic_and(left, node == one) for one in range(NODES)))
        renewed = self.forgetting * memory.learnt + self.gain * gathered[:, 0]
        most = casadi.repmat(self.most, 1, NODES)
        renewed = casadi.fmax(casadi.fmin(renewed, most), -most)
        learns = casadi.repmat(casadi.logic_and(forward, follows), robot.count, 1)
        learnt = casadi.if_else(learns, renewed, memory.learnt)
        ahead = casadi.fmin(self.lead * casadi.fmax(step, 0.0) / dt, LONGEST_STEP) / NODES
        told = casadi.mtimes(learnt, hats(reference.phase + ahead, NODES).T)
        torque = wanted + self.proportional * error - self.damping * x.dq + told
        stands = step == 0.0
        kept = casadi.if_else(stands, memory.error, casadi.if_else(forward, following, 0.0))
        return torque, memory.next(learnt=learnt, error=kept, phase=reference.phase)


def _gathered(before: SX, error: SX, start: SX, step: SX) -> tuple[SX, SX, SX]:
    """The errors under the two triangles of a span after `step` from its share `start`; whether it has been left; and
    what the next tick begins with.

    The first column is of the triangle that falls along the span, the second of the one that rises.
    """
    end = start + step
    here, beyond = casadi.fmin(end, 1.0), casadi.fmax(end - 1.0, 0.0)
    rising, rising_next = 0.5 * (here**2 - start**2), 0.5 * beyond**2
    gathered = before + casadi.horzcat((here - start - rising) * error, rising * error)
    left = end >= 1.0
    following = casadi.horzcat(gathered[:, 1] + (beyond - rising_next) * error, rising_next * error)
    return gathered, left, casadi.if_else(left, following, gathered)
