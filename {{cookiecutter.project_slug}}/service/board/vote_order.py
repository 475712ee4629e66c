"""The order of a list by votes, in which no post appears twice while members vote.

A post that loses votes moves down in the list. A reader who has seen it on one page would see it
again on a later one. The cursors of this order therefore contain the time at which the reader
opened the list, and posts that have moved down since are left out of the following pages.
"""

import re
import time
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Select, or_

from service.board.models import Answer, Question
from service.database.pagination import Column, Cursor, Order, Page, PageRequest

# An older cursor, as in a shared link, gets a new time: the list then leaves nothing out.
MAX_READING_MICROSECONDS = 3600 * 1_000_000
MICROSECONDS = re.compile(r"[0-9]{1,16}", re.ASCII)


@dataclass(frozen=True)
class VoteCursor(Cursor):
    """The position of a post, and when the list was opened, in microseconds since 1970."""

    opened_at: int

    def __str__(self) -> str:
        """Return the cursor as it appears in a URL; the time is its last number."""
        return f"{super().__str__()}.{self.opened_at}"


@dataclass(frozen=True)
class VoteOrder(Order):
    """The posts with the highest score first."""

    moved_down_at: Column = field(kw_only=True)

    def parse_cursor(self, text: str) -> Cursor:
        """Return the cursor with this text. Raises `ValueError` for the text of another order."""
        position, _, opened_at = text.rpartition(".")
        if not MICROSECONDS.fullmatch(opened_at):
            raise ValueError("invalid cursor")
        return VoteCursor(super().parse_cursor(position).values, int(opened_at))

    def paginate(self, query: Select[Any], request: PageRequest) -> Page:
        """Return a page without the posts that have moved down since the list was opened."""
        cursor = request.before or request.after
        opened_at = opening_time(cursor)
        if cursor:
            has_stayed = or_(self.moved_down_at.is_(None), self.moved_down_at < opened_at)
            query = query.where(has_stayed)
        page = super().paginate(query, request)
        return replace(
            page,
            next=page.next and VoteCursor(page.next.values, opened_at),
            previous=page.previous and VoteCursor(page.previous.values, opened_at),
        )


def opening_time(cursor: Cursor | None) -> int:
    """Return when the reader who sends this cursor opened the list; without one, the present."""
    now = now_in_microseconds()
    opened_at = cursor.opened_at if isinstance(cursor, VoteCursor) else now
    return opened_at if now - opened_at < MAX_READING_MICROSECONDS else now


def now_in_microseconds() -> int:
    """Return the current time in microseconds since 1970."""
    return time.time_ns() // 1000


def order_by_votes(model: type[Question | Answer]) -> VoteOrder:
    """Return the order of a list of questions or answers."""
    columns = (model.score, model.created_at, model.id)
    return VoteOrder(columns, descending=True, moved_down_at=model.moved_down_at)
