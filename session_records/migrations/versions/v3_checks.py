"""What was checked before a session, calibrations of robots, the reason for an end, and who changed a PIN."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables of checks and calibrations, and the columns beside remarks and operators."""
    op.create_table(
        "preflight_items",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("by", sa.String(200)),
        sa.Column("item", sa.String(200), nullable=False),
        sa.Column("value", sa.JSON),
    )
    op.create_index("ix_preflight_items_session", "preflight_items", ["session"])
    op.create_table(
        "calibrations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("robot", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
    )
    op.create_index("ix_calibrations_robot", "calibrations", ["robot"])
    op.add_column("session_remarks", sa.Column("because", sa.String(200)))
    op.add_column("operators", sa.Column("pin_at", sa.DateTime))
    op.add_column("operators", sa.Column("pin_by", sa.String(200)))
