"""What a report's reader is told: patients, conditions, ends and plans in words."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from math import degrees, isfinite

from robot.plan import Plan, Posture
from sim_models.trials.gates import Result
from sim_models.trials.matrix import ConditionRow, PulseRow
from sim_models.virtual_patient.joints import ARM_JOINTS, LimbJoint
from sim_models.virtual_patient.patient import STANDARD

ENDS: Mapping[str, str] = {"completes": "completed", "stops-safely": "stopped safely", "faults": "fault"}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: what it is about, and what is said of it, in one or more lines."""

    name: str
    value: str


def number(value: float | None, places: int, unit: str) -> str:
    """A figure with its unit; a dash where there is none."""
    return "–" if value is None or not isfinite(value) else f"{value:.{places}f}{unit}"


def stop_words(stop_ms: float | None) -> str:
    """How long a stop took; a dash where nothing was stopped."""
    return "not stopped" if stop_ms is not None and not isfinite(stop_ms) else number(stop_ms, 0, " ms")


def end_words(result: Result) -> str:
    """How a trial ended, with the reason's code where it did not complete; that a care task was not done, where so."""
    words = ENDS[result.end]
    if result.end == "completes":
        return f"{words}, task not done" if result.undone else words
    return f"{words} ({result.reason})"


def error_words(result: Result) -> str:
    """How far the limb was from its reference, or the last link where nothing is strapped to it."""
    worn = result.limb_rms_deg is not None
    return number(result.limb_rms_deg, 1, "°") if worn else number(result.tool_rms_mm, 1, " mm")


def force_words(result: Result) -> str:
    """How hard the hardest cuff pulled, or the robot pressed where it has none."""
    return number(result.peak_contact_N if result.peak_cuff_force_N is None else result.peak_cuff_force_N, 0, " N")


def task_words(result: Result) -> str:
    """What came of a care task, each figure by its name and unit, and why it was not done where so."""
    figures = ", ".join(f"{_figure(name)} {value:.3g}" for name, value in (result.task or {}).items())
    return "; ".join([figures, *(f"not done: {one}" for one in result.undone)])


def _figure(name: str) -> str:
    """A figure's name in words, its unit behind it: `mean_force_N` is `mean force (N)`."""
    words, _, unit = name.rpartition("_")
    return f"{words.replace('_', ' ')} ({'°' if unit == 'deg' else unit})" if unit != "share" else f"{words} share"


def named_trial(result: Result) -> str:
    """Patient, condition and changes of a trial in one line."""
    changes = [f"{name} {value:g}" for name, value in result.changes.items()]
    return ", ".join([result.patient, result.condition, *changes])


def repeating(called: str, result: Result) -> str:
    """The command that repeats a trial of a plan that is `called` so on the command line."""
    condition = "" if result.condition == "nominal" else f" --condition {result.condition}"
    changes = "".join(f" --set {name}={value!r}" for name, value in result.changes.items())
    return f"careloop trial {called} --patient {result.patient}{condition}{changes}"


def condition_words(row: ConditionRow, strapped: Collection[LimbJoint]) -> str:
    """What goes wrong in a condition, where so many of the person's joints are strapped to the robot."""
    return "; ".join((*_wrongs(row), *_upsets(row, strapped))) or "nothing goes wrong"


def _wrongs(row: ConditionRow) -> Iterator[str]:
    if row.nonsense:
        yield f"the drives measure “not a number” for {row.nonsense.for_ms:g} ms"
    if row.silence:
        yield f"the bus is torn for {row.silence.for_ms:g} ms"
    if row.delay_ms:
        yield f"every torque comes {row.delay_ms:g} ms late"
    if row.jitter_ms:
        yield f"up to {row.jitter_ms:g} ms more at random"
    if row.lost_share:
        yield f"{100.0 * row.lost_share:g} % of the replies are lost"
    if row.noise_deg or row.noise_deg_s:
        yield f"noise of {row.noise_deg:g}° and {row.noise_deg_s:g}°/s (standard deviation)"
    if row.bias_deg:
        yield f"the encoder is wrong by {row.bias_deg:g}°"
    if row.wrap_at is not None:
        yield "the encoder loses a whole turn"
    if row.backlash_deg:
        yield f"{row.backlash_deg:g}° of play between encoder and joint"
    if row.torque_share != 1.0:
        yield f"the drives give {100.0 * row.torque_share:g} % of the torque"
    if row.friction_share != 1.0:
        yield f"{row.friction_share:g} × the friction that is described"
    if row.power_lost_at is not None:
        yield "the power is lost"
    if row.emergency_between:
        yield "somebody presses the emergency stop at a random moment"


