"""How far off is a phase that learns nothing beforehand.

## Question

A network that was trained on recorded walking tells the phase of the stride with an RMS error of 5.04 ± 0.79 % (Kang
and others 2021). Adaptive oscillators (Righetti 2006, Ronsse) are not trained: they fall in with whoever walks. How far
off is the phase by which `phase-torque` pushes, at natural, at half and at changing speed?

## Protocol

Written before the first run; the history of `docs/science/rhythm.py` shows it. A hip and a knee that repeat one stride
without any variation had been tried while the law was written: that gave errors below 0.1 %.

* **Walking.** The recorded stride of one person, hip from −5 to 23° or knee from 5 to 65°, closed and repeated. It is
  one stride: what differs from stride to stride is synthetic. Each one's duration is multiplied by N(1, 0.025) and its
  size about the mean by N(1, 0.04), both gone over to along a cosine in its first tenth; the angle is measured with
  noise of N(0, 0.1°) in every tick of 2 ms.
* **Speed.** *Natural*: 1/1.19 strides a second. *Half* of it. *Changing*: natural until 40 s, falling steadily to half
  until 60 s, half until 80 s, rising steadily to natural until 100 s. 120 s each.
* **Law.** The compiled `phase-torque`, its oscillators started at 0.6 strides a second, with a response of 1 1/s, and
  of 0.5 1/s beside it.
* **Measured** from 30 s on, with seeds 2031, 2032 and 2033 together: the phase's error against the stride's own phase,
  of which 0 is where the fundamental of the recorded curve is highest, known in closed form. No offset is fitted. RMS,
  mean, largest, and how much of the time they were sure of it (a lock of 1, full torque).
* **Predicted.** While the rate falls or rises by r strides/s², the phase is wrong by r A / (α₁ w²) cycles, A being the
  sum of the curve's first three amplitudes, α₁ the first and w the response; at r = 0.021 strides/s² and 1 1/s 3.0 % at
  the hip and 4.6 % at the knee, at 0.5 1/s four times as much.
* **It comes out** where, with a response of 1 1/s, the RMS error is below 5.04 %, at both joints, for natural, half and
  changing speed apart. It stands beside the network's figure and does not beat it: other people, other sensors, another
  walk. The prediction is good where the mean error of the last 10 s of a ramp, turned by the ramp's sign, is within a
  fifth of it.

## Changed since

After the first run the law's tolerance, the error at which its oscillators are no longer said to follow, was raised
from 0.2 to 0.4 of all the amplitudes. It has no say in the phase; how much of the time they were sure of it was 14 to
93 % before, with a response of 1 1/s.

The 0.4 was picked among 0.2, 0.3 and 0.4 with seed 2021, which was then one of this page's. So all is measured again
with seeds that nobody had tried, 2031, 2032 and 2033 in the place of 2021 to 2023; this was written before that run.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from math import nan, pi, radians

import numpy as np
from matplotlib.figure import Figure

from controllers.oscillator import HARMONICS
from controllers.phase_torque import PhaseTorque
from docs.science.looks import COLOURS, INK, WIDTH_IN
from docs.science.page import Array, Finding, Measured, shown
from docs.science.strides import NATURAL, Alone, curve, walked

SEEDS = (2031, 2032, 2033)
LASTS_S, FROM_S = 120.0, 30.0
RAMPS_S = ((40.0, 60.0), (80.0, 100.0))
NOISE = radians(0.1)
START, RESPONSES = 0.6, (1.0, 0.5)
PUBLISHED = 5.04
"""Percent, Kang 2021."""

RMS, MEAN, LARGEST = "RMS error (%)", "mean error (%)", "largest error (%)"
SURE, RAMP, PREDICTED = "sure of it (% of the time)", "error on the ramps (%)", "predicted (%)"

JOINTS, SPEEDS = ("hip", "knee"), ("natural", "half", "changing")
_CASES = {
    f"{joint}, {speed} speed, {response:g} 1/s": (joint, speed, response)
    for response, joint, speed in product(RESPONSES, JOINTS, SPEEDS)
}
CASES = tuple(_CASES)


def rates(speed: str, dt: float) -> tuple[Array, Array]:
    """The time of each tick in s, and its rate in strides/s."""
    time = dt * np.arange(round(LASTS_S / dt))
    falls, rises = RAMPS_S
    share = {
        "natural": np.ones_like(time),
        "half": np.full_like(time, 0.5),
        "changing": np.interp(time, (*falls, *rises), (1.0, 0.5, 0.5, 1.0)),
    }
    return time, NATURAL * share[speed]


def measure(case: str) -> Measured:
    """One joint at one speed, all seeds together."""
    joint, speed, response = _CASES[case]
    told = [_followed(joint, speed, response, seed) for seed in SEEDS]
    time = told[0][0]
    errors, sure = (100.0 * np.array([one[place] for one in told]) for place in (1, 2))
    counted = errors[:, time >= FROM_S]
    changing = speed == "changing"
    return Measured(
        {
            RMS: float(np.sqrt(np.mean(counted**2))),
            MEAN: float(counted.mean()),
            LARGEST: float(np.abs(counted).max()),
            SURE: float(sure[:, time >= FROM_S].mean()),
            RAMP: _on_the_ramps(time, errors) if changing else nan,
            PREDICTED: predicted(joint, response) if changing else nan,
        },
        {"time": time[::25], "error": errors[0, ::25]},
    )


def _followed(joint: str, speed: str, response: float, seed: int) -> tuple[Array, Array, Array]:
    """Time, error in cycles and whether the lock is whole, at each tick."""
    push = {"peak": 0.0, "peak_phase": 0.0, "rise": 0.2, "fall": 0.2}
    law = Alone(PhaseTorque(signal=1.0, stride_rate=START, response=response, **push))
    time, strides_a_second = rates(speed, law.dt)
    strides = walked(joint, strides_a_second, law.dt, seed)
    seen = strides.q + np.random.default_rng(seed).normal(0.0, NOISE, time.size)
    phases, locks = np.empty(time.size), np.empty(time.size)
    for tick, q in enumerate(seen.tolist()):
        law(q)
        phases[tick], locks[tick] = law.remembered("phases.0") - 0.25, law.remembered("lock")
    truth = strides.turns + np.angle(curve(joint)[1]) / (2.0 * pi)
    return time, (phases - truth + 0.5) % 1.0 - 0.5, (locks >= 1.0).astype(float)


def _on_the_ramps(time: Array, errors: Array) -> float:
    """The mean error of the last 10 s of each ramp, in the direction that a late phase has there."""
    ahead, behind = (errors[:, (time >= end - 10.0) & (time < end)].mean() for _, end in RAMPS_S)
    return float(0.5 * (ahead - behind))


def predicted(joint: str, response: float) -> float:
    """r A / (α₁ w²) in percent."""
    (begins, ends), _ = RAMPS_S
    sizes = np.abs(curve(joint)[1 : HARMONICS + 1])
    return float(100.0 * 0.5 * NATURAL / (ends - begins) * sizes.sum() / sizes[0] / response**2)


def findings(measured: Mapping[str, Measured]) -> Sequence[Finding]:
    """The RMS error at each speed beside the published one, and the prediction."""
    every = [_beside(measured, speed) for speed in SPEEDS]
    ramps = [measured[case].figures for case, (_, speed, _) in _CASES.items() if speed == "changing"]
    shares = [one[RAMP] / one[PREDICTED] for one in ramps]
    words = f"{shown(min(shares))} to {shown(max(shares))} of the prediction"
    good = all(abs(share - 1.0) <= 0.2 for share in shares)
    return [*every, Finding("The protocol's prediction of the error on a ramp.", words, good)]


def _beside(measured: Mapping[str, Measured], speed: str) -> Finding:
    errors = {joint: measured[f"{joint}, {speed} speed, {RESPONSES[0]:g} 1/s"].figures[RMS] for joint in JOINTS}
    words = ", ".join(f"{joint} {shown(error)} %" for joint, error in errors.items())
    return Finding(
        f"Kang 2021: 5.04 ± 0.79 % RMS, by a network; here at {speed} speed.", words, max(errors.values()) < PUBLISHED
    )


def picture(measured: Mapping[str, Measured]) -> Figure:
    """The error over the time at changing speed, and the RMS errors beside the published one."""
    figure = Figure(figsize=(WIDTH_IN, 4.6))
    course, bars = figure.subplots(2, 1, height_ratios=(1.3, 1.0))
    for (joint, response), colour in zip(product(JOINTS, RESPONSES), COLOURS, strict=False):
        series = measured[f"{joint}, changing speed, {response:g} 1/s"].series
        course.plot(series["time"], series["error"], color=colour, linewidth=0.9, label=f"{joint}, {response:g} 1/s")
    for begins, ends in RAMPS_S:
        course.axvspan(begins, ends, color=INK, alpha=0.08, linewidth=0.0)
    course.set(title="Changing speed, first seed; the rate falls and rises where it is grey", ylabel="phase error (%)")
    course.set(xlabel="time (s)", xlim=(0.0, LASTS_S), ylim=(-25.0, 25.0))
    course.legend(ncols=4, loc="lower left")
    for place, (joint, response) in enumerate(product(JOINTS, RESPONSES)):
        errors = [measured[f"{joint}, {speed} speed, {response:g} 1/s"].figures[RMS] for speed in SPEEDS]
        places = np.arange(len(SPEEDS)) + 0.2 * (place - 1.5)
        bars.bar(places, errors, 0.18, color=COLOURS[place], label=f"{joint}, {response:g} 1/s")
    bars.axhline(PUBLISHED, color=INK, dashes=(4, 2), label="a network (Kang 2021)")
    bars.set(title="RMS, three seeds", ylabel="phase error (%)", xticks=range(len(SPEEDS)))
    bars.set_xticklabels([f"{speed} speed" for speed in SPEEDS])
    bars.legend(ncols=3, loc="upper left")
    return figure


DISCUSSION = """
At a response of 1 1/s the phase stays below the network's figure at every speed. That is less than it sounds: one
person's stride, a clean angle, no stairs, no stumble, and a spread from stride to stride that we made up. What the page
shows is that the law's phase is good enough to push by while somebody walks evenly or changes speed over 20 s.

**Changing speed is what it is bad at, as theory says**: the oscillators learn a rate, and are late while it moves. With
half the response they are late by about three times as much, and past the network's figure; at steady speed the slower
ones are hardly better, since the spread from stride to stride is itself a rate that moves. The largest errors are two
and a half to four times the RMS.

The prediction comes out at 1 1/s and not at 0.5 1/s, where the ramps are too short for a steady lag and the error too
large for the linear theory: the lag stays below it.

While the rate moves the law is often not sure of itself, most of all at the knee, whose second harmonic is nearly as
large as its first. Then it pushes less, or not at all: by design, but who wants help in a change of speed will miss it.
The hip is the better signal throughout.
"""
