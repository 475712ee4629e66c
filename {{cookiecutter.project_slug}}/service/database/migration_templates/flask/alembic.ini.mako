[alembic]
