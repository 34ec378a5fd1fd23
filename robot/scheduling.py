"""How a robot's loop is scheduled, and what follows when it is late: the description's `scheduling:` section."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from robot.errors import RobotError
from robot.files import Strict

Core = Annotated[int, Field(ge=0, le=1023)]


class Overruns(Strict):
    """What the robot does about overruns, told in time and never in ticks.

    There is trouble while more than `lost_ms` of control were lost within the last `within_s`. `tolerate` counts it and
    tells it at the end; `derate` lowers the torque limit to `share` of the plan's meanwhile; `stop` stops softly.

    The default derates. A machine that others use loses some periods, and to end an exercise for it would be a stop
    without a need; but torque that is held for longer than it was computed for should be small. A tenth of the time and
    half of the torque are assumed.
    """

    policy: Literal["tolerate", "derate", "stop"] = "derate"
    lost_ms: Annotated[float, Field(gt=0.0, le=10_000.0)] = 100.0
    within_s: Annotated[float, Field(gt=0.0, le=60.0)] = 1.0
    share: Annotated[float, Field(ge=0.1, le=0.9)] = 0.5

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        most = 1000.0 * self.within_s
        if self.lost_ms >= most:  # a policy that could never act would be one that is switched off
            raise RobotError("overruns-never", field="lost_ms", given=self.lost_ms, below=most, within_s=self.within_s)
        return self


class Scheduling(Strict):
    """What the control process asks of the system. What is not granted is told, and the session goes on without it.

    `priority` of SCHED_FIFO: above the emulator's 40, below the kernel's own 99. `timer_slack_ns` is how late a sleep
    may end without it, `idle_exit_us` how long a processor may take to wake up: at 0 none falls asleep between ticks,
    for the price of its power; None leaves that to the system. For `spin_us` before each deadline the loop looks at the
    clock instead of sleeping: less lateness for a share of a core; off by default.

    `cores` to run on; all of them by default. The kernel wakes a FIFO process on a core where nothing stronger runs;
    one that is bound must wait for its own core, behind whatever interrupt is being served there. Binding pays where
    a core is kept free of everything else (the kernel's `isolcpus`), and which one that is only its owner knows.
    """

    priority: Annotated[int, Field(ge=1, le=98)] = 50
    cores: Annotated[tuple[Core, ...], Field(min_length=1)] | None = None
    timer_slack_ns: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    idle_exit_us: Annotated[int, Field(ge=0, le=10_000)] | None = 0
    spin_us: Annotated[float, Field(ge=0.0, le=10_000.0)] = 0.0
    overruns: Overruns = Overruns()

    def check_spin(self, period_s: float) -> None:
        """Refuse to spin for more than half of the period: nothing else could run then; raises `RobotError`."""
        most = 0.5e6 * period_s
        if self.spin_us > most:
            raise RobotError("spin-too-long", field="scheduling.spin_us", given=self.spin_us, at_most=most)
