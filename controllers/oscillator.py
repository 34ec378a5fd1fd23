"""Adaptive oscillators: they fall in with a rhythmic angle and tell the phase of its cycle (Righetti 2006, Ronsse)."""

from dataclasses import dataclass
from math import pi

import casadi
from casadi import SX

HARMONICS = 3
"""Of a walking knee's angle three harmonics leave 2 % of its range (RMS), of a hip's 1 %. Our choice."""

LEAST_AMPLITUDE = 0.05
"""Amplitude of the fundamental in rad (3°) below which there is no rhythm to speak of. Our choice."""

FARTHEST = 2.0
"""The rate stays within this factor of the one that it starts from: half of it to twice as much. Our choice."""

TOLERANCE = 0.4
"""Largest error, as a share of all the amplitudes, of oscillators that are said to follow. Where the fundamental is
all, a phase that is wrong by 6 % of a cycle makes as much: a little more than the 5 % that a trained network is off
(Kang 2021). Our choice."""

LOCK_CYCLES = 6.0
"""Cycles to be followed for a lock of 1, without any loss. Our choice."""

LOST_S = 0.5
"""Time in s in which a whole lock is lost where they do not follow. Our choice."""


@dataclass(frozen=True, slots=True)
class Oscillators:
    """The oscillators in one tick: one for each harmonic, and an offset. All zero is how they start.

    `phases` in turns (0…1) and `amplitudes` in rad, a row of `HARMONICS` each; `offset` in rad; `rate_change` in 1/s,
    how far the rate of cycles is from the one that they started with; `lock` 0…1, how surely they follow.
    """

    phases: SX
    amplitudes: SX
    offset: SX
    rate_change: SX
    lock: SX

    @property
    def phase(self) -> SX:
        """The phase 0…1 of the cycle; 0 is where the fundamental is highest."""
        return wrapped(self.phases[0] - 0.25)


def follow(before: Oscillators, angle: SX, start_rate: SX, response: SX, dt: float) -> Oscillators:
    """The oscillators a tick of `dt` s later, having seen `angle` (rad).

    With e = θ − (α₀ + Σ αᵢ sin φᵢ) and A = Σ |αᵢ|: φᵢ' = i ω + ν e cos φᵢ / A, ω' = ν_ω e cos φ₁ / A, αᵢ' = η e sin φᵢ,
    α₀' = η e (Righetti 2006, Ronsse; recalled). Gains by theory: near lock e cos φ₁ / A is on average half of the phase
    error of one harmonic alone, so ν = 4 w and ν_ω = 2 w² make a critically damped pair at w = `response` (1/s), and
    η = 2 w lets the amplitudes settle at w too. Under a rate that changes by r (cycles/s²) the phase lags by r / w²
    cycles. A negative amplitude drives its phase half a turn away, and becomes positive.

    The phases first go on by i ω T, which is exact at a constant rate; then e is divided by 1 + T times the sum of what
    it moves, so that it is the error *after* the tick (to first order), and a tick does not overshoot.
    """
    order = SX(casadi.DM(range(1, HARMONICS + 1)).T)
    rate = start_rate + before.rate_change
    phases = before.phases + dt * order * rate
    sines, cosines = casadi.sin(2.0 * pi * phases), casadi.cos(2.0 * pi * phases)
    size = casadi.fmax(casadi.sum2(casadi.fabs(before.amplitudes)), LEAST_AMPLITUDE)
    pull, pull_rate, learn = 4.0 * response / size, 2.0 * response**2 / size, 2.0 * response
    error = angle - before.offset - casadi.dot(before.amplitudes, sines)
    moved = learn * (1.0 + casadi.sumsqr(sines)) + pull * casadi.dot(casadi.fabs(before.amplitudes), cosines**2)
    step = dt * error / (1.0 + dt * moved)
    faster = before.rate_change + pull_rate * step * cosines[0] / (2.0 * pi)
    return Oscillators(
        phases=wrapped(phases + pull * step * cosines / (2.0 * pi)),
        amplitudes=before.amplitudes + learn * step * sines,
        offset=before.offset + learn * step,
        rate_change=casadi.fmax(
            casadi.fmin(faster, (FARTHEST - 1.0) * start_rate), (1.0 / FARTHEST - 1.0) * start_rate
        ),
        lock=_lock(before, error, rate, size, dt),
    )


def _lock(before: Oscillators, error: SX, rate: SX, size: SX, dt: float) -> SX:
    """It rises with the cycles that are followed, and falls far faster while they are not."""
    near = casadi.fabs(error) <= TOLERANCE * size
    follows = casadi.logic_and(near, before.amplitudes[0] >= LEAST_AMPLITUDE)
    change = casadi.if_else(follows, dt * rate / LOCK_CYCLES, -dt / LOST_S)
    return casadi.fmax(casadi.fmin(before.lock + change, 1.0), 0.0)


def wrapped(turns: SX) -> SX:
    """The same place in a cycle, from 0 to below 1."""
    return turns - casadi.floor(turns)
