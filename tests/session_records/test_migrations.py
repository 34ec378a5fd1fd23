"""The registry's tables: made by migrations alone, and older registries taken over with all that they hold."""

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import session_records.people.tables  # noqa: F401  (its tables are part of the metadata)
from robot.errors import DeviceError
from session_records import migrations
from session_records.database import DATABASE, REVISION, Table, open_database
from session_records.store import Ended, Registry, Started

OLD = Path(__file__).with_name("registry-before-migrations.sql")
OPEN_AT_ONCE = "import sys; from pathlib import Path; from session_records.store import Registry\n" + (
    "with Registry.open(Path(sys.argv[1])) as registry: print(len(registry.list()))"
)


def old_registry(home: Path) -> Path:
    """A registry as it was made before there were migrations."""
    home.mkdir(exist_ok=True)
    with sqlite3.connect(home / DATABASE) as database:
        database.executescript(OLD.read_text(encoding="utf-8"))
    database.close()
    return home / DATABASE


def rows(path: Path, table: str, columns: str = "*") -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as database:
        found = database.execute(f"SELECT {columns} FROM {table} ORDER BY 1").fetchall()
    database.close()
    return found


def test_the_migrations_make_the_tables_that_the_code_reads(tmp_path: Path) -> None:
    with open_database(tmp_path).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []


def test_the_newest_migration_is_the_one_that_the_code_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION


def test_an_old_registry_is_taken_over_without_loss(tmp_path: Path) -> None:
    path = old_registry(tmp_path)
    columns = ", ".join(f'"{name[1]}"' for name in sqlite3.connect(path).execute("PRAGMA table_info(sessions)"))
    before = rows(path, "sessions", columns), rows(path, "session_numbers")
    with Registry.open(tmp_path) as registry:
        assert [one.session for one in registry.unfinished()] == ["KNEE-20261120-0003"]
        first = registry.get("KNEE-20261120-0001")
        assert (first.started.plan, first.started.patient, first.ended and first.ended.reason) == (
            "Knee, walking pattern, slow",
            None,
            "completed",
        )
        registry.finish("KNEE-20261120-0003", Ended(end="interrupted", reason="process-died"))
        at = datetime(2026, 11, 20, 12, tzinfo=UTC)
        new = registry.add("KNEE", Started(plan="p", robot="r", on="sim", started_at=at, patient="P-3", side="left"))
        assert new.session == "KNEE-20261120-0004"
    after = rows(path, "sessions", columns)
    assert (after[:2], [("KNEE-20261120", 4)]) == (before[0][:2], rows(path, "session_numbers"))
    assert before[1] == [("KNEE-20261120", 3)]


def test_an_old_registry_gets_the_tables_of_a_new_one(tmp_path: Path) -> None:
    old_registry(tmp_path)
    with open_database(tmp_path).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []


def test_an_upgrade_that_fails_leaves_the_old_registry_as_it_was(tmp_path: Path) -> None:
    path = old_registry(tmp_path)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE prescriptions (other INTEGER)")  # in the way of a later step
    before = list(sqlite3.connect(path).iterdump())
    with pytest.raises(Exception, match="prescriptions already exists"):
        open_database(tmp_path)
    assert list(sqlite3.connect(path).iterdump()) == before


def test_a_registry_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    open_database(tmp_path).dispose()
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DeviceError, match="registry-newer"):
        Registry.open(tmp_path)
    assert rows(tmp_path / DATABASE, "alembic_version") == [("9999",)]


def test_two_processes_that_open_an_old_registry_at_once_upgrade_it_once(tmp_path: Path) -> None:
    old_registry(tmp_path)
    command = [sys.executable, "-c", OPEN_AT_ONCE, str(tmp_path)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[0] for process in processes] == ["3\n", "3\n"]


def test_a_registry_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    open_database(tmp_path).dispose()
    code = OPEN_AT_ONCE + "\nprint('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == "0\nFalse\n"
