"""A drive in the simulated plant: its measurements and goals as counts, the torque that it gives."""

import math

from robot.drive import Drive


class SimulatedDrive:
    """One drive's share of a tick, with the affine maps of `robot.description.Drive` worked out once.

    `present` is the current that acts, in counts; `share` of the torque that it stands for is what is given.
    """

    def __init__(self, drive: Drive, share: float = 1.0) -> None:
        self.present = 0
        self._share = share
        self._drive = drive
        self._q_zero = drive.position_of_counts(0)
        turn = drive.datasheet.encoder_counts
        self._q_per_count = (drive.position_of_counts(turn) - self._q_zero) / turn
        self._dq_per_count = drive.velocity_of_counts(1)
        self._tau_per_count = drive.torque_of_counts(1)
        self._largest = abs(drive.counts_of_torque(1e9))
        # Up to the continuous point the torque-speed line cuts nothing.
        self._uncut_torque = drive.continuous_torque
        self._uncut_speed = drive.datasheet.continuous_speed / drive.gear

    def measured(self, q: float, dq: float) -> tuple[float, float, float]:
        """What the drive tells at `q` rad and `dq` rad/s: angle, velocity, the present current's torque in N·m."""
        return (
            self._q_zero + self._q_per_count * round((q - self._q_zero) / self._q_per_count),
            self._dq_per_count * round(dq / self._dq_per_count),
            self._tau_per_count * self.present,
        )

    def goal_of(self, tau: float) -> int:
        """The goal current in counts for a finite joint torque in N·m, within the current limit."""
        goal, largest = round(tau / self._tau_per_count), self._largest
        return goal if -largest <= goal <= largest else int(math.copysign(largest, goal))

    def torque(self, goal: int, dq: float) -> float:
        """The joint torque in N·m, before friction, that a goal current in counts gives at `dq` rad/s."""
        torque = self._tau_per_count * goal
        if torque * dq <= 0.0 or (abs(torque) <= self._uncut_torque and abs(dq) <= self._uncut_speed):
            self.present = goal
            return self._share * torque
        torque = self._drive.motor_torque(goal * self._drive.datasheet.current_unit, dq)
        self.present = self._drive.counts_of_torque(torque)
        return self._share * torque
