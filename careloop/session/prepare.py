"""Before a session: what must be in order before anybody is entered or anything moves, and the order for control."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from careloop.build import Exercise
from careloop.emulation.running import Emulator, emulator_of
from careloop.proving.feasibility import check_feasible
from careloop.proving.parts import proof_parts
from careloop.session.dose import Dose
from careloop.session.files import Order
from careloop.session.watching import check_camera, read_camera, read_zero_pose
from careloop.settings import Home
from robot.controller import Controller, Person
from robot.errors import CheckFailed
from robot.proof import Proof, find_proof, site_key
from robot.runtime.session import PAUSE_LIMIT_S
from session_records.store import Registry, Started
from sim_models.trials.matrix import standard_matrix

SPARE_S = 120.0
"""Disk space is asked for the motion, for pauses, and for this much more: approach and fades, the ring, a report. One
pause at its longest is foreseen, and after a trial one more. Who pauses more often on a disk that is nearly full is
stopped softly when rows are lost."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a session runs: on the simulation of a virtual patient, or on serial ports by bus.

    `stop_input` is the port of the emergency stop's digital input, if one is wired.
    """

    patient: str | None = None
    ports: Mapping[str, str] | None = None
    stop_input: str | None = None


@dataclass(frozen=True, slots=True)
class Treatment:
    """Whom a session treats, by a pseudonym, and who runs it: as the registry keeps it (`Started`).

    `enter` is called with the registry and the session's id as soon as there is one, before anything moves: what was
    confirmed and measured before it is entered there. What it raises refuses the session.
    """

    patient: str
    side: str
    operator: str
    prescription: str | None
    dose: Dose
    enter: Callable[[Registry, str], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A session that may begin: its controller with the values that were asked for, the order, and what is registered.

    `emulator` is the one behind its ports, None on real ones and in simulation.
    """

    controller: Controller
    order: Order
    started: Started
    emulator: Emulator | None


def prepare(
    exercise: Exercise,
    target: Target,
    person: Person,
    changes: Mapping[str, float],
    home: Home,
    no_person: bool,
    treatment: Treatment | None,
) -> Prepared:
    """Check everything that can be known without the robot; raises as `run_session` does."""
    home.prepare()
    controller = exercise.controller(changes)
    controller.row(person)
    proof = prove_for(exercise, controller, home) if target.ports is not None else None
    order = _order(exercise, target, person, changes, proof, treatment)
    if target.ports is not None:
        order = replace(order, camera=read_camera(exercise.robot, home), zero=read_zero_pose(exercise.robot, home))
    home.require_free(_bytes_needed(controller, order))
    check_feasible(exercise.adjusted(changes).repeated(order.what().in_all))
    emulator = check_ports(exercise, target, home, no_person)
    if target.ports is not None and exercise.robot.vision is not None:
        check_camera(exercise.robot.vision, emulated=emulator is not None)
    on = "sim" if target.ports is None else "emulator" if emulator else "serial"
    return Prepared(controller, order, _started(exercise, on, person, proof, treatment), emulator)


def prove_for(exercise: Exercise, controller: Controller, home: Home) -> Proof:
    """The proof of exactly this plan; raises `CheckFailed` without one."""
    parts = proof_parts(exercise, controller, standard_matrix())
    return find_proof(home.proofs, exercise.plan.name, parts, site_key(home.keys).public_key())


def check_ports(exercise: Exercise, target: Target, home: Home, no_person: bool) -> Emulator | None:
    """Refuse a real motor while a person could be attached; the emulator behind the ports, if it is one of ours.

    A person may be, where an emergency stop is given that is not emulated: it must work before there is torque.
    """
    if target.ports is None:
        return None
    emulators = [emulator_of(home.runtime, port) for port in target.ports.values()]
    stoppable = target.stop_input is not None and emulator_of(home.runtime, target.stop_input) is None
    if not (all(emulators) or no_person or stoppable):
        raise CheckFailed("person-not-excluded", port=", ".join(target.ports.values()))
    return emulators[0] if all(emulators) else None


def _bytes_needed(controller: Controller, order: Order) -> int:
    """Journal and trace of a whole session, side by side for a moment."""
    pauses_s = (1 + order.what().trial) * PAUSE_LIMIT_S
    seconds = order.motion().duration_s + pauses_s + SPARE_S
    return int(2 * 8 * controller.layout.size * controller.robot.rate_hz * seconds)


def _order(
    exercise: Exercise,
    target: Target,
    person: Person,
    changes: Mapping[str, float],
    proof: Proof | None,
    treatment: Treatment | None,
) -> Order:
    plant = {"sim": target.patient} if target.ports is None else {"serial": dict(target.ports)}
    return Order(
        file=exercise.file,
        plan=exercise.plan.content,
        robot=exercise.robot.model_dump(mode="json"),
        person={"height_m": person.height_m, "mass_kg": person.mass_kg},
        changes=dict(changes),
        plant=plant,
        law=proof.parts["law"] if proof else None,
        guard=proof.parts["guard"] if proof else None,
        dose=treatment.dose.facts if treatment else None,
        trajectory=proof.parts.get("motion") if proof else None,
    )


def _started(exercise: Exercise, on: str, person: Person, proof: Proof | None, treatment: Treatment | None) -> Started:
    """What the registry keeps of a session from its start."""
    return Started(
        plan=exercise.plan.name,
        robot=exercise.robot.name,
        on=on,
        started_at=datetime.now().astimezone(),
        proof_hash=proof.sha256 if proof else None,
        height_m=person.height_m,
        mass_kg=person.mass_kg,
        patient=treatment.patient if treatment else None,
        side=treatment.side if treatment else None,
        operator=treatment.operator if treatment else None,
        prescription=treatment.prescription if treatment else None,
    )
