"""Run by Alembic. The connection comes from ``records.migrate``; there is no offline mode."""

from alembic import context

from records.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("migrations are run by records.migrate, which hands over the connection")
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True, render_as_batch=True)
# The transaction belongs to the caller: schema and version are committed together, or not at all.
context.run_migrations()
