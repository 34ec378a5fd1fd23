"""The sessions of a site, as the first registries had them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "session_numbers",
        sa.Column("series", sa.String(200), primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("session", sa.String(200), primary_key=True),
        sa.Column("plan", sa.String(200), nullable=False),
        sa.Column("robot", sa.String(200), nullable=False),
        sa.Column("on", sa.String(200), nullable=False),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("proof_hash", sa.String(200)),
        sa.Column("height_m", sa.Double),
        sa.Column("mass_kg", sa.Double),
        sa.Column("end", sa.String(200)),
        sa.Column("reason", sa.String(200)),
        sa.Column("duration_s", sa.Double),
        sa.Column("trace", sa.String(200)),
        sa.Column("trace_sha256", sa.String(200)),
        sa.Column("metrics", sa.JSON),
        sa.Column("process", sa.String(200), nullable=False),
    )
    for name in ("plan", "started_at", "end"):
        op.create_index(f"ix_sessions_{name}", "sessions", [name])
