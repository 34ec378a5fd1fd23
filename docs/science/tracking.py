"""Learning a torque from step to step.

## Question

Zhang and others (2014) held nine laws for the torque of an ankle exoskeleton against each other on walking people. Best
was proportional control with damping injection and iterative learning: an RMS error of 0.6 N·m, 1.3 % of the peak, in
each step, and of 0.1 N·m for the average step. Does `iterative-torque` gain as much from its learning on a transmission
with friction?

## Protocol

Written before the first run; the history of `docs/science/tracking.py` shows it.

* **Plant.** Synthetic, with numbers that are assumed: a motor of 0.02 kg·m² (seen from the joint) with a viscous
  friction of 0.3 N·m·s/rad drives a joint through a spring of 200 N·m/rad, whose torque is measured. Coulomb friction
  in the transmission is 1 N·m and a tenth of what is transmitted. The law's torque acts one cycle of 2 ms late and is
  held; the motor moves in steps of 0.25 ms, friction taken implicitly.
* **Walking.** The joint is led along the recorded ankle, from −29 to 11°, at natural speed, whatever the torque is. 60
  strides, each of a duration multiplied by N(1, 0.025) and of a size about the mean multiplied by N(1, 0.04), gone over
  to along a cosine in its first tenth; seeds 20151 to 20154. The law is told the stride's true phase, and knows nothing
  of what the stride will be.
* **Wanted.** 40 N·m at half of the cycle, rising over 0.3 of it and falling over 0.15.
* **Laws.** *Proportional*: K_p = 0.5, where the sampled loop without friction just does not swing up by itself. *With
  damping*: and D = 3.1 N·m·s/rad, a damping ratio of 0.7 of spring and motor with K_p. *With learning*: and f = 0.99,
  g = 0.5, up to 40 N·m, with a lead of 14 ms, which is the loop's lag (b + D) / (k (1 + K_p)) and a cycle and a half.
  *Learning without damping*: K_p, f, g and a lead of 4 ms, by the same formula.
* **Measured** over the last 20 strides: *per step*, the RMS error of each stride, averaged; *average step*, the RMS
  error of the mean torque over 100 phases.
* **Predicted.** What repeats shrinks by s = f − g/(1 + K_p) = 0.66 a stride at first, to (1 − f)/(1 − s) = 2.9 %.
* **It comes out** where, for all four seeds: proportional control with damping and learning has the least error per
  step of the laws (theirs was the best of nine; only four are tried here); that error is at most 1.3 % of the peak; and
  the average step's error is at most 0.1 N·m in 46, the peak of which 0.6 N·m are 1.3 %.

## Changed since

In the first run the law learnt in 16 triangles along the stride, and only the first of the three came out: the error
was 2.06 to 2.09 % of the peak in each step, and 1.96 to 2.03 % for the average step. What was left thus repeated, and
was finer than the triangles. The law has 32 since; everything else is as it was.

The 32 were picked among 16, 32 and 64 with seed 20141, which was then one of this page's. So all is measured again with
seeds that nobody had tried, 20151 to 20154 in the place of 20141 to 20144; this was written before that run.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from math import nan

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from controllers.iterative_torque import IterativeTorque
from docs.science.looks import COLOURS, INK, WIDTH_IN
from docs.science.page import Array, Finding, Measured, shown
from docs.science.strides import NATURAL, Alone, Strides, walked
from docs.science.transmission import Transmission

SEEDS = (20151, 20152, 20153, 20154)
STRIDES, LAST, PHASES = 60, 20, 100
PEAK, PEAK_PHASE, RISE, FALL = 40.0, 0.5, 0.3, 0.15
PROPORTIONAL, DAMPING, FORGETTING, GAIN = 0.5, 3.1, 0.99, 0.5
PUBLISHED_SHARE, PUBLISHED_AVERAGE_SHARE = 1.3, 100.0 * 0.1 / 46.0
"""Percent of the peak, Zhang 2014."""

STEP, SHARE, AVERAGE = "error per step (N·m)", "of the peak (%)", "error of the average step (N·m)"
AVERAGE_SHARE, FIRST = "of the peak (average, %)", "error of the first step (N·m)"
LEFT = "left of it a step, over six (1)"

PLAIN, DAMPED = "proportional", "with damping"
LEARNING, UNDAMPED = "with damping and learning", "learning without damping"
_LAWS: Mapping[str, Mapping[str, float]] = {
    PLAIN: {"damping": 0.0, "forgetting": 1.0, "gain": 0.0, "lead": 0.0},
    DAMPED: {"damping": DAMPING, "forgetting": 1.0, "gain": 0.0, "lead": 0.0},
    LEARNING: {"damping": DAMPING, "forgetting": FORGETTING, "gain": GAIN, "lead": 0.014},
    UNDAMPED: {"damping": 0.0, "forgetting": FORGETTING, "gain": GAIN, "lead": 0.004},
}
_CASES = {f"{law}, seed {seed}": (law, seed) for law, seed in product(_LAWS, SEEDS)}
CASES = tuple(_CASES)


def measure(case: str) -> Measured:
    """One law on one walk."""
    name, seed = _CASES[case]
    law = Alone(
        IterativeTorque(
            peak=PEAK, peak_phase=PEAK_PHASE, rise=RISE, fall=FALL, proportional=PROPORTIONAL, most=40.0, **_LAWS[name]
        )
    )
    ticks = round(1.1 * STRIDES / NATURAL / law.dt)
    strides = walked("ankle", np.full(ticks, NATURAL), law.dt, seed)
    wanted, felt = wanted_at(strides.turns % 1.0), _felt(law, strides)
    steps = [(strides.turns >= k) & (strides.turns < k + 1) for k in range(STRIDES)]
    errors = np.array([np.sqrt(np.mean((felt[step] - wanted[step]) ** 2)) for step in steps])
    phases = (np.arange(PHASES) + 0.5) / PHASES
    each = np.array([np.interp(k + phases, strides.turns, felt) for k in range(STRIDES - LAST, STRIDES)])
    per_step, average = float(errors[-LAST:].mean()), float(np.sqrt(np.mean((each.mean(0) - wanted_at(phases)) ** 2)))
    return Measured(
        {
            STEP: per_step,
            SHARE: 100.0 * per_step / PEAK,
            AVERAGE: average,
            AVERAGE_SHARE: 100.0 * average / PEAK,
            FIRST: float(errors[0]),
            LEFT: float((errors[6] / errors[0]) ** (1.0 / 6.0)) if _LAWS[name]["gain"] else nan,
        },
        {"errors": errors, "felt": each.mean(0), "spread": each.std(0), "phases": phases},
    )


def wanted_at(phases: Array) -> Array:
    """The torque wanted at these phases in N·m, as the law's own profile has it."""
    after = (phases - PEAK_PHASE + 0.5) % 1.0 - 0.5
    x = np.maximum(1.0 - np.maximum(after / FALL, -after / RISE), 0.0)
    shape: Array = PEAK * x**3 * (10.0 - 15.0 * x + 6.0 * x**2)
    return shape


