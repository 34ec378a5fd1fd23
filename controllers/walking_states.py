"""A finite-state machine for walking: an impedance for each part of the stride (Sup and Goldfarb 2008)."""

from enum import IntEnum
from math import radians

import casadi
from casadi import SX

from robot.law import Law, Measurement, Memory, MemoryState, Parameter, Reference
from robot.symbolic import SymbolicRobot

BLEND_S = 0.1
"""Time in s in which one state's impedance goes over to the next's: a twelfth of a stride. Our choice."""


class WalkingState(IntEnum):
    """Where in the stride a joint is. `TRANSPARENT` is not knowing: there is no torque."""

    TRANSPARENT = 0
    STANCE = 1
    SWING_FLEXION = 2
    SWING_EXTENSION = 3


STATES = (WalkingState.STANCE, WalkingState.SWING_FLEXION, WalkingState.SWING_EXTENSION)
"""Those with an impedance."""


def _stiffness() -> Parameter:
    return Parameter("N·m/rad", at_least=0.0, at_most=400.0, slew=20.0, why="stiffest-joint")


def _rest() -> Parameter:
    return Parameter("rad", at_least=-1.0, at_most=2.0, slew=0.05, why="rest-in-the-stride")


def _damping() -> Parameter:
    return Parameter("N·m·s/rad", at_least=0.0, at_most=40.0, slew=2.0, why="stiffest-joint")


class WalkingStates(Law):
    """Each joint goes through stance, swing flexion and swing extension, and has a spring and a damper in each.

    τ = a Σ w_s (K_s (q_s − q) − D_s dq), with the assistance a: the impedances in states of Sup and Goldfarb 2008
    (recalled; theirs has a cubic spring too, and more states, told apart by the load on the foot). Here angle and speed
    of the joint itself tell them, flexion positive, and the reference has no say in it. The only transitions:

    * stance, or transparent → swing flexion: past `swing_angle`, and flexing faster than `swing_speed`;
    * swing flexion → swing extension: extending faster than `swing_speed`;
    * swing extension → stance: less than `swing_angle` − `hysteresis`;
    * any → transparent: after `timeout` in it.

    So noise smaller than the hysteresis or the speed cannot turn a state back, and none is for ever: who stands still
    is left alone until the next step. The weights w_s go over in 0.1 s, so the torque never jumps, and add up to one at
    most. That a state's spring is other than the last one's is how such a machine gives energy; the guard's energy
    budget counts it.
    """

    stance_stiffness = _stiffness()
    stance_rest = _rest()
    stance_damping = _damping()
    swing_flexion_stiffness = _stiffness()
    swing_flexion_rest = _rest()
    swing_flexion_damping = _damping()
    swing_extension_stiffness = _stiffness()
    swing_extension_rest = _rest()
    swing_extension_damping = _damping()
    swing_angle = Parameter("rad", at_least=0.1, at_most=1.2, slew=0.05, why="rest-in-the-stride")
    hysteresis = Parameter("rad", at_least=radians(2.0), at_most=0.5, slew=0.05, why="state-hysteresis")
    swing_speed = Parameter("rad/s", at_least=0.1, at_most=2.0, slew=0.1, why="state-speed")
    timeout = Parameter("s", at_least=0.2, at_most=3.0, slew=0.2, per_joint=False, why="state-timeout")
    state = Memory("state", "1")
    since = Memory("since", "s")
    weight = Memory("weight", "1", len(STATES))

    def step(
        self, robot: SymbolicRobot, x: Measurement, reference: Reference, memory: MemoryState, dt: float
    ) -> tuple[SX, MemoryState]:
        """Torque in N·m per joint, and each joint's state, how long it has been in it, and the weights."""
        state = self.after(memory.state, memory.since, x)
        since = casadi.if_else(state == memory.state, casadi.fmin(memory.since + dt, self.timeout), 0.0)
        aims = casadi.horzcat(*(state == one for one in STATES))
        most = dt / BLEND_S
        weight = memory.weight + casadi.fmax(casadi.fmin(aims - memory.weight, most), -most)
        springs = casadi.horzcat(
            self.stance_stiffness * (self.stance_rest - x.q) - self.stance_damping * x.dq,
            self.swing_flexion_stiffness * (self.swing_flexion_rest - x.q) - self.swing_flexion_damping * x.dq,
            self.swing_extension_stiffness * (self.swing_extension_rest - x.q) - self.swing_extension_damping * x.dq,
        )
        torque = robot.assistance * casadi.sum2(weight * springs)
        return torque, memory.next(state=state, since=since, weight=weight)

    def after(self, state: SX, since: SX, x: Measurement) -> SX:
        """The state that follows, for each joint."""
        waits = casadi.logic_or(state == WalkingState.STANCE, state == WalkingState.TRANSPARENT)
        flexes = casadi.logic_and(x.q > self.swing_angle, x.dq > self.swing_speed)
        extends = casadi.logic_and(state == WalkingState.SWING_FLEXION, x.dq < -self.swing_speed)
        straight = x.q < self.swing_angle - self.hysteresis
        lands = casadi.logic_and(state == WalkingState.SWING_EXTENSION, straight)
        following = casadi.if_else(casadi.logic_and(waits, flexes), float(WalkingState.SWING_FLEXION), state)
        following = casadi.if_else(extends, float(WalkingState.SWING_EXTENSION), following)
        following = casadi.if_else(lands, float(WalkingState.STANCE), following)
        stays_too_long = casadi.logic_and(following == state, since >= self.timeout)
        return casadi.if_else(stays_too_long, float(WalkingState.TRANSPARENT), following)
