"""A camera around whole sessions: the patient must be seen before there is torque, and for as long as there is any."""

import json
import math
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest

from careloop.build import load_exercise
from careloop.commands.preflight import Preflight
from careloop.commands.treating import _check_camera
from careloop.day.desk import Desk
from careloop.messages.language import Words
from careloop.session import watching
from careloop.session.vision_watch import tracker_of, watch
from careloop.session.watching import check_camera, read_camera, read_zero_pose
from careloop.settings import Home
from careloop.tracking.sources import source_named
from careloop.tracking.zeroing import zero_of
from patient_vision.calibration import write_calibration
from patient_vision.camera import Frame
from patient_vision.render import PINHOLE
from patient_vision.zero import ZeroPose, write_zero
from robot.description import RobotDescription, load_robot
from robot.errors import CheckFailed, InputError
from robot.runtime.mailbox import Mailbox
from robot.runtime.sight import angles_of, look_of
from robot.vision import Fault, Sight, Vision
from session_records.store import Registry
from tests.careloop.sessions import (
    SHORT,
    careloop,
    emulator,
    one_line,
    only_session,
    patient_robot,
    rows,
    sign,
    start,
    wait_for_rows,
    write_plan,
)
from tests.patient_vision.material import SPORTS, material, models_home
from tests.patient_vision.test_pose_tracker import LAWN, frames

ALL_OF_IT = {"assistance: [0.8, 1.0]": "assistance: [0.0, 1.0]"}
"""A plan that may be led to no assistance at all."""


def described(camera: str) -> Vision:
    return Vision(camera=camera, tracker="markers", calibration="room-1", side="right", joints={"knee": "knee"})


def watched_plan(folder: Path, camera: str) -> tuple[Home, Path]:
    """A home with a calibrated camera and a proof of a short plan for a robot that is watched, and that plan's file."""
    home = Home(folder / "home").prepare()
    write_calibration(PINHOLE, home.cameras / "room-1.yaml")
    robot = patient_robot(folder)
    robot.write_text(robot.read_text() + f"\nvision: {described(camera).model_dump_json(exclude_unset=True)}\n")
    plan = write_plan(folder / "short.yaml", {**SHORT, **ALL_OF_IT, "robot: knee-exo": f"robot: {robot}"})
    sign(home, load_exercise(plan))
    return home, plan


