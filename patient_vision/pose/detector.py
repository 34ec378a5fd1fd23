"""Where people are: the BlazePose detector, and the blending of its candidates.

Bazarevsky et al., BlazePose, 2020. The grid of anchors and the order of the numbers are those of the published network.
"""

from dataclasses import dataclass

import numpy as np

from patient_vision.camera import Image
from patient_vision.pose.crop import Points, Square
from patient_vision.pose.network import Network, Values

LIKELY = 0.5
"""The score from which on somebody may be the patient (BlazePose's own)."""

POSSIBLE = 0.3
"""The score from which on somebody may be there at all. Assumed."""

OVERLAP = 0.3
"""Candidates whose boxes overlap by so much (intersection over union) are one person."""

_GRIDS = ((28, 2), (14, 2), (7, 6))  # cells along a side, and candidates in each cell
_BOXES, _SCORES = 0, 1


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was found: how sure that is, 0…1, and the square around the body."""

    score: float
    square: Square


def anchors() -> Points:
    """The centre of each candidate's cell, 0…1 along the sides, in the network's order."""
    grids = []
    for cells, each in _GRIDS:
        middle = (np.arange(cells) + 0.5) / cells
        x, y = np.meshgrid(middle, middle)
        grids.append(np.repeat(np.column_stack([x.ravel(), y.ravel()]), each, axis=0))
    return np.vstack(grids)


class Detector:
    """Finds whoever may be in a part of an image, the likeliest first."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._anchors = anchors()

    def find(self, image: Image, part: Square) -> list[Person]:
        """Everybody in the square `part` of the image."""
        given = 2.0 * part.cut(image, self._network.side) - 1.0
        boxes, scores = self._network(given, (_BOXES, _SCORES))
        blended = blend(*self._possible(boxes, scores))
        return [Person(score, Square.around(*part.back(points)[2:4])) for score, points in blended]

    def _possible(self, boxes: Values, logits: Values) -> tuple[Points, Points]:
        """Each possible candidate's points (n, 4, 2): two corners of its box, hips, reach, 0…1; and its score."""
        scores = 1.0 / (1.0 + np.exp(-np.clip(logits[:, 0].astype(np.float64), -100.0, 100.0)))
        some = scores >= POSSIBLE
        raw = boxes[some].astype(np.float64).reshape(-1, 6, 2) / self._network.side
        middle, extent = raw[:, 0] + self._anchors[some], raw[:, 1]
        keypoints = raw[:, 2:4] + self._anchors[some, np.newaxis]
        corners = np.stack([middle - extent / 2.0, middle + extent / 2.0], axis=1)
        return np.concatenate([corners, keypoints], axis=1), scores[some]


def blend(points: Points, scores: Points) -> list[tuple[float, Points]]:
    """One candidate for each person: those that overlap the best one are averaged with it, by their scores.

    To take the best one alone loses small people, whose candidates are each a little off.
    """
    people, left = [], np.argsort(-scores)
    while left.size:
        overlaps = _overlap(points[left[0]], points[left]) > OVERLAP
        overlaps[0] = True
        group, left = left[overlaps], left[~overlaps]
        people.append((float(scores[group[0]]), np.average(points[group], axis=0, weights=scores[group])))
    return people


def _overlap(one: Points, others: Points) -> Points:
    """Intersection over union of a box with others; each is its two corners, the points 0 and 1."""
    common = np.minimum(one[1], others[:, 1]) - np.maximum(one[0], others[:, 0])
    shared = np.clip(common, 0.0, None).prod(axis=1)
    union = np.prod(one[1] - one[0]) + (others[:, 1] - others[:, 0]).prod(axis=1) - shared
    share: Points = np.divide(shared, union, out=np.zeros_like(union), where=union > 0.0)
    return share
