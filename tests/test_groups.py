"""What runs the tests side by side keeps to their groups: sessions in real time would disturb each other's loop."""

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one worker has every group")
@pytest.mark.xdist_group("groups")
def test_a_group_is_told_to_whoever_shares_out_the_tests(request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.endswith("@groups")
