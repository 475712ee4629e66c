"""The forms of questions and answers. Their fields follow the text rules of the API."""

from collections.abc import Callable
from secrets import token_hex
from typing import Any

from flask import request
from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import Field, Form, HiddenField, StringField, TextAreaField
from wtforms.validators import ValidationError

from service.board.markdown import render_markdown
from service.board.rules import BODY, IDEMPOTENCY_KEY, TITLE
from service.web.fields import TextRule
from service.web.languages import N_


def rule_options(rule: TextRule) -> dict[str, list[Callable[..., object]]]:
    """Return keyword arguments for a WTForms field, which then cleans and validates its text."""

    def validate(_form: Form, field: Field) -> None:
        if message := rule.error_message(field.data):
            raise ValidationError(message)

    return {"filters": [lambda text: rule.clean(text or "")], "validators": [validate]}


def validate_key(_form: Form, field: Field) -> None:
    """Replace an invalid idempotency key, so that the form can be submitted again."""
    if IDEMPOTENCY_KEY.error_message(field.data):
        field.data = token_hex()
        raise ValidationError(gettext("This form is invalid. Submit it again."))


class PostForm(FlaskForm):
    """The fields that the forms of questions and answers share."""

    # Lets a form that is submitted twice create one post. A form without a key gets a new one.
    idempotency_key = HiddenField(
        filters=[lambda key: key or token_hex()],
        validators=[validate_key],
    )

    def is_submitted(self) -> bool:
        """Return whether the form was submitted to store the post, not to preview it."""
        return super().is_submitted() and "preview" not in request.form

    def preview(self) -> str:
        """Return the HTML of the body if the button "Preview" was pressed, else an empty string.

        An invalid body has no preview; unless it is empty, its field has an error afterwards.
        """
        if "preview" not in request.form or not self.body.data:
            return ""
        return render_markdown(self.body.data) if self.body.validate(self) else ""

    def values(self) -> dict[str, Any]:
        """Return the data of all visible fields, by field name, which is also the column name."""
        return {field.name: field.data for field in self if not isinstance(field, HiddenField)}

    def renew_idempotency_key(self) -> None:
        """Replace the key, which was used for a different text, and add an error to `body`.

        This happens if a user goes back in the browser, changes the text and submits the form
        again. Redirecting to the first post, as after a double click, would lose the new text.
        """
        self.idempotency_key.data = token_hex()
        self.body.errors = [
            gettext(
                "This form has already been submitted with a different text. "
                "Submit it again to create a new post."
            )
        ]


class QuestionForm(PostForm):
    """The form of a question."""

    title = StringField(
        N_("Title"),
        description=N_("Your question in one line, 3 to 200 characters."),
        render_kw={"minlength": TITLE.minimum, "data-maximum": TITLE.maximum, "required": ""},
        **rule_options(TITLE),
    )
    body = TextAreaField(
        N_("Details"),
        description=N_("What did you try, what did you expect, and what happened instead?"),
        render_kw={"rows": 10, "data-maximum": BODY.maximum, "required": ""},
        **rule_options(BODY),
    )
    submit_label = N_("Post your question")


class AnswerForm(PostForm):
    """The form of an answer."""

    body = TextAreaField(
        N_("Your answer"),
        render_kw={"rows": 6, "data-maximum": BODY.maximum, "required": ""},
        **rule_options(BODY),
    )
    submit_label = N_("Post your answer")
