"""Assist-as-needed by error-based learning with forgetting (Emken 2007)."""

import casadi
from casadi import SX

from controllers.phase_basis import hats, passed
from robot.law import Law, Measurement, Memory, MemoryState, Parameter, Reference
from robot.symbolic import SymbolicRobot

NODES = 16
"""Places along the cycle that learn apart: a node each 6 %, finer than the fifth of a cycle that a swing's flexion
takes. Our choice."""

TINY = 1e-9


class ErrorBasedAssistance(Law):
    """A torque along the phase that grows from repetition to repetition where there is error, and is forgotten.

    Emken and others 2007: F ← f F + g e from one repetition to the next, e = q_ref − q past a dead band. Theirs is a
    force at each step; here F lies in 16 triangles along the phase, τ = a F(phase), each held within ± `most`. A
    triangle of which the share s has been passed in a tick is by then at F ← fˢ F + g e (1 − fˢ)/(1 − f): after the
    whole of it exactly Emken's step where e stayed the same, and never a jump. At a constant error it ends at g e / (1
    − f), and nears that by f each repetition. Where the robot forgets faster than the person (their f_R < f_H) help
    stays as needed; at f = 1 nothing is forgotten. The assistance a scales what is learnt as well as what is given, so
    that nothing piles up unfelt. Nothing is learnt where the phase stands.
    """

    forgetting = Parameter("1", at_least=0.0, at_most=1.0, slew=0.05, per_joint=False, why="forgetting-share")
    gain = Parameter("N·m/rad", at_least=0.0, at_most=50.0, slew=5.0, why="learning-gain")
    dead_band = Parameter("rad", at_least=0.0, at_most=0.35, slew=0.01, why="dead-band-width")
    most = Parameter("N·m", at_least=0.0, at_most=40.0, slew=2.0, why="most-learnt")
    assistance = Memory("assistance", "N·m", NODES)
    phase = Memory("phase", "1", per_joint=False)

    def step(
        self, robot: SymbolicRobot, x: Measurement, reference: Reference, memory: MemoryState, dt: float
    ) -> tuple[SX, MemoryState]:
        """Torque in N·m per joint, and what has been learnt by then."""
        share = passed(memory.phase, reference.phase, NODES)
        kept = casadi.if_else(share > 0.0, self.forgetting**share, 1.0)
        forgot = 1.0 - self.forgetting
        learnt = casadi.if_else(forgot > TINY, (1.0 - kept) / casadi.fmax(forgot, TINY), share)
        error = past_dead_band(reference.q - x.q, self.dead_band)
        wanted = memory.assistance * casadi.repmat(kept, robot.count, 1)
        wanted += casadi.mtimes(robot.assistance * self.gain * error, learnt)
        most = casadi.repmat(self.most, 1, NODES)
        held = casadi.fmax(casadi.fmin(wanted, most), -most)
        torque = robot.assistance * casadi.mtimes(held, hats(reference.phase, NODES).T)
        return torque, memory.next(assistance=held, phase=reference.phase)


def past_dead_band(error: SX, width: SX) -> SX:
    """What of an error is past a dead band of ± `width`."""
    return casadi.fmax(error - width, 0.0) + casadi.fmin(error + width, 0.0)
