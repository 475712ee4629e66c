"""The member who reads a question: how they have voted there, and what they may do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from service.accounts.access import signed_in
from service.accounts.sessions import SignedIn
from service.board.models import Answer, Question
from service.community import policy
from service.community.votes import NONE, vote_on_question, votes_on_answers


@dataclass(frozen=True)
class Reader:
    """What the page of a question offers to a member."""

    member: SignedIn
    on_question: int
    on_answers: dict[int, int]

    def vote_on(self, post: Question | Answer | Row[Any]) -> int:
        """Return how they have voted on the question or on one of the answers."""
        is_question = isinstance(post, Question)
        return self.on_question if is_question else self.on_answers.get(post.id, NONE)

    def may_change(self, post: Question | Answer) -> bool:
        """Tell whether they may change the words of a post."""
        return policy.may_change(self.member, post)

    def may_delete(self, post: Question | Answer) -> bool:
        """Tell whether they may delete a post."""
        return policy.may_delete(self.member, post)

    def may_accept(self, question: Question) -> bool:
        """Tell whether they may say which answer helped."""
        return policy.may_accept(self.member, question)


def reader_of(question: Question, answers: Iterable[Answer | Row[Any]]) -> Reader | None:
    """Return who reads these; None where it is no member. It takes two statements, no more."""
    member = signed_in()
    if not member:
        return None
    return Reader(member, vote_on_question(member, question.id), votes_on_answers(member, answers))
