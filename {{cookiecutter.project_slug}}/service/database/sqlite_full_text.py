"""SQLite: a full-text index with FTS5, which is a virtual table (https://sqlite.org/fts5.html)."""

from collections.abc import Sequence

from sqlalchemy import Column, ColumnElement, column, select, table


def create_index(name: str, table: str, column: str) -> list[str]:
    """Return the SQL statements that create the virtual table, and triggers that update it.

    The virtual table refers to the text of the table instead of storing a copy.
    """
    # The names are constants of the models.
    add = f"INSERT INTO {name} (rowid, {column}) VALUES (new.id, new.{column});"  # noqa: S608
    # How FTS5 deletes the tokens of a row ("The 'delete' Command").
    remove = (
        f"INSERT INTO {name} ({name}, rowid, {column}) VALUES ('delete', old.id, old.{column});"  # noqa: S608
    )
    update = f"UPDATE OF {column}"
    # `ascii` separates tokens at spaces, and leaves all but ASCII letters as they are.
    options = f"content = '{table}', content_rowid = 'id', tokenize = 'ascii', detail = 'none'"
    return [
        f"CREATE VIRTUAL TABLE {name} USING fts5 ({column}, {options})",
        f"CREATE TRIGGER {name}_insert AFTER INSERT ON {table} BEGIN {add} END",
        f"CREATE TRIGGER {name}_delete AFTER DELETE ON {table} BEGIN {remove} END",
        f"CREATE TRIGGER {name}_update AFTER {update} ON {table} BEGIN {remove} {add} END",
    ]


def drop_index(name: str) -> list[str]:
    """Return the SQL statement that drops the virtual table. The triggers belong to the table."""
    return [f"DROP TABLE IF EXISTS {name}"]


def restore_index(name: str, table: str, column: str) -> list[str]:
    """Return the SQL statements that create the index again, and fill it from the table.

    Alembic may have copied the table to change it. The triggers were dropped with the old one.
    """
    events = ("insert", "delete", "update")
    triggers = [f"DROP TRIGGER IF EXISTS {name}_{event}" for event in events]
    rebuild = f"INSERT INTO {name} ({name}) VALUES ('rebuild')"  # noqa: S608  # A name of the models.
    return [*triggers, *drop_index(name), *create_index(name, table, column), rebuild]


def match(
    name: str, text: Column[str], alternatives: Sequence[Sequence[str]]
) -> ColumnElement[bool]:
    """Return the SQL condition for rows that have all tokens of one of the alternatives."""
    index = table(name, column("rowid"), column(name))
    expression = " OR ".join(
        "(" + " AND ".join(map(quote_token, tokens)) + ")" for tokens in alternatives
    )
    matches = select(index.c.rowid).where(index.c[name].op("MATCH")(expression))
    return text.table.c.id.in_(matches)


def quote_token(token: str) -> str:
    """Return the token as a string of FTS5, in which no word is an operator."""
    return f'"{token[:-1]}"*' if token.endswith("*") else f'"{token}"'
