"""PostgreSQL: a GIN index of the tokens as a `tsvector`."""

from collections.abc import Sequence

from sqlalchemy import Column, ColumnElement, cast, literal_column
from sqlalchemy.dialects.postgresql import TSQUERY


def create_index(name: str, table: str, column: str) -> list[str]:
    """Return the SQL statement that creates the index."""
    # PostgreSQL collects new rows in a list, which each search reads: by default, up to 4 MB.
    options = "gin_pending_list_limit = 64"
    return [f"CREATE INDEX {name} ON {table} USING gin ({vector(column)}) WITH ({options})"]


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
    expression = " | ".join(
        "(" + " & ".join(map(quote_token, tokens)) + ")" for tokens in alternatives
    )
    # PostgreSQL uses the index for exactly the expression that it was created with.
    return literal_column(vector(text.name)).op("@@")(cast(expression, TSQUERY))


def vector(column: str) -> str:
    """Return the SQL expression for the tokens as they are, without a text search configuration."""
    return f"array_to_tsvector(string_to_array({column}, ' '))"


def quote_token(token: str) -> str:
    """Return the token as a lexeme of a `tsquery`."""
    return f"'{token[:-1]}':*" if token.endswith("*") else f"'{token}'"
