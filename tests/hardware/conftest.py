"""Emulated drives to be asked by hand."""

import pytest

from tests.hardware.drive_bench import Bench
from tests.hardware.rigs import many


@pytest.fixture(params=["ph54-200-s500-r", "xh430-w350-r"])
def bench(request: pytest.FixtureRequest) -> Bench:
    """Three drives of one model on one bus."""
    return Bench(many(3, model=request.param))
