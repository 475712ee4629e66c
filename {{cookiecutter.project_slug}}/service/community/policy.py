"""Who may do what: one function for each action, which pages and API both ask."""

from service.accounts.sessions import SignedIn
from service.board.models import Answer, Question


def may_change(member: SignedIn, post: Question | Answer) -> bool:
    """Tell whether the member may change the words of a post: its author may."""
    return post.author_id == member.id


def may_delete(member: SignedIn, post: Question | Answer) -> bool:
    """Tell whether the member may delete a post: its author may."""
    return post.author_id == member.id


def may_vote(member: SignedIn, post: Question | Answer) -> bool:
    """Tell whether the member may vote on a post: every member may, on their own as well."""
    del member, post
    return True


def may_accept(member: SignedIn, question: Question) -> bool:
    """Tell whether the member may say which answer helped: who asked may."""
    return question.author_id == member.id
