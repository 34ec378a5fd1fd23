"""How long a bus cycle takes on the wire: the least a period must have."""

from hardware.dynamixel.table import PH54_200_S500_R

BITS_PER_BYTE = 10
"""A start bit, eight of data, a stop bit."""

FRAME_BYTES = 10
"""Header, ID, length, instruction and checksum: a frame without parameters."""

_FEEDBACK_BYTES = PH54_200_S500_R.feedback[1]
_SPAN_BYTES = 4
_STATUS_BYTES = FRAME_BYTES + 1


def wire_time_s(count: int, baud: int) -> float:
    """Time in s that `count` bytes take at `baud`."""
    return count * BITS_PER_BYTE / baud


LOOK_UP_BYTES = FRAME_BYTES + _SPAN_BYTES + _STATUS_BYTES + 1
"""Reading one byte-sized register of one drive: request and answer."""


def cycle_bytes(drive_count: int) -> int:
    """Bytes of one cycle: sync read with its answers, sync write of goal currents."""
    sync_read = FRAME_BYTES + _SPAN_BYTES + drive_count
    answers = drive_count * (_STATUS_BYTES + _FEEDBACK_BYTES)
    sync_write = FRAME_BYTES + _SPAN_BYTES + 3 * drive_count
    return sync_read + answers + sync_write


def cycle_time_s(drive_count: int, baud: int, latency_s: float = 0.0, look_ups: int = 1) -> float:
    """Least time in s for one cycle of so many drives; the drives' return delay is set to zero at the handshake.

    With room for `look_ups` registers of one drive, as a raised alert asks for. `latency_s` is what the adapter adds to
    every answer that is waited for: 1 ms for an FTDI chip in low-latency mode, 16 ms otherwise, about nothing for a
    port on the board. Both families read blocks of one length.
    """
    return wire_time_s(cycle_bytes(drive_count) + look_ups * LOOK_UP_BYTES, baud) + (1 + look_ups) * latency_s