def kill_watcher(folder: Path) -> None:
    """Kill the process that watches; a machine that is too slow for it may have ended the session already."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"careloop.session.vision_watch" in words and str(folder).encode() in words:
                os.kill(int(process.name), signal.SIGKILL)


@pytest.mark.sweep
@pytest.mark.xdist_group("real-time")
def test_a_camera_that_dies_ends_the_session_softly_and_the_record_says_what_was_seen(tmp_path: Path) -> None:
    home, plan = watched_plan(tmp_path, "rendered-patient")
    with emulator(home) as (_, port):
        session = start(home, "run", str(plan), "--on", f"serial:{port}", "--json")
        folder = wait_for_rows(home, 1, session)
        kill_watcher(folder)
        out, said = session.communicate(timeout=200)
    assert session.returncode == 4, said
    assert (json.loads(out)["end"], json.loads(out)["reason"]) == ("stopped", "vision-lost")
    trace = rows(folder)
    assert trace["vision_sight"][-1] == Sight.LOST
    assert trace["knee_tau_command_Nm"][-1] == 0.0
    age, seen = np.array(trace["vision_age_s"]), np.array(trace["knee_observed_q_rad"])
    assert (np.isfinite(seen) <= (age <= 0.15)).all()
    assert json.loads((folder / "session.json").read_text())["order"]["camera"]["size_px"] == list(PINHOLE.size_px)
    again = careloop(home, "sessions", "replay", folder.name)
    assert again.returncode == 0, again.stderr


@pytest.mark.sweep
@pytest.mark.xdist_group("real-time")
def test_a_watched_session_goes_to_its_end_and_keeps_figures_and_no_picture(tmp_path: Path) -> None:
    home, plan = watched_plan(tmp_path, "rendered-patient:75")
    with emulator(home) as (_, port):
        done = careloop(home, "run", str(plan), "--on", f"serial:{port}", "--json")
    folder = only_session(home)
    trace = rows(folder)
    age = max(trace["vision_age_s"])
    if age > 0.15 and json.loads(done.stdout)["reason"] == "vision-lost":
        pytest.skip(f"this machine gave no picture for {age:.2f} s")
    assert (done.returncode, json.loads(done.stdout)["reason"]) == (0, "completed"), done.stderr
    assert set(trace["vision_sight"]) == {Sight.TRACKING}
    off = np.degrees(np.array(trace["knee_observed_q_rad"]) - np.array(trace["knee_q_rad"]))
    off = off[np.isfinite(off)]  # a reply that the bus lost is no angle
    assert len(off) > 0.9 * len(trace["knee_q_rad"])
    assert math.sqrt(np.square(off).mean()) < 5.0
    with Registry.open(home.root) as registry:
        ended = registry.get(folder.name).ended
    assert ended is not None
    knee = (ended.metrics or {})["joints"]["knee"]
    assert knee["observed_rms_deg"] == pytest.approx(math.sqrt(np.square(off).mean()), rel=0.05)
    assert "how far they disagreed" in (folder / "report.html").read_text()
    assert not any(cv2.haveImageReader(str(path)) for path in folder.rglob("*") if path.is_file())
    assert not [path for path in folder.rglob("*") if path.suffix in {".mp4", ".avi", ".png", ".jpg"}]


@pytest.mark.sweep
def test_without_its_camera_a_session_is_refused_before_anything_moves(tmp_path: Path) -> None:
    home, plan = watched_plan(tmp_path, "97")
    with emulator(home) as (_, port):
        refused = careloop(home, "run", str(plan), "--on", f"serial:{port}", "--json")
    assert refused.returncode == 3
    assert "there is no camera" in one_line(refused.stderr) or "no camera answers" in one_line(refused.stderr)
    assert not (only_session(home) / "trace.parquet").exists()


@pytest.mark.parametrize(
    ("faults", "why"),
    [
        (None, "sight-too-few"),
        (Fault.ABSENT, "sight-absent"),
        (Fault.ABSENT | Fault.CROWDED, "sight-crowded"),
        (Fault.UNCERTAIN, "sight-uncertain"),
        (Fault.POSTURE, "sight-posture"),
    ],
)
def test_a_patient_who_is_not_seen_is_not_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faults: Fault | None, why: str
) -> None:
    monkeypatch.setattr(watching, "READY_S", 0.1)
    mailbox = Mailbox.create(tmp_path / "vision")
    if faults is not None:
        mailbox.publish(np.array([time.monotonic(), float(faults)]))
    with pytest.raises(CheckFailed) as caught:
        watching._await_sight(mailbox, described("0"), lambda: False, lambda: False, tmp_path / "log")
    assert (caught.value.code, caught.value.values["why"]) == ("vision-not-ready", why)


def test_a_pre_flight_sees_the_patient_through_the_sessions_own_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, robot = Home(tmp_path / "home").prepare(), zeroed_robot(tmp_path)
    write_calibration(PINHOLE, home.cameras / "room-1.yaml")
    write_zero(ZeroPose.of({"knee": np.eye(3)}, "right", datetime.now(UTC)), home.cameras / "knee-zero.yaml")
    pre = Preflight(Words("en", "en"), cast(Desk, None), "P-4711")
    _check_camera(pre, robot, home)
    (check,) = pre.checks
    assert (check.item, check.value) == ("camera", {"knee": pytest.approx(75.0, abs=0.5)})
    assert "the patient is seen well; Knee at 75" in capsys.readouterr().err.replace("knee", "Knee")


def zeroed_robot(folder: Path) -> RobotDescription:
    """A robot whose camera looks at plates with a zero pose of their own."""
    robot = patient_robot(folder)
    vision = described("rendered-patient:75").model_copy(update={"zero": "knee-zero"})
    robot.write_text(robot.read_text() + f"\nvision: {vision.model_dump_json(exclude_unset=True)}\n")
    return load_robot(str(robot))


def test_a_zero_pose_is_measured_kept_and_taken_off_the_angles_of_a_session(tmp_path: Path) -> None:
    home, robot = Home(tmp_path / "home").prepare(), zeroed_robot(tmp_path)
    write_calibration(PINHOLE, home.cameras / "room-1.yaml")
    path, zero, askew = zero_of(robot, home, 0.9, lambda: None)
    assert askew["knee"] == pytest.approx(0.0, abs=math.radians(0.2))
    held = zero.model_copy(update={"turns": {"knee": (0.0, 0.0, math.radians(12.0))}})  # as if it were put on askew
    write_zero(held, path)
    camera, kept = read_camera(robot, home), read_zero_pose(robot, home)
    assert robot.vision is not None
    tracker = tracker_of(robot.vision, json.dumps(camera), json.dumps(kept), home.root)
    seen = [tracker.observe(frame).angles_rad[0] for frame in islice(source_named("rendered-patient"), 5)]
    assert np.degrees(seen) == pytest.approx(-12.0, abs=0.5)


def test_a_zero_pose_that_is_not_this_patients_of_just_now_is_refused(tmp_path: Path) -> None:
    home, robot = Home(tmp_path / "home").prepare(), zeroed_robot(tmp_path)
    with pytest.raises(InputError, match="zero-missing"):
        read_zero_pose(robot, home)
    now, path = datetime.now(UTC), home.cameras / "knee-zero.yaml"
    for joint, side, hours, code in (
        ("knee", "right", 0.99, None),
        ("knee", "right", 1.01, "zero-old"),
        ("knee", "right", -0.1, "zero-old"),
        ("knee", "left", 0.0, "zero-other"),
        ("hip", "right", 0.0, "zero-other"),
    ):
        write_zero(ZeroPose.of({joint: np.eye(3)}, side, now - timedelta(hours=hours)), path)
        if code is None:
            assert read_zero_pose(robot, home) is not None
            continue
        with pytest.raises(CheckFailed, match=code):
            read_zero_pose(robot, home)


def test_what_is_no_camera_is_refused(tmp_path: Path) -> None:
    (tmp_path / "video.mp4").touch()
    for name in (str(tmp_path), str(tmp_path / "video.mp4")):
        with pytest.raises(InputError, match="vision-not-live"):
            check_camera(described(name), emulated=True)
    with pytest.raises(InputError, match="vision-not-live"):
        check_camera(described("rendered-patient"), emulated=False)
    check_camera(described("rendered-patient"), emulated=True)
    check_camera(described("0"), emulated=False)


@pytest.mark.sweep
def test_a_camera_without_its_calibration_is_refused(tmp_path: Path) -> None:
    home, plan = watched_plan(tmp_path, "rendered-patient")
    (home.cameras / "room-1.yaml").unlink()
    with emulator(home) as (_, port):
        refused = careloop(home, "run", str(plan), "--on", f"serial:{port}", "--json")
    assert refused.returncode == 2
    assert "room-1.yaml" in one_line(refused.stderr)


@pytest.mark.sweep
def test_a_pose_trackers_frames_reach_control_as_those_of_plates_do(tmp_path: Path) -> None:
    joints = {"hip": "hip", "knee": "knee"}
    vision = Vision(camera="0", tracker="pose", side="left", facing="left", region=LAWN.region, joints=joints)
    tracker, mailbox = tracker_of(vision, "null", "null", models_home()), Mailbox.create(tmp_path / "vision")
    told: list[tuple[Fault, float]] = []

    def heard() -> Iterator[Frame]:
        for frame in frames(material(*SPORTS), range(100, 125)):
            yield frame
            numbers = mailbox.told()
            assert numbers is not None
            told.append((look_of(numbers[1]).faults, list(angles_of(numbers[1], 2))[1].angle))

    watch(mailbox, heard(), tracker, vision, os.getppid())
    assert [fault for fault, _ in told[:3]] == [Fault.UNCERTAIN] * 3  # just found
    assert sum(not fault for fault, _ in told) >= 15
    assert 0.0 < math.degrees(told[-1][1]) < 90.0
