"""Who may do what: one function for each permission, for pages and API. Every member may vote."""

from service.accounts.sessions import Principal
from service.board.models import Answer, Question


def can_edit(member: Principal, post: Question | Answer) -> bool:
    """Return whether the member may edit the post: its author may."""
    return post.author_id == member.id


def can_delete(member: Principal, post: Question | Answer) -> bool:
    """Return whether the member may delete the post: its author may."""
    return post.author_id == member.id


def can_accept(member: Principal, question: Question) -> bool:
    """Return whether the member may accept an answer: the author of the question may."""
    return question.author_id == member.id
