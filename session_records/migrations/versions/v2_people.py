"""Patients, operators, prescriptions, and what is said after a session; whom a session was for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of people and papers, and the sessions' columns that point to them."""
    for name in ("patient", "side", "operator", "prescription"):
        op.add_column("sessions", sa.Column(name, sa.String(200)))
    for name in ("patient", "prescription"):
        op.create_index(f"ix_sessions_{name}", "sessions", [name])
    _patients()
    _operators()
    _prescriptions()
    _after_sessions()


def _patients() -> None:
    op.create_table(
        "patients",
        sa.Column("pseudonym", sa.String(200), primary_key=True),
        sa.Column("added_at", sa.DateTime, nullable=False),
        sa.Column("added_by", sa.String(200), nullable=False),
        sa.Column("erased_at", sa.DateTime),
        sa.Column("erased_by", sa.String(200)),
    )
    op.create_table(
        "patient_entries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("patient", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("field", sa.String(200), nullable=False),
        sa.Column("value", sa.JSON),
        sa.Column("sealed", sa.LargeBinary),
    )
    op.create_index("ix_patient_entries_patient", "patient_entries", ["patient"])


def _operators() -> None:
    op.create_table(
        "operators",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("pin_hash", sa.String(200), nullable=False),
        sa.Column("added_at", sa.DateTime, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("tried_boot", sa.String(200), nullable=False),
        sa.Column("tried_at_s", sa.Double, nullable=False),
    )


def _prescriptions() -> None:
    op.create_table(
        "prescriptions",
        sa.Column("prescription", sa.String(200), primary_key=True),
        sa.Column("patient", sa.String(200), nullable=False),
        sa.Column("plan", sa.String(200), nullable=False),
        sa.Column("side", sa.String(200), nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.Column("repetitions", sa.Integer),
        sa.Column("minutes", sa.Double),
        sa.Column("per_week", sa.Integer, nullable=False),
        sa.Column("prescribed_at", sa.DateTime, nullable=False),
        sa.Column("prescribed_by", sa.String(200), nullable=False),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("ended_by", sa.String(200)),
    )
    op.create_index("ix_prescriptions_patient", "prescriptions", ["patient"])


def _after_sessions() -> None:
    op.create_table(
        "session_remarks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("pain", sa.Integer),
        sa.Column("borg", sa.Integer),
        sa.Column("adverse", sa.String(200)),
        sa.Column("sealed", sa.LargeBinary),
    )
    op.create_index("ix_session_remarks_session", "session_remarks", ["session"])
    op.create_table(
        "session_amendments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("was", sa.JSON, nullable=False),
        sa.Column("became", sa.JSON, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
    )
    op.create_index("ix_session_amendments_session", "session_amendments", ["session"])
