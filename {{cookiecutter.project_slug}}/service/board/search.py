"""The search: which questions match, in which order, and what to show of them."""

import operator
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from time import monotonic
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal, select

from service.board.excerpts import excerpt, strip_markdown
from service.board.models import Answer, Question, SearchDocument
from service.board.search_index import BLOCK_DIGITS, BLOCK_SIZE, Relevance, block_prefix
from service.database.full_text import match_tokens
from service.database.pagination import Cursor, Order
from service.extensions import db
from service.search.highlight import excerpt_around_match
from service.search.query import Term
from service.search.words import LETTER

MAX_MATCHES = 1_000
MAX_SECONDS = 0.5
# The sizes of the groups of blocks in which one statement searches. They grow, so that a rare word
# needs few statements, and a common one reads few matches.
GROUP_SIZES = (1, 1, 4)
MAX_GROUP_SIZE = 16
# Only the longest tokens are looked up in the index. Other conditions apply to the rows it returns.
MAX_INDEX_TOKENS = 4
LETTER_PREFIX = re.compile(rf"{LETTER}\*")
# InnoDB splits words at letters that it does not know, such as those above U+FFFF.
WELL_KNOWN_LETTERS = re.compile(r"[a-z0-9가-힣ぁ-ゖァ-ヺ一-鿿]+\*?")


class Match(NamedTuple):
    """How a question matches. `answer_id` is the newest of its answers that match, if any."""

    relevance: int
    answer_id: int | None


class Matches(dict[int, Match]):
    """The matches of a search, by the question's id. If not complete, older ones are missing."""

    is_complete = True


def find_matches(terms: Sequence[Term], seconds: float = MAX_SECONDS) -> Matches:
    """Return the newest matching questions.

    A question matches if one of its texts contains all terms: the question with its title, or an
    answer. There are at most `MAX_MATCHES`, and fewer if the seconds have passed.
    """
    matches = Matches()
    if not terms:
        return matches
    # Two subqueries, because SQLite reads the whole index for `SELECT min(id), max(id)`.
    first, last = (select(limit(Question.id)).scalar_subquery() for limit in (func.min, func.max))
    first_id, last_id = db.session.execute(select(first, last)).one()
    if last_id is None:
        return matches
    deadline = monotonic() + seconds
    first_block = first_id // BLOCK_SIZE
    for blocks in newest_blocks_first(first_block, last_id // BLOCK_SIZE):
        matches.update(find_in_blocks(terms, blocks, MAX_MATCHES - len(matches)))
        is_late = monotonic() > deadline and blocks.start > first_block
        if is_late or len(matches) >= MAX_MATCHES:
            matches.is_complete = False
            break
    return matches


def newest_blocks_first(first: int, last: int) -> Iterator[range]:
    """Yield ranges of block numbers, from `last` down to `first`, in growing sizes."""
    for size in chain(GROUP_SIZES, repeat(MAX_GROUP_SIZE)):
        if last < first:
            return
        start = max(first, last - size + 1)
        yield range(start, last + 1)
        last = start - 1


def find_in_blocks(terms: Sequence[Term], blocks: range, limit: int) -> dict[int, Match]:
    """Return the newest matches in some blocks, by the question's id."""
    tokens = index_tokens(terms)
    alternatives = [[block_prefix(block) + token for token in tokens] for block in blocks]
    columns = (SearchDocument.question_id, SearchDocument.relevance, SearchDocument.answer_id)
    found = (
        select(*columns)
        .where(match_tokens(SearchDocument.__table__.c.tokens, alternatives))
        .where(*(contains_term(term) for term in terms if needs_check(term, tokens)))
        .cte("found")
        # Otherwise, PostgreSQL may read all documents in the order of the questions.
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    question_id = found.c.question_id
    query = (
        select(question_id, func.max(found.c.relevance), func.max(found.c.answer_id))
        .group_by(question_id)
        .order_by(question_id.desc())
        .limit(limit)
    )
    return {row[0]: Match(row[1], row[2]) for row in db.session.execute(query)}


def index_tokens(terms: Sequence[Term]) -> list[str]:
    """Return the tokens of a search that are looked up in the index, with `*` after a prefix."""
    tokens = {token for term in terms for token in term.tokens()}
    # Too many words begin with the same letter.
    selective = {token for token in tokens if not LETTER_PREFIX.fullmatch(token)}
    return sorted(selective or tokens, key=lambda token: (-len(token), token))[:MAX_INDEX_TOKENS]


def needs_check(term: Term, tokens: Sequence[str]) -> bool:
    """Return whether documents that contain the tokens may not contain the term."""
    [first, *others] = term.tokens()
    return bool(others) or first not in tokens or not WELL_KNOWN_LETTERS.fullmatch(first)


def contains_term(term: Term) -> ColumnElement[bool]:
    """Return the SQL condition for documents whose tokens contain those of a term consecutively."""
    any_block = "_" * BLOCK_DIGITS
    tokens = " ".join(any_block + token for token in term.tokens())
    pattern = f"% {tokens.removesuffix('*')}%" if tokens.endswith("*") else f"% {tokens} %"
    return (literal(" ") + SearchDocument.tokens + literal(" ")).like(pattern)


@dataclass(frozen=True)
class RelevanceOrder(Order):
    """The most relevant matches first, and the newest questions of those with equal relevance.

    Python sorts the matches, so that the database reads only the questions of one page.
    """

    matches: Mapping[int, Match] = field(kw_only=True)

    def cursor(self, row: Question) -> Cursor:
        """Return the position of the question."""
        return Cursor((self.matches[row.id].relevance, row.id))

    def read_rows(self, query: Select[Any], cursor: Cursor | None, limit: int) -> Sequence[Any]:
        """Return the first matches that come after the cursor."""
        is_after = operator.lt if self.descending else operator.gt
        positions = [(match.relevance, number) for number, match in self.matches.items()]
        if cursor:
            positions = [each for each in positions if is_after(each, cursor.values)]
        ids = [number for _, number in sorted(positions, reverse=self.descending)[:limit]]
        rows = {row.id: row for row in db.session.scalars(query.where(Question.id.in_(ids)))}
        return [rows[number] for number in ids if number in rows]


def order_by_relevance(matches: Mapping[int, Match]) -> RelevanceOrder:
    """Return the order of a list of these matches."""
    columns = (SearchDocument.relevance, Question.id)
    return RelevanceOrder(columns, descending=True, matches=matches)


def find_excerpts(
    questions: Sequence[Question], matches: Mapping[int, Match], terms: Sequence[Term]
) -> dict[int, str]:
    """Return the part of each question that matches, or of its answer if only an answer matches."""
    found = [matches[question.id] for question in questions]
    answer_ids = [match.answer_id for match in found if match.relevance == Relevance.ANSWER]
    query = select(Answer.question_id, Answer.body).where(Answer.id.in_(answer_ids))
    bodies = {question.id: question.body for question in questions}
    if answer_ids:
        bodies.update((row.question_id, row.body) for row in db.session.execute(query))
    return {
        question_id: excerpt_around_match(strip_markdown(body), terms) or excerpt(body)
        for question_id, body in bodies.items()
    }
