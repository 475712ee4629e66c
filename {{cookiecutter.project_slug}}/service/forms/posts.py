"""The forms: what is wrong with a field is said beside it, in the words of the API."""

from collections.abc import Callable
from secrets import token_hex

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, Form, HiddenField, StringField, SubmitField, TextAreaField
from wtforms.validators import ValidationError

from service.board.rules import BODY, SUBMISSION, TITLE
from service.core.text import TextRule


def obeys(rule: TextRule) -> dict[str, list[Callable[..., object]]]:
    """Return the options of a field that cleans its text and keeps it to the rule."""

    def check(_form: Form, field: Field) -> None:
        if sentence := rule.problem(field.data or ""):
            raise ValidationError(sentence)

    return {"filters": [lambda text: rule.clean(text or "")], "validators": [check]}


def new_submission() -> str:
    """Return the name of one sending of a form: what is sent twice makes one post."""
    return token_hex(16)


class AskForm(FlaskForm):
    """The form of a question."""

    title = StringField(
        _l("Title"),
        description=_l("Your question in one line, from 3 to 200 characters."),
        render_kw={"maxlength": TITLE.maximum, "minlength": TITLE.minimum, "required": True},
        **obeys(TITLE),
    )
    body = TextAreaField(
        _l("Details"),
        description=_l("What you tried, what you expected, what happened."),
        render_kw={"maxlength": BODY.maximum, "rows": 10, "required": True},
        **obeys(BODY),
    )
    submission = HiddenField(**obeys(SUBMISSION))
    send = SubmitField(_l("Ask"))


class AnswerForm(FlaskForm):
    """The form of an answer."""

    body = TextAreaField(
        _l("Your answer"),
        render_kw={"maxlength": BODY.maximum, "rows": 6, "required": True},
        **obeys(BODY),
    )
    submission = HiddenField(**obeys(SUBMISSION))
    send = SubmitField(_l("Answer"))


def name_anew(form: AskForm | AnswerForm) -> None:
    """Say that this form has sent another text before, and let its next sending make a new post.

    Somebody went back in the browser, changed the text and sent it once more: to return the first
    post, as for a double click, would lose what they wrote.
    """
    form.submission.data = new_submission()
    form.body.errors = [
        gettext(
            "You have sent another text from this page already. "
            "Send it again, and this one becomes a new post."
        )
    ]
