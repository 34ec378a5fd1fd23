"""The registry's database: one SQLite file, brought to this version's tables when it is opened."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Engine,
    String,
    TypeDecorator,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.orm import DeclarativeBase

from robot.errors import DeviceError

DATABASE = "registry.db"
REVISION = "0003"
"""The newest migration in `session_records/migrations`; a test holds that it is."""

_FIRST_REVISION = "0001"
_WAIT_FOR_LOCK_S = 30.0


class Utc(TypeDecorator[datetime]):
    """A moment: kept as UTC, given back with its zone, also by databases that know no zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC, its zone left out."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment with its zone again."""
        return None if value is None else value.replace(tzinfo=UTC)


class Table(DeclarativeBase):
    """What every table of the registry is made from."""

    type_annotation_map = {datetime: Utc, dict[str, Any]: JSON, str: String(200)}  # noqa: RUF012  (SQLAlchemy's own)


def open_database(home: Path) -> Engine:
    """The database in `home`, made where there is none, upgraded where an older version made it.

    Raises `DeviceError` where the folder cannot be used or a newer version was here.
    """
    path = home / DATABASE
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(home / (DATABASE + ".lock")):
            engine = _engine(path)
            if _revision(engine) != REVISION:
                _upgrade(path)
    except DeviceError:
        raise
    except OSError as problem:
        raise DeviceError("home-unusable", folder=str(home), reason=problem.strerror or str(problem)) from problem
    return engine


def _engine(path: Path) -> Engine:
    # What was given to a statement may be a person's: no error may show it.
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _WAIT_FOR_LOCK_S}, hide_parameters=True)
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA secure_delete = ON")  # what is taken out is overwritten, not only forgotten
    cursor.close()


def _revision(engine: Engine) -> str | None:
    """The migration that made the tables; None where there are none, or where they are older than migrations."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(path: Path) -> None:
    """Run the migrations that are missing, all of them or none."""
    # Alembic takes longer to read than most commands to run, and is seldom needed.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    engine = _engine(path)
    event.listen(engine, "connect", _without_own_transactions)
    event.listen(engine, "begin", _begin_writing)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            if inspect(connection).has_table("sessions") and not inspect(connection).has_table("alembic_version"):
                command.stamp(config, _FIRST_REVISION)
            command.upgrade(config, "head")
    except CommandError as problem:
        raise DeviceError("registry-newer", file=str(path)) from problem
    finally:
        engine.dispose()


def _without_own_transactions(connection: Any, _: object) -> None:
    connection.isolation_level = None  # else Python's driver keeps the making of tables out of the transaction


def _begin_writing(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time makes the tables."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
