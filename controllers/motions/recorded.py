"""A recorded stride as a closed, smooth curve: its Fourier series."""

import csv
from cmath import exp
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import pi
from pathlib import Path

import numpy as np

from robot.errors import PlanError
from robot.tick import Array

HARMONICS = 8
"""Of a stride of 1.19 s that is 6.7 Hz, just above the 6 Hz to which the recording was filtered: nothing is lost."""

_FOLDER = Path(__file__).parent / "recordings"


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded motion: the file, the column of each kind of joint, its stride period in s and where one begins."""

    file: str
    columns: Mapping[str, str]
    stride_s: float
    begins_s: float
    label: str


RECORDINGS = {
    "walking-2d": Recording(
        file="walking-2d.csv",
        columns={"hip": "hip_flex_deg", "knee": "knee_flex_deg", "ankle": "ankle_df_deg"},
        stride_s=1.19,
        begins_s=0.6,
        label="one person walking, recorded (GaitAnalysisToolKit, Apache-2.0)",
    )
}
"""The recordings that a plan can name; where each file is from stands in `recordings/README.md`."""


def recording_file(name: str) -> Path:
    """The CSV file of a recording; raises `PlanError` listing the known ones."""
    if name not in RECORDINGS:
        raise PlanError("recording-unknown", field="motion.recorded", given=name, known=", ".join(RECORDINGS))
    return _FOLDER / RECORDINGS[name].file


@dataclass(frozen=True)
class FourierCurve:
    """Joint angles over a cycle: for each joint the complex amplitudes of mean and harmonics, lowest first, in rad.

    angle(phase) = Re Σ c_k zᵏ with z = exp(2πi·phase); smooth to every derivative, and closed.
    """

    amplitudes: tuple[tuple[complex, ...], ...]

    @cached_property
    def _polynomials(self) -> list[list[tuple[complex, complex, complex]]]:
        """For each joint the coefficients in z of value, slope and bend, highest power first."""
        turn = 2j * pi
        return [
            [(c, c * turn * k, c * (turn * k) ** 2) for k, c in reversed(list(enumerate(joint)))]
            for joint in self.amplitudes
        ]

    @property
    def powers(self) -> int:
        """How many powers of z it has, the mean counted."""
        return len(self.amplitudes[0])

    @property
    def polynomials(self) -> Array:
        """The same coefficients as `controllers.motions.mapped` takes them, as real numbers one after the other."""
        return np.array(self._polynomials, np.complex128).view(np.float64).reshape(-1)

    def at(self, phase: float) -> tuple[Sequence[float], Sequence[float], Sequence[float]]:
        """Angles in rad at `phase`, and their first and second derivative by phase (closed form)."""
        z = exp(2j * pi * phase)
        values, slopes, bends = [], [], []
        for coefficients in self._polynomials:
            value = slope = bend = 0j
            for a, b, c in coefficients:  # Horner's rule, for all three at once
                value, slope, bend = value * z + a, slope * z + b, bend * z + c
            values.append(value.real)
            slopes.append(slope.real)
            bends.append(bend.real)
        return values, slopes, bends


@cache
def recorded_shape(name: str, joints: tuple[str, ...]) -> FourierCurve:
    """The stride of a recording for these joints, each from 0 at its lowest to 1 at its highest.

    The stride's ends, which do not quite meet, are joined by taking their difference off along the stride. A joint's
    kind is the last part of its name (`left-knee` and `left_knee` are knees). The recording is of one leg: where both
    are moved, the right one goes half a stride later, as in a gait that is alike on both sides.
    """
    path = recording_file(name)
    recording = RECORDINGS[name]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    time = np.array([float(row["t_s"]) for row in rows])
    count = 256
    phase = np.arange(count + 1) / count
    amplitudes = []
    for joint in joints:
        kind = joint.replace("_", "-").rpartition("-")[2]
        if kind not in recording.columns:
            raise PlanError(
                "joint-not-recorded", field="motion.recorded", joint=joint, known=", ".join(recording.columns)
            )
        angle = np.array([float(row[recording.columns[kind]]) for row in rows])
        stride = np.interp(recording.begins_s + phase * recording.stride_s, time, angle)
        closed = stride - phase * (stride[-1] - stride[0])
        spectrum = np.fft.rfft(closed[:-1])[: HARMONICS + 1] / count
        spectrum[1:] *= 2.0  # the real part of one side stands for both
        if joint.startswith("right") and joint.replace("right", "left", 1) in joints:
            spectrum[1::2] *= -1.0  # half a turn of the odd harmonics
        raw = FourierCurve((tuple(complex(value) for value in spectrum),))
        fine = [raw.at(index / 8192)[0][0] for index in range(8192)]
        low, high = min(fine), max(fine)
        spectrum[0] -= low
        amplitudes.append(tuple(complex(value) / (high - low) for value in spectrum))
    return FourierCurve(tuple(amplitudes))


def recorded_curve(name: str, range_rad: tuple[tuple[str, float, float], ...]) -> FourierCurve:
    """The stride of a recording for the joints in `range_rad` (name, low, high), each mapped onto its range."""
    shape = recorded_shape(name, tuple(joint for joint, _, _ in range_rad))
    return FourierCurve(
        tuple(
            (low + (high - low) * mean, *((high - low) * one for one in harmonics))
            for (_, low, high), (mean, *harmonics) in zip(range_rad, shape.amplitudes, strict=True)
        )
    )
