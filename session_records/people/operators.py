"""Operators: who runs sessions, and the PIN that says so.

The PIN is for attribution and not for access: whoever can read the folder of all data needs none. Three wrong ones lock
a name for `LOCK_S`, told by the machine's own count since its start, so that neither a clock that is set nor a program
that is started again shortens or lengthens it; after a restart of the machine the time begins anew.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, literal, or_, select, update
from sqlalchemy.exc import IntegrityError

from robot.errors import CheckFailed, InputError
from session_records.people.fields import one_line
from session_records.people.tables import OperatorRow
from session_records.store import Registry

if TYPE_CHECKING:
    from pwdlib import PasswordHash

TRIES = 3
LOCK_S = 300.0
"""Assumed: long enough that guessing four digits takes weeks, short enough that the day goes on."""

_PIN = re.compile(r"[0-9]{4,12}")
_LONGEST_NAME = 60
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who runs sessions, since when, and by whom their PIN was changed last, if ever."""

    name: str
    added_at: datetime
    pin_at: datetime | None = None
    pin_by: str | None = None


@dataclass(frozen=True, slots=True)
class Since:
    """A moment by the machine's count: which start of it, and seconds since then, sleep included."""

    boot: str
    seconds: float


def since_start() -> Since:
    """Now, by a count that nobody can set."""
    return Since(_BOOT_ID.read_text(encoding="ascii").strip(), time.clock_gettime(time.CLOCK_BOOTTIME))


class Operators:
    """The operators of a site."""

    def __init__(self, registry: Registry, now: Callable[[], Since] = since_start) -> None:
        self._registry = registry
        self._now = now

    def add(self, name: str, pin: str, at: datetime) -> Operator:
        """Enter an operator. Raises `InputError` for a name that is taken or none, or a PIN that is too easy."""
        kept = one_line(name)
        if not 0 < len(kept) <= _LONGEST_NAME:
            raise InputError("operator-name", field="--name", longest=_LONGEST_NAME)
        _check_pin(pin)
        row = OperatorRow(name=kept, pin_hash=_hasher().hash(pin), added_at=at, tries=0, tried_boot="", tried_at_s=0.0)
        try:
            with self._registry.transaction() as database:
                database.add(row)
        except IntegrityError as problem:
            raise InputError("operator-known", given=kept) from problem
        return Operator(kept, at)

    def list(self) -> tuple[Operator, ...]:
        """All operators by name."""
        with self._registry.transaction() as database:
            rows = database.scalars(select(OperatorRow).order_by(OperatorRow.name))
            return tuple(_operator(row) for row in rows)

    def get(self, name: str) -> Operator:
        """The operator of that name; raises `InputError` where there is none."""
        kept = one_line(name)
        with self._registry.transaction() as database:
            row = database.get(OperatorRow, kept)
        if row is None:
            raise self._unknown(kept)
        return _operator(row)

    def change_pin(self, name: str, pin: str, by: str, at: datetime) -> Operator:
        """Give an operator a new PIN, entered by one who was authenticated; a lock of the old one ends.

        Raises `InputError` for an unknown name, or a PIN that is too easy.
        """
        operator = self.get(name)
        _check_pin(pin)
        change = update(OperatorRow).where(OperatorRow.name == operator.name)
        with self._registry.transaction() as database:
            database.execute(change.values(pin_hash=_hasher().hash(pin), tries=0, pin_at=at, pin_by=by))
        return self.get(operator.name)

    def authenticated(self, name: str, pin: str) -> Operator:
        """The operator of that name and PIN; raises `InputError`, and `CheckFailed` for a wrong PIN or a locked name.

        The try is counted before it is looked at, so that killing the program or asking twice at once gains nothing.
        """
        operator, pin_hash, tries = self._counted(one_line(name))
        if not _hasher().verify(pin, pin_hash):
            if tries >= TRIES:
                raise CheckFailed("operator-locked", operator=operator.name, minutes=LOCK_S / 60.0)
            raise CheckFailed("pin-wrong", operator=operator.name, left=TRIES - tries)
        with self._registry.transaction() as database:
            database.execute(update(OperatorRow).where(OperatorRow.name == operator.name).values(tries=0))
        return operator

    def _counted(self, name: str) -> tuple[Operator, str, int]:
        now = self._now()
        over = or_(
            and_(OperatorRow.tried_boot == now.boot, OperatorRow.tried_at_s <= now.seconds - LOCK_S),
            and_(OperatorRow.tried_boot != now.boot, literal(now.seconds >= LOCK_S)),
        )
        count = (
            update(OperatorRow)
            .where(OperatorRow.name == name, or_(OperatorRow.tries < TRIES, over))
            .values(
                tries=case((OperatorRow.tries >= TRIES, 1), else_=OperatorRow.tries + 1),
                tried_boot=now.boot,
                tried_at_s=now.seconds,
            )
            .returning(OperatorRow)
        )
        with self._registry.transaction() as database:
            row = database.scalars(count).one_or_none()
            if row is not None:
                return _operator(row), row.pin_hash, row.tries
            locked = database.get(OperatorRow, name)
        if locked is None:
            raise self._unknown(name)
        waited = now.seconds - (locked.tried_at_s if locked.tried_boot == now.boot else 0.0)
        raise CheckFailed("operator-locked", operator=name, minutes=max(0.1, (LOCK_S - waited) / 60.0))

    def _unknown(self, name: str) -> InputError:
        known = ", ".join(one.name for one in self.list())
        return InputError("operator-unknown" if known else "operators-none", given=name, known=known)


def _operator(row: OperatorRow) -> Operator:
    return Operator(row.name, row.added_at, row.pin_at, row.pin_by)


def _check_pin(pin: str) -> None:
    if not _PIN.fullmatch(pin) or len(set(pin)) == 1:
        raise InputError("pin-too-easy", field="--pin")


def _hasher() -> "PasswordHash":
    """Argon2id at the cost that OWASP asks for at least (Password Storage Cheat Sheet): a PIN is typed all day."""
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    return PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19456, parallelism=1),))
