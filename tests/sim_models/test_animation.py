"""The animated picture of a trial: its frames, where robot and person stand in them, and what cannot be drawn."""

from dataclasses import replace
from itertools import pairwise
from math import ceil, cos, radians, sin
from pathlib import Path
from typing import cast

import numpy as np
import pinocchio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from careloop.build import Exercise, load_exercise
from robot.controller import Controller
from robot.description import load_robot
from robot.errors import DeviceError, InputError
from robot.runtime.session_state import State
from sim_models.person_forces import TRUNK
from sim_models.person_tree import NAMES
from sim_models.solids import Poses, box, poses_of, solids_of
from sim_models.tasks.parts import HeadPart
from sim_models.trials.animation import (
    HELD_S,
    HIGH,
    MOST_FRAMES,
    WIDE,
    Frames,
    animate_trial,
    check_animated,
    state_words,
    view,
)
from sim_models.trials.film import STANDS, Film, worn_stands
from sim_models.trials.stage import stage_of
from sim_models.virtual_patient.body import USUAL
from sim_models.virtual_patient.patient import STANDARD
from sim_models.virtual_patient.skeleton import person_urdf
from sim_models.worn import chain, worn_joints
from tests.sim_models.test_care_load import load, target
from tests.sim_models.trials_kit import SHIPPED, shipped_trial

NOBODY = np.empty((0, STANDS))
CONTROLLER = SHIPPED.controller()
BODY = STANDARD["passive"].sized(1.71, 64.0).body


@pytest.mark.parametrize(
    "urdf", [load_robot(name).urdf for name in ("leg-exo", "arm-exo", "care-arm")] + [person_urdf(USUAL)]
)
def test_links_are_where_pinocchio_has_them(urdf: str) -> None:
    model = pinocchio.buildModelFromXML(urdf)
    data, moments = model.createData(), 3
    q = np.random.default_rng(1).uniform(-1.5, 1.5, (moments, model.nq))
    found = poses_of(urdf, dict(zip(list(model.names)[1:], q.T, strict=True)), Poses.still(moments))
    for moment, angles in enumerate(q):
        pinocchio.framesForwardKinematics(model, data, angles)
        for link, poses in found.items():
            expected = data.oMf[model.getFrameId(link, pinocchio.FrameType.BODY)]
            np.testing.assert_allclose(poses.place[moment], expected.translation, atol=1e-12)
            np.testing.assert_allclose(poses.turn[moment], expected.rotation, atol=1e-12)


def test_a_solid_is_where_its_urdf_draws_it() -> None:
    urdf = (
        '<robot name="one"><link name="a"><visual><origin xyz="1 0 0" rpy="0 1.5707963267948966 0"/>'
        '<geometry><cylinder radius="0.1" length="2"/></geometry></visual>'
        '<visual><geometry><sphere radius="0.3"/></geometry></visual>'
        '<visual><geometry><box size="0.2 0.4 0.6"/></geometry></visual></link></robot>'
    )
    cylinder, sphere, brick = (one.corners for one in solids_of(urdf))
    np.testing.assert_allclose(
        [cylinder.min(axis=0), cylinder.max(axis=0)], [[0.0, -0.1, -0.1], [2.0, 0.1, 0.1]], atol=1e-12
    )
    np.testing.assert_allclose(np.linalg.norm(sphere, axis=1), 0.3)
    np.testing.assert_allclose(brick, box((0.2, 0.4, 0.6), (0.0, 0.0, 0.0)))
    np.testing.assert_allclose(np.abs(brick), np.tile([0.1, 0.2, 0.3], (8, 1)))


@given(st.integers(2, 200_000), st.sampled_from([0.001, 0.002, 0.005]))
def test_a_film_lasts_as_long_as_its_trial_and_is_bounded(measurements: int, dt: float) -> None:
    frames, whole = Frames.of(measurements, dt), (measurements - 1) * dt
    assert 2 <= len(frames.at) <= MOST_FRAMES
    assert len(frames.at) == ceil(whole / frames.step_s - 1e-6) + 1
    assert (frames.at[0], frames.at[-1]) == (0, measurements - 1)
    assert all(one < other for one, other in pairwise(frames.at))
    assert frames.step_s >= 0.05 - 1e-12 and frames.step_s * 100.0 == pytest.approx(round(frames.step_s * 100.0))
    shown = sum(frames.shown_ms) / 1000.0 - HELD_S
    assert whole - 1e-9 <= shown - frames.step_s < whole + frames.step_s


def test_robot_and_limb_stand_in_the_last_frame_as_the_recording_ended() -> None:
    recording, _ = shipped_trial("weak", "spasm")
    last = len(recording.truth) - 1
    stage = stage_of(recording, NOBODY, CONTROLLER, BODY, [0, last])
    robot, limb = recording.joint_q[last, 0], recording.true("limb_q_rad")[last]
    assert abs(robot - limb) > radians(0.2)  # the strap gives way: to take one for the other would be seen
    np.testing.assert_allclose(stage.robot["cuff"].place[1], [0.22 * cos(robot), 0.0, -0.22 * sin(robot)], atol=1e-12)
    shank = BODY.segment("shank").length
    away = stage.person["left_foot"].place[1] - stage.person["left_shank"].place[1]
    np.testing.assert_allclose(away, [shank * cos(limb), 0.0, -shank * sin(limb)], atol=1e-12)
    np.testing.assert_allclose(stage.person["left_shank"].place[:, ::2], 0.0, atol=1e-12)


