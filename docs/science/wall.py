"""How stiff may a sampled wall be.

## Question

A stiffness that is computed once a tick makes energy: its force is held while the joint moves on, and it is read off an
encoder that moves in steps. Abbott and Okamura (2005, recalled and not read) give a bound below which the joint's own
friction takes all of it, K ≤ min(2 b / T, 2 f_c / Δ), with viscous friction b, period T, Coulomb friction f_c and
encoder resolution Δ. Does it hold, is it tight, and does it still hold in a loop like ours, in which a torque acts one
cycle after the measurement that it answers?

## Protocol

Written before the first run; the history of `docs/science/wall.py` shows it.

* **Joint.** One rotor of 0.05 kg·m² with b and f_c, moved exactly between the ticks: exponentials, and the moments at
  which Coulomb friction stops it. The spring is the compiled `joint-impedance` without damping, and reads the angle
  rounded to Δ; its torque is held over the period and acts at once, or one cycle late.
* **Cases.** T of 1, 2 and 4 ms and b of 0.1 and 0.2 N·m·s/rad with an ideal encoder and no Coulomb friction, where the
  first term is the bound; Δ of 1, 2 and 4 mrad and f_c of 0.05 and 0.1 N·m at b = 0.5 N·m·s/rad, where the second one
  is; each without delay and one cycle late. Two more go through the simulated plant, with the counts of the knee
  robot's drive and its own cycle of delay.
* **Limit to energy.** A hand leads the joint along x = c + A sin(2π k/n + φ), straight between the ticks, for n from 2
  to 512, A from a hundredth to ten times Δ, c on an encoder's edge and in the middle of a step, and 16 phases φ. What
  the spring gives in a whole turn is K times a number of the motion, what friction takes is another: the limit is the
  least K with which any of these motions gets energy out. This is the passivity that the bound is about.
* **Limit to rest.** The rotor alone is set going at 1 rad/s, for 10 s. It holds where it rests at the end, or where its
  largest speed in the last quarter is below 98.5 % of that in the third. The limit is found by bisection to 0.5 %,
  between a tenth of the bound and a hundred times it.
* **Predicted.** One cycle of delay: Colgate's condition for K z⁻¹ asks for b > K T (1 + 2 cos θ) / 2 at every θ, so
  three times as much, K ≤ 2 b / 3 T. The second term stays as it is. At rest, the limit without Coulomb friction is
  that of the eigenvalues.
* **It comes out** where, in every case it speaks of: no limit is below 0.99 of the bound (it holds); the limit to
  energy is below 1.1 of it (it is tight); the limit to rest of the ideal encoder is below 1.1 of it (beyond, a wall is
  unstable indeed). The same is asked of the bound with delay, once as published and once with three times the period.
* No patient, no chance: there is nothing to seed.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import inf, isnan, nan, pi

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from docs.science.looks import COLOURS, INK, WIDTH_IN
from docs.science.page import Finding, Measured
from docs.science.sampled_wall import Case, eigenvalue_limit, energy_limit, rest_limit
from robot.description import load_robot

BOUND, LATE_BOUND = "bound, N·m/rad", "bound for its delay, N·m/rad"
ENERGY, REST, EIGENVALUES = "limit to energy, N·m/rad", "limit to rest, N·m/rad", "limit by eigenvalues, N·m/rad"


def _cases() -> Iterator[tuple[str, Case]]:
    for late, words in ((0, ""), (1, ", one cycle late")):
        for period, viscous in product((0.004, 0.002, 0.001), (0.1, 0.2)):
            yield f"{1e3 * period:g} ms, {viscous} N·m·s/rad{words}", Case(period, viscous, late=late)
        for resolution, coulomb in product((0.001, 0.002, 0.004), (0.05, 0.1)):
            case = Case(0.002, 0.5, coulomb, resolution, late)
            yield f"{1e3 * resolution:g} mrad, {coulomb} N·m{words}", case
    (drive,) = load_robot("knee-exo").drives
    step = 2.0 * pi / drive.datasheet.encoder_counts
    for viscous in (0.1, 0.2):
        yield f"2 ms, {viscous} N·m·s/rad, simulated plant", Case(0.002, viscous, 0.005, step, 1, True)


_CASES = dict(_cases())
CASES = tuple(_CASES)


def measure(case: str) -> Measured:
    """Both limits of one joint beside the bound, as published and with T + 2 · delay in the place of T."""
    of = _CASES[case]
    return Measured(
        {
            BOUND: of.bound(),
            LATE_BOUND: of.bound(of.late * of.period),
            ENERGY: nan if of.plant else energy_limit(of),
            REST: rest_limit(of),
            EIGENVALUES: nan if of.coulomb else eigenvalue_limit(of),
        }
    )


def findings(measured: Mapping[str, Measured]) -> Sequence[Finding]:
    """The bound without delay; one cycle late as published, and with three times the period."""
    at_once = [name for name in CASES if not _CASES[name].late]
    late = [name for name in CASES if _CASES[name].late]
    return [
        _held(measured, at_once, BOUND, "Below the bound a wall makes no energy, and a rotor on it comes to rest."),
        *_lost(measured, at_once, BOUND),
        _held(measured, late, BOUND, "The bound as published, one cycle late."),
        _held(measured, late, LATE_BOUND, "The bound with 3 T for T, one cycle late (not published: predicted here)."),
        *_lost(measured, late, LATE_BOUND),
    ]


def _held(measured: Mapping[str, Measured], cases: Sequence[str], bound: str, published: str) -> Finding:
    least = min(_shares(measured, cases, (ENERGY, REST), bound))
    return Finding(published, f"the lowest limit is at {least:.3f} of the bound", least >= 0.99)


def _lost(measured: Mapping[str, Measured], cases: Sequence[str], bound: str) -> Sequence[Finding]:
    """What happens beyond: energy in every case, unrest where the encoder is ideal."""
    ideal = [case for case in cases if not _CASES[case].resolution]
    energy, rest = _shares(measured, cases, (ENERGY,), bound), _shares(measured, ideal, (REST,), bound)
    words = "from {:.3f} to {:.3f} of the bound on, by case"
    late = ", one cycle late, with 3 T for T" if bound == LATE_BOUND else ""
    return [
        Finding(f"Beyond it a wall makes energy{late}.", words.format(min(energy), max(energy)), max(energy) <= 1.1),
        Finding(
            f"Beyond it a rotor does not come to rest (ideal encoder{late}).",
            words.format(min(rest), max(rest)),
            max(rest) <= 1.1,
        ),
    ]


def _shares(measured: Mapping[str, Measured], cases: Sequence[str], limits: Sequence[str], bound: str) -> list[float]:
    """The limits that were measured as shares of the bound."""
    every = [measured[case].figures[limit] / measured[case].figures[bound] for case in cases for limit in limits]
    return [share for share in every if not isnan(share)]


def picture(measured: Mapping[str, Measured]) -> Figure:
    """The limits over each of the bound's two terms, and the bound without delay and one cycle late."""
    figure = Figure(figsize=(WIDTH_IN, 3.9))
    viscous, coulomb = figure.subplots(1, 2, sharey=True)
    sampled = [name for name in CASES if _CASES[name].plant or not _CASES[name].resolution]
    stepped = [name for name in CASES if name not in sampled]
    _panel(viscous, measured, {name: 2.0 * _CASES[name].viscous / _CASES[name].period for name in sampled}, inf)
    _panel(coulomb, measured, {name: 2.0 * _CASES[name].coulomb / _CASES[name].resolution for name in stepped}, 500.0)
    viscous.set(title="Sampling against viscous friction", xlabel="2 b / T (N·m/rad)", ylabel="stiffness K (N·m/rad)")
    coulomb.set(title="Encoder against Coulomb friction", xlabel=r"2 f$_c$ / Δ (N·m/rad)")
    handles, labels = viscous.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _panel(axes: Axes, measured: Mapping[str, Measured], over: Mapping[str, float], sampling: float) -> None:
    """Limits over the one term that makes the bound; `sampling` is 2 b / T where that is the other one."""
    term = np.geomspace(0.8 * min(over.values()), 1.25 * max(over.values()), 60)
    late = np.fmin(term, sampling / 3.0) if sampling < inf else term / 3.0
    axes.plot(term, np.fmin(term, sampling), color=INK, label="bound (Abbott and Okamura)")
    axes.plot(term, late, color=INK, dashes=(4, 2), label="bound with 3 T for T")
    for limit, is_late, plant, mark, colour, words in _MARKED:
        cases = [name for name in over if (_CASES[name].late, _CASES[name].plant) == (is_late, plant)]
        heights = [measured[name].figures[limit] for name in cases]
        face, size = ("none", 7.5) if limit == REST and not plant else (colour, 4.0)
        place = [over[name] for name in cases]
        axes.plot(place, heights, mark, color=colour, markerfacecolor=face, markersize=size, label=words)
    axes.set(xscale="log", yscale="log", xlim=(term[0], term[-1]), ylim=(10.0, 900.0))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator([20.0, 50.0, 100.0, 200.0, 500.0]))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())


