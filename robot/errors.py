"""One root for every error, and notices beside: a stable code and values; the sentences live in `careloop/messages`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know that ends nothing: a stable `code` and the values its sentence needs."""

    code: str
    values: Mapping[str, float | str]


class CareloopError(Exception):
    """Something a person has to know, told by a stable `code` and the values its sentence needs.

    `status` is the exit status of the command that it ends.
    """

    status: ClassVar[int] = 2

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.code, self.values)

    def __str__(self) -> str:
        return f"{self.code}: " + ", ".join(f"{name}={value}" for name, value in self.values.items())


def _rebuild(kind: type[CareloopError], code: str, values: dict[str, Any]) -> CareloopError:
    return kind(code, **values)


class InputError(CareloopError, ValueError):
    """A value that somebody gave is not allowed: names the place, the value and what is."""


class PlanError(InputError):
    """A plan that cannot be read, or that asks for what robot or drive cannot give."""


class RobotError(InputError):
    """A robot description that contradicts itself, its drives or physics."""


class CheckFailed(CareloopError):  # noqa: N818  (a check that says no is an answer, not an error)
    """A check said no: not proven, does not verify."""

    status = 1


class DeviceError(CareloopError, OSError):
    """A device or the environment is not as expected: port, drive, disk, permission."""

    status = 3

    def __init__(self, code: str, **values: Any) -> None:
        CareloopError.__init__(self, code, **values)
