"""Profiles of virtual patients: YAML files that say how a kind of patient is, as numbers or as ranges of numbers.

A number may be a range, `[low, high]`: the profile's typical patient has its middle, and a sampled one any value of it,
all alike likely and each drawn by itself. All of this is synthetic.
"""

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from robot.body import Sex
from robot.errors import InputError
from robot.files import Strict, read_document, read_text
from sim_models.virtual_patient.adaptation import STEADY, Adaptation
from sim_models.virtual_patient.body import Body
from sim_models.virtual_patient.joint import JointState, Muscles
from sim_models.virtual_patient.joints import LIMB_JOINTS
from sim_models.virtual_patient.patient import Side, VirtualPatient
from sim_models.virtual_patient.spasticity import NONE as NO_SPASTICITY
from sim_models.virtual_patient.spasticity import Spasticity
from sim_models.virtual_patient.tremor import NONE as NO_TREMOR
from sim_models.virtual_patient.tremor import Tremor

FOLDER = Path(__file__).with_name("profiles")

Pair = tuple[float, float]
Draw = Callable[[Pair], float]
"""Picks one value of a range."""


def _as_pair(given: Any) -> Any:
    return given if isinstance(given, tuple) else (given, given)


def _ordered(pair: Pair) -> Pair:
    if pair[0] > pair[1]:
        raise InputError("range-empty", field="", low=pair[0], high=pair[1])
    return pair


_Spread = BeforeValidator(_as_pair), AfterValidator(_ordered)
_Unit = Annotated[float, Field(ge=0.0, le=1.0)]
_Twice = Annotated[float, Field(ge=0.0, le=2.0)]
_Ten = Annotated[float, Field(ge=0.0, le=10.0)]
_Gain = Annotated[float, Field(ge=0.0, le=200.0)]
_Speed = Annotated[float, Field(ge=0.0, le=1000.0)]
_Amplitude = Annotated[float, Field(ge=0.0, le=30.0)]
_Frequency = Annotated[float, Field(ge=4.0, le=12.0)]
_Height = Annotated[float, Field(ge=0.5, le=2.5)]
_Mass = Annotated[float, Field(ge=5.0, le=300.0)]
_Age = Annotated[float, Field(ge=18.0, le=110.0)]


class ReflexSpread(Strict):
    """A stretch reflex: its gain in N·m·s/rad above a speed in °/s."""

    gain: Annotated[tuple[_Gain, _Gain], *_Spread]
    threshold_deg_s: Annotated[tuple[_Speed, _Speed], *_Spread]

    def drawn(self, draw: Draw) -> Spasticity:
        """One of them."""
        return Spasticity(draw(self.gain), math.radians(draw(self.threshold_deg_s)))


class MusclesSpread(Strict):
    """`Muscles`, in ranges."""

    strength: Annotated[tuple[_Twice, _Twice], *_Spread] = (1.0, 1.0)
    spasticity: ReflexSpread | None = None
    fatigue: Annotated[tuple[_Ten, _Ten], *_Spread] = (0.0, 0.0)

    def drawn(self, draw: Draw) -> Muscles:
        """One of them."""
        spasticity = self.spasticity.drawn(draw) if self.spasticity else NO_SPASTICITY
        return Muscles(draw(self.strength), spasticity, draw(self.fatigue))


class AdaptationSpread(Strict):
    """`Adaptation`, in ranges."""

    retention: Annotated[tuple[_Unit, _Unit], *_Spread]
    sensitivity: Annotated[tuple[_Ten, _Ten], *_Spread]

    def drawn(self, draw: Draw) -> Adaptation:
        """One of them."""
        return Adaptation(draw(self.retention), draw(self.sensitivity))


class TremorSpread(Strict):
    """`Tremor`, in ranges: N·m and Hz."""

    amplitude: Annotated[tuple[_Amplitude, _Amplitude], *_Spread]
    frequency: Annotated[tuple[_Frequency, _Frequency], *_Spread]

    def drawn(self, draw: Draw) -> Tremor:
        """One of them."""
        return Tremor(draw(self.amplitude), draw(self.frequency))


