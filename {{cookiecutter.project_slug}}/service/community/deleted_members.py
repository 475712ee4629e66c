"""What happens to the posts and votes of a member whose account is deleted.

The jobs run again some minutes later, for posts of requests that were running during the deletion.
Before a row is locked, the session is emptied: it would not read a row again that it has loaded.
"""

from datetime import timedelta

from sqlalchemy import select

from service.accounts.deletion import Posts
from service.accounts.models import Member
from service.board.models import Answer, Question
from service.board.vote_models import AnswerVote, QuestionVote
from service.community.authors import index_new_name
from service.community.changes import delete_answer, delete_question, lock_answer, lock_question
from service.community.votes import NO_VOTE, cast_vote
from service.database.columns import now
from service.extensions import db
from service.jobs.outbox import enqueue

REPEAT_AFTER = timedelta(minutes=10)
# A job must end before its lease does. One that is not done enqueues another one.
ROWS_PER_JOB = 500


def enqueue_jobs(member: Member, posts: Posts) -> None:
    """Enqueue the jobs for the posts of a member. The caller must commit."""
    job = delete_posts if posts == Posts.DELETE else index_new_name
    for due_at in (now(), now() + REPEAT_AFTER):
        enqueue(job, member_id=member.id, due_at=due_at)


def delete_posts(member_id: int) -> None:
    """Delete the questions, answers and votes of a member. Commits after each row. A job."""
    deleted = [
        delete_questions(member_id),
        delete_answers(member_id),
        delete_question_votes(member_id),
        delete_answer_votes(member_id),
    ]
    if ROWS_PER_JOB in deleted:
        enqueue(delete_posts, member_id=member_id)


def delete_questions(member_id: int) -> int:
    """Delete questions of a member with all their answers; return their number."""
    questions = select(Question.id).where(Question.author_id == member_id).limit(ROWS_PER_JOB)
    ids = db.session.scalars(questions).all()
    for question_id in ids:
        db.session.expunge_all()
        if question := lock_question(question_id):
            delete_question(question)
    return len(ids)


def delete_answers(member_id: int) -> int:
    """Delete answers of a member; return their number."""
    answers = select(Answer.question_id, Answer.id).where(Answer.author_id == member_id)
    rows = db.session.execute(answers.limit(ROWS_PER_JOB)).all()
    for question_id, answer_id in rows:
        db.session.expunge_all()
        question, answer = lock_question(question_id), lock_answer(question_id, answer_id)
        if question and answer:
            delete_answer(question, answer)
    return len(rows)


def delete_question_votes(member_id: int) -> int:
    """Remove votes of a member from the scores of questions; return their number."""
    votes = select(QuestionVote.question_id).where(QuestionVote.member_id == member_id)
    ids = db.session.scalars(votes.limit(ROWS_PER_JOB)).all()
    for question_id in ids:
        db.session.expunge_all()
        if question := lock_question(question_id):
            cast_vote(member_id, question, NO_VOTE)
    return len(ids)


def delete_answer_votes(member_id: int) -> int:
    """Remove votes of a member from the scores of answers; return their number."""
    votes = select(Answer.question_id, Answer.id).join(AnswerVote)
    rows = db.session.execute(
        votes.where(AnswerVote.member_id == member_id).limit(ROWS_PER_JOB)
    ).all()
    for question_id, answer_id in rows:
        db.session.expunge_all()
        if answer := lock_answer(question_id, answer_id):
            cast_vote(member_id, answer, NO_VOTE)
    return len(rows)