def _felt(law: Alone, strides: Strides) -> Array:
    """What the joint feels at each tick, in N·m."""
    plant = Transmission(q=float(strides.q[0]))
    told, felt = 0.0, np.empty(strides.q.size)
    joint, phases = strides.q.tolist(), (strides.turns % 1.0).tolist()
    for tick, (q, phase) in enumerate(zip(joint, phases, strict=True)):
        felt[tick] = plant.tau
        answer = law(plant.q, plant.dq, plant.tau, phase)
        plant.go(told, q, joint[min(tick + 1, len(joint) - 1)], law.dt)
        told = answer
    return felt


def findings(measured: Mapping[str, Measured]) -> Sequence[Finding]:
    """The best of the laws, and how good it is."""
    steps = {law: np.array([measured[f"{law}, seed {seed}"].figures[STEP] for seed in SEEDS]) for law in _LAWS}
    shares, averages = (
        [measured[f"{LEARNING}, seed {seed}"].figures[head] for seed in SEEDS] for head in (SHARE, AVERAGE_SHARE)
    )
    others = np.min([error for law, error in steps.items() if law != LEARNING], axis=0)
    ratio = steps[LEARNING] / others
    return [
        Finding(
            "Zhang 2014: proportional control with damping injection and iterative learning is best.",
            f"{shown(ratio.min())} to {shown(ratio.max())} of the next best law's error",
            bool((ratio < 1.0).all()),
        ),
        _as_small("0.6 N·m RMS in each step, 1.3 % of the peak", shares, PUBLISHED_SHARE),
        _as_small("0.1 N·m for the average step, 0.22 % of the peak", averages, PUBLISHED_AVERAGE_SHARE),
    ]


