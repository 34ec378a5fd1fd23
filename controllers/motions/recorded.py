"""A recorded stride as a closed, smooth curve: its Fourier series."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import cos, pi, sin
from pathlib import Path

import numpy as np

from robot.errors import PlanError

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
    """Joint angles over a cycle: mean, and cosine and sine amplitude of each harmonic, for each joint, in rad."""

    mean: tuple[float, ...]
    cosines: tuple[tuple[float, ...], ...]
    sines: tuple[tuple[float, ...], ...]

    def at(self, phase: float) -> tuple[Sequence[float], Sequence[float], Sequence[float]]:
        """Angles in rad at `phase`, and their first and second derivative by phase (closed form)."""
        turn = 2.0 * pi
        waves = [(turn * k, cos(turn * k * phase), sin(turn * k * phase)) for k in range(1, len(self.cosines[0]) + 1)]
        values, slopes, bends = [], [], []
        for mean, a, b in zip(self.mean, self.cosines, self.sines, strict=True):
            value, slope, bend = mean, 0.0, 0.0
            for (w, c, s), ak, bk in zip(waves, a, b, strict=True):
                wave = ak * c + bk * s
                value += wave
                slope += w * (bk * c - ak * s)
                bend -= w * w * wave
            values.append(value)
            slopes.append(slope)
            bends.append(bend)
        return values, slopes, bends


@cache
def recorded_curve(name: str, range_rad: tuple[tuple[str, float, float], ...]) -> FourierCurve:
    """The stride of a recording for the joints in `range_rad` (name, low, high), each mapped onto its range.

    The stride's ends, which do not quite meet, are joined by taking their difference off along the stride. A joint's
    kind is the last part of its name (`left-knee` is a knee).
    """
    path = recording_file(name)
    recording = RECORDINGS[name]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    time = np.array([float(row["t_s"]) for row in rows])
    count = 256
    phase = np.arange(count + 1) / count
    means, cosines, sines = [], [], []
    for joint, low, high in range_rad:
        kind = joint.rpartition("-")[2]
        if kind not in recording.columns:
            raise PlanError(
                "joint-not-recorded", field="motion.recorded", joint=joint, known=", ".join(recording.columns)
            )
        angle = np.array([float(row[recording.columns[kind]]) for row in rows])
        stride = np.interp(recording.begins_s + phase * recording.stride_s, time, angle)
        closed = stride - phase * (stride[-1] - stride[0])
        spectrum = np.fft.rfft(closed[:-1]) / count
        curve = np.fft.irfft(np.where(np.arange(spectrum.size) <= HARMONICS, spectrum, 0.0) * 8192, 8192)
        scale = (high - low) / float(curve.max() - curve.min())
        means.append(low + scale * (float(spectrum[0].real) - float(curve.min())))
        cosines.append(tuple(float(2.0 * scale * value.real) for value in spectrum[1 : HARMONICS + 1]))
        sines.append(tuple(float(-2.0 * scale * value.imag) for value in spectrum[1 : HARMONICS + 1]))
    return FourierCurve(tuple(means), tuple(cosines), tuple(sines))
