"""MySQL and MariaDB: a `FULLTEXT` index of InnoDB."""

from collections.abc import Sequence

from sqlalchemy import Column, ColumnElement


def create_index(name: str, table: str, column: str) -> list[str]:
    """Return the SQL statement that creates the index."""
    return [f"CREATE FULLTEXT INDEX {name} ON {table} ({column})"]


def drop_index(_name: str) -> list[str]:
    """Return no statement: the index is dropped with the table."""
    return []


def restore_index(_name: str, _table: str, _column: str) -> list[str]:
    """Return no statement: the index stays when the table is altered."""
    return []


def match(
    _name: str, text: Column[str], alternatives: Sequence[Sequence[str]]
) -> ColumnElement[bool]:
    """Return the SQL condition for rows that have all tokens of one of the alternatives."""
    # In a boolean full-text search, `+` precedes each required token.
    expression = " ".join(
        "(" + " ".join(f"+{token}" for token in tokens) + ")" for tokens in alternatives
    )
    return text.match(expression)
