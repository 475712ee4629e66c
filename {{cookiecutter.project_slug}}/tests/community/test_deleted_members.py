"""The posts and votes of a member whose account has been deleted."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from service.accounts.deletion import Posts, delete_account
from service.board.models import Answer, Question
from service.board.vote_models import AnswerVote, QuestionVote
from service.community import deleted_members
from service.community.deleted_members import REPEAT_AFTER, delete_answers, delete_posts
from service.database.columns import now
from service.extensions import db
from service.jobs.models import Job
from tests.accounts.people import ensure_member_id
from tests.conftest import MakeAnswer
from tests.jobs.running import run_due_jobs


def delete_member(app: Flask, name: str, posts: Posts) -> None:
    """Delete the account of a member, and run the jobs."""
    with app.app_context():
        delete_account(ensure_member_id(name), posts, now())
    run_due_jobs(app)


def test_kept_post_has_no_name(
    app: Flask, client: FlaskClient, ann: FlaskClient, question_url: str
) -> None:
    delete_member(app, "Ann", Posts.KEEP)

    assert client.get(question_url).get_json()["author"]["name"] == "Deleted member"
    assert ann.get("/api/v1/auth/me").status_code == 401


def test_kept_post_does_not_link_to_a_profile(
    app: Flask, client: FlaskClient, member_id: int, question_id: int
) -> None:
    delete_member(app, "Ann", Posts.KEEP)

    page = client.get(f"/main/question/{question_id}").text
    assert "Deleted member" in page
    assert f"/members/{member_id}" not in page
    assert client.get(f"/members/{member_id}").status_code == 404


def test_search_finds_neither_the_old_name_nor_the_placeholder(
    app: Flask, client: FlaskClient, question_id: int
) -> None:
    delete_member(app, "Ann", Posts.KEEP)

    pages = [client.get(f"/api/v1/questions?q={name}").get_json() for name in ("ann", "member")]
    ids = [question["id"] for page in pages for question in page["items"]]
    assert question_id not in ids


def test_votes_stay_with_the_posts(
    app: Flask, client: FlaskClient, bob: FlaskClient, question_url: str
) -> None:
    bob.put(f"{question_url}/vote", json={"value": 1})

    delete_member(app, "Bob", Posts.KEEP)

    assert client.get(question_url).get_json()["score"] == 1


def test_deleted_question_is_gone_with_its_answers(
    app: Flask, client: FlaskClient, question_url: str, answer_url: str
) -> None:
    delete_member(app, "Ann", Posts.DELETE)

    assert [client.get(url).status_code for url in (question_url, answer_url)] == [404, 404]


def test_deleted_answer_is_no_longer_counted(
    app: Flask, client: FlaskClient, question_url: str, answer_url: str
) -> None:
    before = client.get(answer_url).status_code
    delete_member(app, "Bob", Posts.DELETE)

    assert (before, client.get(answer_url).status_code) == (200, 404)
    assert client.get(question_url).get_json()["answer_count"] == 0


def test_answer_that_is_posted_during_the_deletion_is_counted(
    app: Flask, question_id: int, answer_id: int, make_answer: MakeAnswer
) -> None:
    del answer_id
    with app.app_context():
        db.session.add(make_answer(question_id, author_id=ensure_member_id("Bob")))
        db.session.get_one(Question, question_id).answer_count = 2
        db.session.commit()

    def post_answer(_session: object) -> None:
        count = Question.__table__.c.answer_count
        with db.engine.begin() as connection:
            connection.execute(Question.__table__.update().values(answer_count=count + 1))

    with app.app_context():
        event.listen(db.session, "after_commit", post_answer, once=True)
        delete_answers(ensure_member_id("Bob"))
        assert db.session.get_one(Question, question_id).answer_count == 1


def test_deleted_votes_no_longer_count(
    app: Flask, ann: FlaskClient, bob: FlaskClient, question_url: str, answer_url: str
) -> None:
    bob.put(f"{question_url}/vote", json={"value": 1})
    ann.put(f"{answer_url}/vote", json={"value": -1})

    delete_member(app, "Bob", Posts.DELETE)
    assert ann.get(question_url).get_json()["score"] == 0

    with app.app_context():
        answer = Answer(question_id=int(question_url.rpartition("/")[2]), body="So.")
        answer.author_id, answer.score = ensure_member_id("Cy"), -1
        db.session.add(answer)
        db.session.flush()
        db.session.add(AnswerVote(answer_id=answer.id, member_id=ensure_member_id("Dee"), value=-1))
        db.session.commit()
    delete_member(app, "Dee", Posts.DELETE)

    with app.app_context():
        assert [answer.score for answer in db.session.scalars(db.select(Answer))] == [0]
        assert db.session.scalar(db.select(QuestionVote)) is None


def test_many_posts_are_deleted_by_several_jobs(
    app: Flask, question_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    del question_id
    monkeypatch.setattr(deleted_members, "ROWS_PER_JOB", 1)
    with app.app_context():
        delete_posts(ensure_member_id())
        db.session.commit()
    run_due_jobs(app)

    with app.app_context():
        assert db.session.scalar(db.select(Question)) is None


def test_jobs_run_again_for_posts_of_running_requests(app: Flask, question_id: int) -> None:
    del question_id
    delete_member(app, "Ann", Posts.DELETE)

    with app.app_context():
        waiting = db.select(Job.due_at).where(Job.name == "delete_posts", Job.due_at.is_not(None))
        [due_at] = db.session.scalars(waiting)
    assert due_at is not None
    assert due_at > now() + REPEAT_AFTER / 2
