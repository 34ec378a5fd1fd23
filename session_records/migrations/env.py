"""Run by Alembic: the steps, on the connection and in the transaction that `session_records.database` opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