def uncompiled(exercise: Exercise) -> Controller:
    """Its plan and its robot, which are all that a stage takes of a controller: law and guard take long to compile."""
    return cast(Controller, exercise)


def test_both_legs_stand_where_the_simulations_chain_has_them() -> None:
    exercise = load_exercise("leg-treadmill")
    worn, random = worn_joints(exercise.robot), np.random.default_rng(2)
    recording, _ = shipped_trial("weak", "spasm")
    columns = (*(f"{one.name}_limb_q_rad" for one in worn), "pelvis_lift_m")
    truth = random.uniform(-0.5, 0.5, (3, len(columns)))
    made = replace(recording, truth_columns=columns, truth=truth, joint_q=truth[:, :-1])
    assert exercise.plan.posture is not None
    stands = worn_stands(made, worn, exercise.plan.posture, BODY)
    urdf = person_urdf(BODY)
    stage = stage_of(made, NOBODY, uncompiled(exercise), BODY, [0, 1, 2])
    lengths = [one.limb(BODY).length for one in worn]
    at = [one.at if one.above is None else (lengths[one.above], 0.0) for one in worn]
    assert stands.shape == (3, STANDS) and "left_foot" in urdf
    for moment, (*angles, lift) in enumerate(truth):
        places, _ = chain(worn, at, angles)
        for one, (x, z) in zip(worn, places, strict=True):
            link = f"{one.side}_{ {'hip': 'thigh', 'knee': 'shank', 'ankle': 'foot'}[one.joint] }"
            found = stage.person[link].place[moment, ::2]
            np.testing.assert_allclose(found, [float(x), float(z) + lift], atol=1e-12)


def test_a_whole_person_is_filmed_where_the_load_has_them() -> None:
    film = Film()
    with load("meal") as one:
        for _ in range(2):
            one.advance([0.0] * 7, 20)
            film(one)
        mouth, body_q = target(one), one._person.q
    assert film.stands.shape == (2, STANDS)
    np.testing.assert_array_equal(film.stands[-1, TRUNK:], body_q)
    exercise = load_exercise("care-meal")
    recording, _ = shipped_trial("weak", "spasm")
    made = replace(recording, joint_q=np.zeros((2, 7)), truth=np.zeros((2, 1)), truth_columns=("tool_x_m",))
    body = STANDARD["passive"].sized(1.75, 75.0).body
    head = stage_of(made, film.stands, uncompiled(exercise), body, [0, 1]).person["head"]
    _, _, lips, ahead = HeadPart().numbers(body)
    np.testing.assert_allclose(head.points(np.array([[lips, 0.0, ahead]]))[1, 0], mouth, atol=1e-9)
    assert len(NAMES) == STANDS - TRUNK


@given(st.floats(-360.0, 360.0))
def test_a_camera_turns_and_does_not_stretch_and_up_stays_up(azimuth_deg: float) -> None:
    turn = view(azimuth_deg)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1.0)
    right, up, _ = turn @ [0.0, 0.0, 1.0]
    assert right == pytest.approx(0.0) and up > 0.9


def test_the_states_come_in_order_and_the_picture_shows_every_frame(tmp_path: Path) -> None:
    recording, result = shipped_trial("weak", "spasm")
    said = [state_words(recording, result, at)[0] for at in range(len(recording.truth))]
    in_order = list(dict.fromkeys(said))
    assert in_order == ["armed", "running", "stopping: spasm", "stopped: spasm"] and recording.state is State.STOPPED
    end = replace(recording, rows=recording.rows[-150:], truth=recording.truth[-200:], joint_q=recording.joint_q[-200:])
    told: list[tuple[int, int]] = []
    file = tmp_path / "end.gif"
    animate_trial(file, end, NOBODY, result, CONTROLLER, BODY, lambda done, of: told.append((done, of)))
    frames = Frames.of(200, recording.dt)
    assert told == [(number, len(frames.at)) for number in range(1, len(frames.at) + 1)]
    with Image.open(file) as picture:
        assert (picture.n_frames, picture.size) == (len(frames.at), (WIDE, HIGH))
        shown = []
        for number in range(picture.n_frames):
            picture.seek(number)
            shown.append(picture.info["duration"])
    assert shown == frames.shown_ms


def test_what_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    recording, result = shipped_trial("weak", "spasm")
    with pytest.raises(InputError, match="picture-format"):
        check_animated(Path("trial.mp4"))
    with pytest.raises(DeviceError, match="picture-not-written"):
        animate_trial(tmp_path / "no" / "t.gif", recording, NOBODY, result, CONTROLLER, BODY, lambda done, of: None)
