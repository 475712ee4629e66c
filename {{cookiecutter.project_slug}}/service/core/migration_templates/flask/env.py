"""How Alembic reaches the database; `flask db` runs this for each of its commands."""

from alembic import context

from service.core.migrations import configuration, database_address, locked_connection

if context.is_offline_mode():
    context.configure(url=database_address(), literal_binds=True, **configuration())
    with context.begin_transaction():
        context.run_migrations()
else:
    with locked_connection() as connection:
        context.configure(connection=connection, **configuration())
        with context.begin_transaction():
            context.run_migrations()