_MARKED = (
    (ENERGY, 0, False, "o", COLOURS[0], "limit to energy, no delay"),
    (REST, 0, False, "s", COLOURS[0], "limit to rest, no delay"),
    (ENERGY, 1, False, "^", COLOURS[1], "limit to energy, one cycle late"),
    (REST, 1, False, "D", COLOURS[1], "limit to rest, one cycle late"),
    (REST, 1, True, "P", COLOURS[2], "limit to rest, simulated plant"),
)
"""What is drawn how: limit, cycles of delay, through the plant, mark, colour, words."""

DISCUSSION = """
Without delay the bound comes out, and it is exact where one kind of friction works alone: a slow turn gets energy out
just beyond the first term, a wiggle across a single edge of the encoder just beyond the second.

**One cycle late the bound as published does not hold.** It was made for a torque that acts at once. With T + 2 · delay
in the place of T it holds again; our loop is one cycle late, so that is 3 T. This was found by this page, and is why
`largest_passive_stiffness` and `passive_damping` in careloop ask for the delay.

Late, the corrected bound is not everywhere as tight as the protocol asked for: each of its terms counts one kind of
friction alone, and where both work a wall makes no energy for somewhat longer. It errs on the safe side.

The second term is about a hand that moves just when it hurts. The rotor alone came to rest far beyond it, up to about
the first term. That is how the authors have it too: their abstract, read after the first run, calls the condition
necessary and sufficient, with two modes, of which the one is unstable and the other is felt by a hand. For the ideal
encoder the limit to rest is that of the eigenvalues. Behind the simulated drive it is a little higher, by the Coulomb
friction of 0.005 N·m that the rotor has there.
"""
