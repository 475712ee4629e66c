"""A member's own votes on the posts of a page."""

from typing import Any

from flask import Flask

from service.accounts.sessions import Principal
from service.board.vote_models import QuestionVote
from service.database.columns import now
from service.extensions import db
from service.members.member_votes import votes_of


def test_votes_on_two_questions_in_one_request_are_separate(
    app: Flask, member_id: int, make_question: Any
) -> None:
    with app.test_request_context():
        first, second = make_question(), make_question()
        db.session.add_all([first, second])
        db.session.flush()
        db.session.add(QuestionVote(question_id=first.id, member_id=member_id, value=1))
        db.session.commit()
        ann = Principal(member_id, "Ann", "ann@example.com", now(), "a-session")

        assert votes_of(ann, first, []) == {first: 1}
        assert votes_of(ann, second, []) == {second: 0}
