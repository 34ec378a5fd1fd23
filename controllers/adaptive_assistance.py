"""Assist-as-needed by an adaptive model of what the person lacks (Wolbrecht 2008)."""

import casadi
from casadi import SX

from controllers.phase_basis import hats
from robot.law import Law, Measurement, Memory, MemoryState, Parameter, Reference
from robot.symbolic import SymbolicRobot

NODES = 16
"""As many triangles along the cycle as `error-based-assistance` has."""


class AdaptiveAssistance(Law):
    """A model of the torque that is missing along the phase, learnt from the error at every moment, with forgetting.

    Wolbrecht and others 2008 (recalled): τ = a Y â, â' = γ a Yᵀ s − (1/τ_f) Yᵀ (Y Yᵀ)⁻¹ Y â, where s = ė + Λ e is their
    sliding error with e = q_ref − q. Theirs has Gaussians over the hand's position; here Y are 16 triangles over the
    phase for each joint, so that a joint's model needs no grid over the others. Their proportional and derivative part
    is `joint-impedance`, which is to be named beside: with K, D, an inertia M and no forgetting, V = ½ M s² + ½ (K + Λ
    (D − M Λ)) e² + |ã|² / 2γ never grows while D > M Λ. That is why Λ is bounded. The forgetting takes exactly (1/τ_f)
    of the torque that is being given, per second. The assistance a scales what is learnt as well as what is given, so
    that nothing piles up unfelt; each weight stays within ± `most`. Nothing is learnt or forgotten where the phase
    stands.
    """

    rate = Parameter("N·m/rad", at_least=0.0, at_most=100.0, slew=5.0, why="learning-rate")
    position_share = Parameter("1/s", at_least=0.0, at_most=5.0, slew=0.5, why="sliding-slope")
    forgetting_rate = Parameter("1/s", at_least=0.0, at_most=2.0, slew=0.1, why="forgetting-rate")
    most = Parameter("N·m", at_least=0.0, at_most=40.0, slew=2.0, why="most-learnt")
    model = Memory("model", "N·m", NODES)
    phase = Memory("phase", "1", per_joint=False)

    def step(
        self, robot: SymbolicRobot, x: Measurement, reference: Reference, memory: MemoryState, dt: float
    ) -> tuple[SX, MemoryState]:
        """Torque in N·m per joint, and the model after this tick."""
        basis = hats(reference.phase, NODES)
        given = casadi.mtimes(memory.model, basis.T)
        sliding = (reference.dq - x.dq) + self.position_share * (reference.q - x.q)
        learnt = casadi.mtimes(self.rate * robot.assistance * sliding, basis)
        forgotten = casadi.mtimes(self.forgetting_rate * given, basis) / casadi.sumsqr(basis)
        change = casadi.if_else(reference.phase == memory.phase, 0.0, dt * (learnt - forgotten))
        most = casadi.repmat(self.most, 1, NODES)
        model = casadi.fmax(casadi.fmin(memory.model + change, most), -most)
        return robot.assistance * given, memory.next(model=model, phase=reference.phase)
