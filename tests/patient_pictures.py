"""Pictures of virtual patients: `python -m tests.patient_pictures` draws those of docs/patients.md."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from casadi import SX, Function, vertcat
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from session_records.report.style import BLUE, GREEN, ORANGE, SKY, VERMILION, WIDTH_IN, styled
from sim_models.virtual_patient.adaptation import FAST, SLOW, Adaptation, next_effort
from sim_models.virtual_patient.fatigue import FRESH, Compartments, FatigueRates, compartment_rates, fatigue_rates
from sim_models.virtual_patient.joints import JOINTS
from sim_models.virtual_patient.passive import SPRINGS, ankle_moment, hip_moment, knee_moment, synthetic_moment
from sim_models.virtual_patient.picture import draw_patient
from sim_models.virtual_patient.population import patient_named
from tests.pictures import PICTURES

COLOURS = (BLUE, ORANGE, GREEN, VERMILION, SKY, "#CC79A7")
STEP_S = 0.02


def passive(file: Path) -> None:
    """The passive moments of the leg, and of the synthetic joints."""
    figure = Figure(figsize=(WIDTH_IN, 4.6), layout="constrained")
    axes = figure.subplots(2, 3, height_ratios=(1.0, 0.8))
    family(axes[0][0], "hip", "knee", (0, 60, 120), lambda h, k: hip_moment(h, k, 0.0))
    family(axes[0][1], "knee", "hip", (0, 30, 60, 90), lambda k, h: knee_moment(h, k, 0.0))
    family(axes[0][2], "ankle", "knee", (0, 45, 90), lambda a, k: ankle_moment(0.0, k, a))
    groups = {"shoulder": "shoulder_", "arm": ("elbow", "forearm"), "neck": "neck"}
    for axis, (title, start) in zip(axes[1], groups.items(), strict=True):
        for name, colour in zip([it for it in SPRINGS if it.startswith(start)], COLOURS, strict=False):
            angles = np.linspace(*JOINTS[name].range_deg, 100)
            moments = [float(synthetic_moment(name, angle)) for angle in angles]
            axis.plot(angles, moments, color=colour, label=name.removeprefix("shoulder_"))
        axis.set(xlabel="angle °", title=f"{title}, synthetic")
        axis.legend(loc="upper right")
    for row in axes:
        row[0].set_ylabel("passive moment N·m")
    figure.savefig(file, metadata={"Date": None})


def family(axes: Axes, joint: str, other: str, at: Sequence[float], moment: Callable[[float, float], object]) -> None:
    angles = np.linspace(*JOINTS[joint].range_deg, 120)
    for value, colour in zip(at, COLOURS, strict=False):
        axes.plot(angles, [float(moment(angle, value)) for angle in angles], color=colour, label=f"{other} {value}°")
    axes.set(xlabel="angle °", ylim=(-60.0, 60.0), title=joint)
    axes.legend()


def fatigue(file: Path) -> None:
    """What a knee's extensors can still give: held loads with a rest, and work in bouts."""
    figure = Figure(figsize=(WIDTH_IN, 2.7), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    knee = fatigue_rates("knee", "extensors", 1.0)
    for share, colour in zip((1.0, 0.5, 0.2), COLOURS, strict=False):
        held(left, knee, lambda time, share=share: share if time < 300.0 else 0.0, f"{100 * share:.0f} % held", colour)
    left.axvline(300.0, color="#8a9099", linewidth=0.8)
    left.text(306.0, 0.02, "rest", transform=left.get_xaxis_transform())
    for times, colour in zip((1.0, 3.0), COLOURS, strict=False):
        rates = fatigue_rates("knee", "extensors", times)
        held(right, rates, lambda time: 0.5 if time % 20.0 < 10.0 else 0.0, f"{times:g} × the published rate", colour)
    left.set(ylabel="share of fresh strength left", title="knee extensors: five minutes, then rest", ylim=(0.0, 1.05))
    right.set(title="10 s at 50 %, 10 s of rest")
    for axis in (left, right):
        axis.set_xlabel("time s")
        axis.legend(loc="lower left")
    figure.savefig(file, metadata={"Date": None})


def held(axes: Axes, rates: FatigueRates, load: Callable[[float], float], label: str, colour: str) -> None:
    of, target = SX.sym("of", 3), SX.sym("target")
    change = compartment_rates(Compartments(of[0], of[1], of[2]), target, rates)
    flow = vertcat(change.active, change.fatigued, change.resting)
    step = Function("step", [of, target], [of + STEP_S * flow])
    state, left = np.array([FRESH.active, FRESH.fatigued, FRESH.resting]), []
    times = np.arange(0.0, 600.0, STEP_S)
    for time in times:
        left.append(1.0 - state[1])
        state = np.asarray(step(state, load(time))).ravel()
    axes.plot(times[::50], left[::50], color=colour, label=label)


def slacking(file: Path) -> None:
    """Effort from repetition to repetition: with the errors taken away, then with a shortfall."""
    figure = Figure(figsize=(WIDTH_IN, 2.4), layout="constrained")
    axes = figure.subplots()
    for name, adaptation, colour in (("fast", FAST, VERMILION), ("slow", SLOW, BLUE)):
        axes.plot(
            efforts(adaptation),
            ".-",
            color=colour,
            label=f"{name}: f {adaptation.retention}, g {adaptation.sensitivity}",
        )
    axes.axvline(40.0, color="#8a9099", linewidth=0.8)
    axes.text(1.0, 0.92, "no error: the robot takes it away", transform=axes.get_xaxis_transform())
    axes.text(41.0, 0.92, "the limb falls short by 40 % of its range", transform=axes.get_xaxis_transform())
    axes.set(xlabel="repetition", ylabel="effort", ylim=(0.0, 1.0), title="slacking and adaptation")
    axes.legend(loc="lower right")
    figure.savefig(file, metadata={"Date": None})


def efforts(adaptation: Adaptation) -> list[float]:
    told = [0.6]
    for repetition in range(80):
        error = 0.0 if repetition < 40 else -0.4
        told.append(float(next_effort(told[-1], error, adaptation.retention, adaptation.sensitivity)))
    return told


def main() -> None:
    with styled():
        passive(PICTURES / "passive-moments.svg")
        fatigue(PICTURES / "fatigue.svg")
        slacking(PICTURES / "slacking.svg")
    draw_patient(patient_named("stroke-left-moderate"), PICTURES / "patient.png")


if __name__ == "__main__":
    main()
