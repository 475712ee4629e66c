"""The profile pages of members, which everyone may read."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, render_template
from sqlalchemy import select
from webargs.flaskparser import use_args

from service.accounts.models import Member
from service.board.models import Answer, Question
from service.board.pages import answer_url
from service.board.schemas import PageQuery
from service.database.pagination import Order, Page, PageRequest
from service.extensions import db
from service.web.fields import ChoiceField, CursorField

MODELS: dict[str, type[Question | Answer]] = {"questions": Question, "answers": Answer}
ORDERS = {
    name: Order((model.created_at, model.id), descending=True) for name, model in MODELS.items()
}

bp = Blueprint("profiles", __name__, template_folder="templates")


def profile_order(_query: object) -> Order:
    """Return the order of both lists; their cursors have the same form."""
    return ORDERS["questions"]


class ProfileQuery(PageQuery):
    """The query parameters of a profile: which posts to show, and which page of them."""

    after = CursorField(profile_order, load_default=None)
    before = CursorField(profile_order, load_default=None)
    show = ChoiceField(MODELS, load_default="questions")


@bp.get("/members/<id:member_id>")
@use_args(ProfileQuery(exclude=["limit", "render"]), location="query")
def show_profile(query: dict[str, Any], member_id: int) -> str:
    """Show a member's name, and a page of their questions or answers."""
    member = db.session.get(Member, member_id)
    if not member or member.deleted_at:
        abort(HTTPStatus.NOT_FOUND)
    show = query["show"]
    page = list_posts(member, show, query["page"])
    return render_template(
        "profile.html",
        member=member,
        show=show,
        page=page,
        titles=question_titles(page.items) if show == "answers" else {},
        answer_url=answer_url,
    )


def list_posts(member: Member, show: str, request: PageRequest) -> Page:
    """Return a page of the member's questions or answers, the newest first."""
    model = MODELS[show]
    query = select(model).where(model.author_id == member.id)
    return ORDERS[show].paginate(query, request)


def question_titles(answers: Sequence[Answer]) -> dict[int, str]:
    """Return the titles of the questions of these answers by the questions' ids."""
    question_ids = {answer.question_id for answer in answers}
    query = select(Question.id, Question.title).where(Question.id.in_(question_ids))
    return dict(db.session.execute(query).all())
