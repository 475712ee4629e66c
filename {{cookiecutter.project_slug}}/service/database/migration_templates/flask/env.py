"""The environment of Alembic, which runs this file for each `flask db` command."""

from alembic import context

from service.database.migrations import database_url, locked_connection, migration_options

if context.is_offline_mode():
    context.configure(url=database_url(), literal_binds=True, **migration_options())
    with context.begin_transaction():
        context.run_migrations()
else:
    with locked_connection() as connection:
        context.configure(connection=connection, **migration_options())
        with context.begin_transaction():
            context.run_migrations()
