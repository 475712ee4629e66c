"""Full-text indexes: a model has one for each column of the type `Mapped[Tokens]`."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from alembic.operations.ops import (
    AddColumnOp,
    CreateTableOp,
    DropColumnOp,
    DropTableOp,
    ExecuteSQLOp,
    MigrateOperation,
    ModifyTableOps,
)
from sqlalchemy import Column, ColumnElement, Connection, MetaData, Table, event
from sqlalchemy.orm import mapped_column

from service.database.dialects import FullText, find_dialect
from service.extensions import db

# Tokens of letters and digits, separated by spaces. The primary key of the table is `id`.
Tokens = Annotated[str, mapped_column(info={"full_text": True})]


def match_tokens(column: Column[str], alternatives: Sequence[Sequence[str]]) -> ColumnElement[bool]:
    """Return the SQL condition for rows that have all tokens of one of the alternatives.

    A token that ends with `*` stands for all tokens that begin with it.
    """
    return current_full_text().match(index_name(column), column, alternatives)


def current_full_text() -> FullText:
    """Return the functions for the database of the application."""
    return find_dialect(db.engine.url).FULL_TEXT


def indexed_columns(table: Table) -> list[Column[Any]]:
    """Return the columns of a table that have a full-text index."""
    return [column for column in table.columns if column.info.get("full_text")]


def index_name(column: Column[Any]) -> str:
    """Return the name of a column's full-text index."""
    return f"{column.table.name}_{column.name}"


def create_statements(table: Table) -> Iterator[str]:
    """Yield the SQL statements that create the full-text indexes of a new table."""
    for column in indexed_columns(table):
        yield from current_full_text().create_index(index_name(column), table.name, column.name)


def drop_statements(table: Table) -> Iterator[str]:
    """Yield the SQL statements for what dropping a table does not drop."""
    for column in indexed_columns(table):
        yield from current_full_text().drop_index(index_name(column))


def change_statements(table: Table, change: ModifyTableOps) -> Iterator[str]:
    """Yield the SQL statements for the full-text indexes of a table after a migration of it."""
    added = {op.column.name for op in change.ops if isinstance(op, AddColumnOp)}
    dropped = {op.column_name for op in change.ops if isinstance(op, DropColumnOp)}
    full_text = current_full_text()
    for column in indexed_columns(table):
        name = index_name(column)
        if column.name in dropped:
            yield from full_text.drop_index(name)
        elif column.name in added:
            yield from full_text.create_index(name, table.name, column.name)
        else:
            yield from full_text.restore_index(name, table.name, column.name)


@event.listens_for(db.metadata, "after_create")
def create_indexes(
    _metadata: MetaData, connection: Connection, tables: Sequence[Table], **_options: Any
) -> None:
    """Create the full-text indexes of the tables that `db.create_all` has created."""
    for table in tables:
        for statement in create_statements(table):
            connection.exec_driver_sql(statement)


@event.listens_for(db.metadata, "before_drop")
def drop_indexes(
    _metadata: MetaData, connection: Connection, tables: Sequence[Table], **_options: Any
) -> None:
    """Drop the full-text indexes of the tables that `db.drop_all` drops."""
    for table in tables:
        for statement in drop_statements(table):
            connection.exec_driver_sql(statement)


def is_part_of_index(name: str | None) -> bool:
    """Return whether a table or an index of the database is a full-text index or a part of it."""
    tables = db.metadata.tables.values()
    names = [index_name(column) for table in tables for column in indexed_columns(table)]
    return name is not None and name.startswith(tuple(names))


def with_indexes(operations: Sequence[MigrateOperation]) -> Iterator[MigrateOperation]:
    """Yield the operations of a migration, and those for full-text indexes of its tables."""
    for operation in operations:
        table = db.metadata.tables.get(getattr(operation, "table_name", ""))
        if table is not None and isinstance(operation, DropTableOp):
            yield from map(ExecuteSQLOp, drop_statements(table))
        yield operation
        if table is not None and isinstance(operation, CreateTableOp):
            yield from map(ExecuteSQLOp, create_statements(table))
        if table is not None and isinstance(operation, ModifyTableOps):
            yield from map(ExecuteSQLOp, change_statements(table, operation))