def _upsets(row: ConditionRow, strapped: Collection[LimbJoint]) -> Iterator[str]:
    """What befalls person and straps."""
    if row.spasm:
        way = "bends" if row.spasm.strength > 0.0 else "stretches"
        share = f"{100.0 * abs(row.spasm.strength):g} % of its healthy strength"
        yield f"a spasm {way} {_joints(row.spasm, strapped)} with {share} for {row.spasm.for_ms:g} ms"
    if row.pushes_back:
        held = row.pushes_back
        share = f"{100.0 * held.strength:g} % of its healthy strength"
        yield f"the patient holds {_joints(held, strapped)} back with up to {share} for {held.for_ms / 1000.0:g} s"
    if row.lets_go_at is not None:
        yield "the patient’s effort falls to nothing"
    if any(row.misaligned_mm):
        x, z = row.misaligned_mm
        yield f"the limb’s joint is {x:g} mm ahead of and {z:g} mm above the robot’s"
    if row.slip:
        yield f"the straps slip {row.slip.mm:g} mm along the limb"


def _joints(pulse: PulseRow, strapped: Collection[LimbJoint]) -> str:
    """Where a pulse acts; all of an arm's joints in one word, and all of its shoulder's."""
    acts = [one for one in pulse.joints if one in strapped]
    if set(acts) == set(ARM_JOINTS):
        return "the arm"
    return " and ".join(dict.fromkeys(f"the {one.split('_')[0]}" for one in acts))


def patient_words(name: str) -> str:
    """What ails a virtual patient, with its synthetic numbers."""
    patient = STANDARD[name].state("knee")
    reflex, words = patient.extensors.spasticity, []
    if reflex.gain:
        threshold = degrees(reflex.threshold)
        words.append(f"stretch reflex {reflex.gain:g} N·m·s/rad above {threshold:.0f}°/s")
    if patient.tremor.amplitude:
        words.append(f"tremor {patient.tremor.amplitude:g} N·m at {patient.tremor.frequency:g} Hz")
    words.append(f"{100.0 * patient.effort:.0f} % effort" if patient.effort else "no effort")
    return ", ".join(words)


def plan_lines(plan: Plan) -> list[Line]:
    """What a plan's reader has to know, limits aside."""
    posture, people = plan.posture, plan.patient
    adjustable = [f"{name} from {low:g} to {high:g}" for name, (low, high) in plan.adjustable.items()]
    return [
        Line("Robot", plan.robot),
        *([Line("Posture", _posture_words(posture))] if posture else []),
        Line("Patients", f"height {_span(people.height_m)} m, mass {_span(people.mass_kg)} kg"),
        Line("Motion", plan.motion.in_words),
        Line("Control law", "\n".join(_law_words(name, values) for one in plan.law for name, values in one.items())),
        Line("Assistance", f"{plan.assistance:g}"),
        Line("Adjustable", "\n".join(adjustable) or "nothing"),
    ]


def _posture_words(posture: Posture) -> str:
    return f"thigh pitch {posture.thigh_pitch_deg:g}°, hip flexion {posture.hip_flexion_deg:g}°"


def _law_words(name: str, values: Mapping[str, float | dict[str, float]]) -> str:
    given = [f"{field} {_value_words(value)}" for field, value in values.items()]
    return f"{name}: {', '.join(given)}" if given else name


def _value_words(value: float | dict[str, float]) -> str:
    if isinstance(value, dict):
        return " / ".join(f"{joint} {one:g}" for joint, one in value.items())
    return f"{value:g}"


def _span(bounds: tuple[float, float]) -> str:
    return f"{bounds[0]:g} to {bounds[1]:g}"
