"""The sources that the command can name: those of the room, and synthetic ones to try it without a camera."""

import math

from patient_vision.camera import Rendered, Source, open_source
from patient_vision.render import RenderedBoard, RenderedLeg

RATE_HZ = 30.0


def _knee(t: float) -> float:
    """Still at zero for a second, then a swing from 0 to 60° and back in two seconds."""
    return math.radians(30.0) * (1.0 - math.cos(math.pi * max(0.0, t - 1.0)))


SYNTHETIC = {
    "rendered-leg": (RenderedLeg(_knee, noise=4.0, hidden=0.05).draw, 150),
    "rendered-patient": (RenderedLeg(_knee, noise=4.0).draw, 150),
    "rendered-board": (RenderedBoard().draw, 30),
}
"""What draws a synthetic source's pictures, and how many there are; nothing covers a plate of `rendered-patient`."""


def source_named(given: str) -> Source:
    """A synthetic source by its name, else whatever `given` leads to."""
    if given in SYNTHETIC:
        draw, frames = SYNTHETIC[given]
        return Rendered(draw, RATE_HZ, frames)
    return open_source(given)
