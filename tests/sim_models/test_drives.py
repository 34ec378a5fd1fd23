import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.drive import Drive
from sim_models.drives import SimulatedDrive
from tests.sim_models.loads import KNEE_EXO


def geared(gear: float, direction: int, zero_deg: float, model: str) -> Drive:
    content = KNEE_EXO.drives[0].model_dump()
    return Drive.model_validate({**content, "gear": gear, "direction": direction, "zero_deg": zero_deg, "model": model})


DRIVES = st.builds(
    geared,
    gear=st.sampled_from([1.0, 2.5]),
    direction=st.sampled_from([1, -1]),
    zero_deg=st.floats(-180.0, 180.0),
    model=st.sampled_from(["ph54-200-s500-r", "xh430-w350-r"]),
)


def off_a_tie(exact: float) -> bool:
    """Whether rounding cannot depend on the last bits."""
    return abs(exact - math.floor(exact) - 0.5) > 1e-6


@given(drive=DRIVES, q=st.floats(-2.0, 2.0), dq=st.floats(-6.0, 6.0))
def test_measurements_are_those_of_the_described_drive(drive: Drive, q: float, dq: float) -> None:
    simulated = SimulatedDrive(drive)
    if off_a_tie((q - drive.position_of_counts(0)) / (drive.position_of_counts(1) - drive.position_of_counts(0))):
        described = drive.position_of_counts(drive.counts_of_position(q))
        assert simulated.measured(q, dq)[0] == pytest.approx(described, abs=1e-12)
    if off_a_tie(dq / drive.velocity_of_counts(1)):
        described = drive.velocity_of_counts(drive.counts_of_velocity(dq))
        assert simulated.measured(q, dq)[1] == pytest.approx(described)


@given(drive=DRIVES, tau=st.floats(-400.0, 400.0), dq=st.floats(-6.0, 6.0))
def test_torques_are_those_of_the_described_drive(drive: Drive, tau: float, dq: float) -> None:
    simulated = SimulatedDrive(drive)
    goal = simulated.goal_of(tau)
    if off_a_tie(tau / drive.torque_of_counts(1)):
        assert goal == drive.counts_of_torque(tau)
    described = drive.motor_torque(goal * drive.datasheet.current_unit, dq)
    assert simulated.torque(goal, dq) == pytest.approx(described, rel=1e-12)
    assert simulated.measured(0.0, dq)[2] == pytest.approx(described, abs=0.51 * abs(drive.torque_of_counts(1)))
