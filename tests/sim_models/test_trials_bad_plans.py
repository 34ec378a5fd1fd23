"""Plans and patients that must not pass, each failing at the gate that it breaks."""

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from robot.guard import Flag
from sim_models.trials import trial
from sim_models.trials.measures import SLACK
from sim_models.virtual_patient import alike
from sim_models.virtual_patient.spasticity import Spasticity
from tests.sim_models.trials_kit import SHIPPED, case, exercise, judged


@pytest.mark.parametrize(
    ("changes", "end", "failures"),
    [
        (
            {"law.gravity-compensation.limb_share": 0.0, "law.joint-impedance.stiffness": 20.0},
            "completes",
            [r"limb error \d+\.\d° over 6°", r"limb \d+\.\d° beyond its motion, over 5°"],
        ),
        ({"limits.cuff.force": 10.0}, "completes", [r"cuff \d+ N over 10 N"]),
        (
            {"limits.knee.torque": 8.0},
            "completes",
            [r"limb error \d+\.\d° over 6°", "the guard had to act: torque"],
        ),
        ({"stop.spasm.torque": 3.0}, "stops-safely", [r"ended as stops-safely \(spasm\)"]),
        (
            {"limits.knee.velocity_deg_s": 45.0},
            "stops-safely",
            [r"knee speed over 45°/s", r"ended as stops-safely \(velocity-stop\)"],
        ),
        (
            {"limits.knee.velocity_deg_s": 30.0},  # the limb goes on to half above it while the soft stop lets go
            "faults",
            [r"knee speed over 30°/s", r"ended as faults \(velocity-stop\)"],
        ),
    ],
    ids=["nothing carries the limb", "cuff limit", "weak drive", "nervous spasm stop", "speed limit", "far too fast"],
)
def test_a_bad_plan_fails_its_gate_by_name(changes: Mapping[str, Any], end: str, failures: list[str]) -> None:
    bad = exercise(changes)
    _, result = judged(case("passive", of=bad), bad)
    assert result.end == end
    assert not result.passed
    assert len(result.failures) == len(failures)
    for said, wanted in zip(result.failures, failures, strict=True):
        assert re.fullmatch(wanted, said), said


def test_a_violent_spasm_trips_the_stop_and_the_torque_is_gone_within_100_ms(monkeypatch: pytest.MonkeyPatch) -> None:
    violent = alike("severely-spastic", spasticity=Spasticity(gain=100.0, threshold=math.radians(15.0)))
    monkeypatch.setattr(trial, "patient_named", {violent.name: violent}.__getitem__)
    recording, result = judged(case("severely-spastic"))
    assert (result.end, result.reason) == ("stops-safely", "spasm")
    flags = recording.field("flags")[:, 0].astype(int)
    (first, *_) = np.flatnonzero(flags & Flag.SPASM)
    assert abs(recording.field("tau_interaction")[first, 0]) >= SHIPPED.plan.stop.spasm.of("knee")
    assert np.abs(recording.motor_tau[first]).min() > 1.0
    gone = first + round(0.100 / SHIPPED.robot.dt)
    assert len(recording.motor_tau) > gone + 50
    assert np.abs(recording.motor_tau[gone:]).max() <= SLACK
    assert result.stop_ms is not None
    assert result.stop_ms <= 100.0
    # It stopped well, and still the plan is not for this patient: the strap held the spasm meanwhile.
    assert [failure.split()[0] for failure in result.failures] == ["cuff"]
