"""The forms of questions and answers."""

from flask import Flask
from wtforms import StringField

from service.forms.post_forms import QuestionForm


class TaggedQuestionForm(QuestionForm):
    """A question form with one more field."""

    tags = StringField("Tags")


def test_values_are_the_data_of_all_visible_fields(app: Flask) -> None:
    data = {"title": "  Why? ", "body": "So.", "tags": "flask", "idempotency_key": "x"}

    with app.test_request_context("/main/question", method="POST", data=data):
        values = TaggedQuestionForm().values()

    assert values == {"title": "Why?", "body": "So.", "tags": "flask"}


def test_each_new_form_has_its_own_idempotency_key(app: Flask) -> None:
    with app.test_request_context("/main/question"):
        first, second = QuestionForm(), QuestionForm()

    assert first.idempotency_key.data != second.idempotency_key.data
