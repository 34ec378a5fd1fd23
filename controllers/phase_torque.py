"""A torque along the phase of the person's own movement, which adaptive oscillators estimate."""

import casadi
from casadi import SX

from controllers.oscillator import HARMONICS, Oscillators, follow
from controllers.torque_profile import flank, peak, peak_phase, profile
from robot.law import Law, Measurement, Memory, MemoryState, Parameter, Reference
from robot.symbolic import SymbolicRobot


class PhaseTorque(Law):
    """A push once in each cycle, in time with the person: the reference has no say in it.

    τ = a · fade · peak · profile(φ − peak_phase; rise, fall), with the assistance a, the profile of Zhang 2017, and the
    phase φ of adaptive oscillators (`oscillator.py`) that follow the angle Σ signal_j q_j: 1 for the joint that carries
    the rhythm, or 1 and −1 for a left and a right one. φ = 0 is where that angle's fundamental is highest.
    `stride_rate` is where the oscillators start; they find what lies between half of it and twice as much.

    There is no torque until they have followed three cycles; over the next three it fades in, fade = max(2 lock − 1,
    0). Where they lose the rhythm, or the person stands, it is gone in a quarter of a second. The push gives energy, by
    design, up to |peak| times the way of the joint meanwhile; the guard's energy budget counts it.
    """

    signal = Parameter("1", at_least=-1.0, at_most=1.0, slew=0.1, why="signal-share")
    stride_rate = Parameter("1/s", at_least=0.2, at_most=2.0, slew=0.05, per_joint=False, why="stride-rate")
    response = Parameter("1/s", at_least=0.1, at_most=2.0, slew=0.1, per_joint=False, why="oscillator-response")
    peak = peak()
    peak_phase = peak_phase()
    rise = flank()
    fall = flank()
    phases = Memory("phases", "1", HARMONICS, per_joint=False)
    amplitudes = Memory("amplitudes", "rad", HARMONICS, per_joint=False)
    offset = Memory("offset", "rad", per_joint=False)
    rate_change = Memory("rate_change", "1/s", per_joint=False)
    lock = Memory("lock", "1", per_joint=False)

    def step(
        self, robot: SymbolicRobot, x: Measurement, reference: Reference, memory: MemoryState, dt: float
    ) -> tuple[SX, MemoryState]:
        """Torque in N·m per joint, and the oscillators after this tick."""
        m = memory
        before = Oscillators(m.phases, m.amplitudes, m.offset, m.rate_change, m.lock)
        now = follow(before, casadi.dot(self.signal, x.q), self.stride_rate, self.response, dt)
        fade = casadi.fmax(2.0 * now.lock - 1.0, 0.0)
        torque = self.peak * profile(now.phase, self.peak_phase, self.rise, self.fall)
        return robot.assistance * fade * torque, memory.next(
            phases=now.phases,
            amplitudes=now.amplitudes,
            offset=now.offset,
            rate_change=now.rate_change,
            lock=now.lock,
        )