class JointSpread(Strict):
    """`JointState`, in ranges; `range_deg` is one range of motion and not drawn from."""

    effort: Annotated[tuple[_Unit, _Unit], *_Spread] = (0.0, 0.0)
    adaptation: AdaptationSpread | None = None
    flexors: MusclesSpread = MusclesSpread()
    extensors: MusclesSpread = MusclesSpread()
    tremor: TremorSpread | None = None
    range_deg: Pair | None = None

    def drawn(self, draw: Draw) -> JointState:
        """One of them."""
        return JointState(
            draw(self.effort),
            self.adaptation.drawn(draw) if self.adaptation else STEADY,
            self.flexors.drawn(draw),
            self.extensors.drawn(draw),
            self.tremor.drawn(draw) if self.tremor else NO_TREMOR,
            self.range_deg,
        )


class SideSpread(Strict):
    """What ails the joints of a side; `every` is for those that are not named."""

    every: JointSpread = JointSpread()
    hip: JointSpread | None = None
    knee: JointSpread | None = None
    ankle: JointSpread | None = None
    shoulder_flexion: JointSpread | None = None
    shoulder_abduction: JointSpread | None = None
    shoulder_rotation: JointSpread | None = None
    elbow: JointSpread | None = None
    forearm: JointSpread | None = None

    @model_validator(mode="after")
    def _each_joint_can_be(self) -> Self:
        usual = Body()
        for joint, state in self._states(max).items():
            state.numbers(joint, usual.mass_kg, usual.sex, usual.age_years)  # type: ignore[arg-type]
        return self

    def _states(self, draw: Draw) -> dict[str, JointState]:
        return {joint: (getattr(self, joint) or self.every).drawn(draw) for joint in LIMB_JOINTS}

    def drawn(self, draw: Draw) -> Side:
        """One of them."""
        return Side(**self._states(draw))


class BodySpread(Strict):
    """`Body`, in ranges; `either` is one of both sexes, and their mean in a typical patient."""

    height_m: Annotated[tuple[_Height, _Height], *_Spread]
    mass_kg: Annotated[tuple[_Mass, _Mass], *_Spread]
    sex: Literal["female", "male", "either"]
    age_years: Annotated[tuple[_Age, _Age], *_Spread]

    @model_validator(mode="after")
    def _every_corner_can_be(self) -> Self:
        for height in self.height_m:
            for mass in self.mass_kg:
                try:
                    Body(height, mass)
                except InputError as problem:  # told as this file's field
                    raise InputError(problem.code, **{**problem.values, "field": "mass_kg"}) from problem
        return self

    def drawn(self, draw: Draw) -> Body:
        """One of them."""
        height, mass, age, coin = (draw(it) for it in (self.height_m, self.mass_kg, self.age_years, (0.0, 1.0)))
        return Body(height, mass, _sex(coin) if self.sex == "either" else self.sex, age)


def _sex(coin: float) -> Sex | None:
    """A coin between 0 and 1; its middle, which the typical patient has, is neither."""
    if coin == 0.5:
        return None
    return "female" if coin < 0.5 else "male"


class Profile(Strict):
    """A kind of patient: body, left and right side, neck. `about` says in a sentence whom it stands for."""

    careloop: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
    about: Annotated[str, Field(min_length=1, max_length=300)]
    body: BodySpread
    left: SideSpread
    right: SideSpread
    neck: JointSpread = JointSpread()

    @model_validator(mode="after")
    def _the_neck_can_be(self) -> Self:
        usual = Body()
        self.neck.drawn(max).numbers("neck", usual.mass_kg, usual.sex, usual.age_years)
        return self

    def drawn(self, name: str, draw: Draw) -> VirtualPatient:
        """A patient of this kind, each of its numbers picked by `draw`."""
        body, left, right = self.body.drawn(draw), self.left.drawn(draw), self.right.drawn(draw)
        return VirtualPatient(name, body, left, right, self.neck.drawn(draw))

    @property
    def typical(self) -> VirtualPatient:
        """The patient in the middle of every range, named as the profile."""
        return self.drawn(self.name, lambda pair: 0.5 * (pair[0] + pair[1]))


def shipped_profiles() -> tuple[str, ...]:
    """The names of the profiles that come with careloop."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


def load_profile(name_or_file: str) -> Profile:
    """A shipped profile by its name, or a YAML file's; raises `InputError` naming file, field and what is allowed."""
    path = Path(name_or_file)
    if name_or_file in shipped_profiles():
        return _shipped(name_or_file)
    if not path.suffix:
        raise InputError("profile-unknown", given=name_or_file, known=", ".join(shipped_profiles()))
    return _read(path)


@cache
def _shipped(name: str) -> Profile:
    return _read(FOLDER / f"{name}.yaml")


def _read(path: Path) -> Profile:
    return read_document(read_text(path, InputError), path.name, Profile, InputError)