def _as_small(published: str, shares: Sequence[float], bound: float) -> Finding:
    words = f"{shown(min(shares))} to {shown(max(shares))} % of the peak"
    return Finding(f"Zhang 2014: {published}.", words, max(shares) <= bound)


def picture(measured: Mapping[str, Measured]) -> Figure:
    """The error from stride to stride, and the average torque of the last ones beside the wanted one."""
    figure = Figure(figsize=(WIDTH_IN, 3.6))
    course, torque = figure.subplots(1, 2)
    for law, colour in zip(_LAWS, COLOURS, strict=False):
        series = measured[f"{law}, seed {SEEDS[0]}"].series
        course.plot(np.arange(1, STRIDES + 1), series["errors"], color=colour, label=law)
        torque.plot(100.0 * series["phases"], series["felt"], color=colour)
    phases = measured[CASES[0]].series["phases"]
    torque.plot(100.0 * phases, wanted_at(phases), color=INK, dashes=(4, 2), label="wanted")
    course.axhline(0.01 * PUBLISHED_SHARE * PEAK, color=INK, dashes=(1, 2), label="1.3 % of the peak (Zhang 2014)")
    course.set(title="Error in each stride, first seed", xlabel="stride", ylabel="RMS error (N·m)", yscale="log")
    course.yaxis.set_major_locator(FixedLocator([0.3, 0.5, 1.0, 2.0, 3.0, 5.0]))
    course.yaxis.set_major_formatter("{x:g}")
    course.yaxis.set_minor_locator(NullLocator())
    torque.set(title=f"Average of the last {LAST} strides", xlabel="phase (%)", ylabel="torque (N·m)")
    figure.legend(loc="outside lower center", ncols=3)
    return figure


DISCUSSION = """
With damping and learning the error is the least here too, by nearly a half. With 32 triangles it is as small in each
step as the published one. That is no confirmation of a figure: the plant is ours, and its numbers are assumed.

**The average step does not come out.** What is left repeats. Some of it is still finer than the triangles, as where
friction changes sign; and the forgetting alone leaves 2.9 % of the first error, which is more than was asked for. With
twice as many triangles and nothing forgotten, tried by hand afterwards on one walk, it came out: no
finding. More triangles cost more in every tick, and what is never forgotten is unlearnt by the next errors alone.

Damping by itself is the worst of the four, since it acts against the motor's whole speed, and so against the stride.
That is what the learning takes away again. On this plant friction alone keeps proportional control from swinging up;
learning without damping still ends worse than with it.

The first six strides leave about 0.7 of the error each with damping, near the predicted 0.66 for what is broad; without
damping more is left, since there most of it is fine from the beginning.

The spring measures the torque that the joint feels. The shipped knee robot measures its motor's current: there the law
would learn nothing of what the gear loses.
"""
