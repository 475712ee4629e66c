"""The forms of members; what a field may hold is said in the `rules` of accounts and board."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, IntegerField, PasswordField, StringField, SubmitField
from wtforms.validators import AnyOf

from service.accounts.rules import EMAIL, NAME, PASSWORD
from service.accounts.schemas import GIVEN_PASSWORD
from service.community.votes import DOWN, NONE, UP
from service.forms.posts import AnswerForm, AskForm, obeys

# Without `maxlength`: a browser would cut a longer one that is pasted, and say nothing.
CURRENT = {"autocomplete": "current-password", "required": True}
NEW = {"autocomplete": "new-password", "minlength": PASSWORD.minimum, "required": True}
WELL_CHOSEN = _l("8 characters or more, of any kind. A few words in a row are easy to remember.")


class RegisterForm(FlaskForm):
    """The form to become a member."""

    email = EmailField(
        _l("E-mail address"),
        description=_l("You log in with it. Nobody else sees it."),
        render_kw={"autocomplete": "email", "maxlength": EMAIL.maximum, "required": True},
        **obeys(EMAIL),
    )
    name = StringField(
        _l("Name"),
        description=_l("It stands beside what you write, for everybody to see."),
        render_kw={"autocomplete": "nickname", "maxlength": NAME.maximum, "required": True},
        **obeys(NAME),
    )
    password = PasswordField(
        _l("Password"), description=WELL_CHOSEN, render_kw=NEW, **obeys(PASSWORD)
    )
    send = SubmitField(_l("Register"))


class LogInForm(FlaskForm):
    """The form to log in."""

    email = EmailField(
        _l("E-mail address"),
        render_kw={"autocomplete": "username", "maxlength": EMAIL.maximum, "required": True},
        **obeys(EMAIL),
    )
    password = PasswordField(_l("Password"), render_kw=CURRENT, **obeys(GIVEN_PASSWORD))
    send = SubmitField(_l("Log in"))


class PasswordForm(FlaskForm):
    """The form to change the password."""

    current_password = PasswordField(
        _l("Your password until now"), render_kw=CURRENT, **obeys(GIVEN_PASSWORD)
    )
    new_password = PasswordField(
        _l("Your new password"), description=WELL_CHOSEN, render_kw=NEW, **obeys(PASSWORD)
    )
    send = SubmitField(_l("Change the password"))


class EditQuestionForm(AskForm):
    """The form that changes a question: it can be sent twice, and does the same."""

    words = ("title", "body")
    submission = None
    send = SubmitField(_l("Save"))


class EditAnswerForm(AnswerForm):
    """The form that changes an answer."""

    words = ("body",)
    submission = None
    send = SubmitField(_l("Save"))


class VoteForm(FlaskForm):
    """What a click on a vote sends."""

    value = IntegerField(validators=[AnyOf([UP, NONE, DOWN])])
