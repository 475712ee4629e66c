"""The forms of accounts. `service.accounts.rules` contains the rules of the fields."""

from babel import Locale
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, PasswordField, StringField
from wtforms.validators import AnyOf, ValidationError

from service.accounts.deletion import Posts
from service.accounts.member_profile import time_zone_error, time_zones
from service.accounts.names import NAME
from service.accounts.rules import EMAIL, PASSWORD
from service.accounts.schemas import EXISTING_PASSWORD
from service.forms.post_forms import rule_options
from service.web.languages import LANGUAGES, N_

# Without `maxlength`, because browsers silently truncate pasted text to that length.
CURRENT_PASSWORD = {"autocomplete": "current-password", "required": ""}
NEW_PASSWORD = {"autocomplete": "new-password", "minlength": PASSWORD.minimum, "required": ""}
# Each language has its name in itself.
LANGUAGE_NAMES = {
    language: Locale.parse(language).display_name or language for language in LANGUAGES
}
POSTS_CHOICES = {
    Posts.KEEP: N_("Keep them, under the name “Deleted member”"),
    Posts.DELETE: N_("Delete them"),
}
PASSWORD_HINT = N_("At least 8 characters. Several words in a row are easy to remember.")


def name_field() -> StringField:
    """Return the field for the name that other members see."""
    return StringField(
        N_("Display name"),
        description=N_("Shown next to your questions and answers."),
        render_kw={"autocomplete": "nickname", "data-maximum": NAME.maximum, "required": ""},
        **rule_options(NAME),
    )


class RegisterForm(FlaskForm):
    """The form for creating an account."""

    email = EmailField(
        N_("Email address"),
        description=N_("For logging in. It is not shown to others."),
        render_kw={"autocomplete": "email", "required": ""},
        **rule_options(EMAIL),
    )
    name = name_field()
    password = PasswordField(
        N_("Password"),
        description=PASSWORD_HINT,
        render_kw=NEW_PASSWORD,
        **rule_options(PASSWORD),
    )
    submit_label = N_("Register")


class InvitationForm(RegisterForm):
    """The form for creating an account with the address to which an invitation was sent."""

    title = N_("Register")
    introduction = N_("You have been invited to this site.")
    email = None


class LoginForm(FlaskForm):
    """The form for logging in."""

    email = EmailField(
        N_("Email address"),
        render_kw={"autocomplete": "username", "required": ""},
        **rule_options(EMAIL),
    )
    password = PasswordField(
        N_("Password"), render_kw=CURRENT_PASSWORD, **rule_options(EXISTING_PASSWORD)
    )
    submit_label = N_("Log in")


class ProfileForm(FlaskForm):
    """The form for changing the profile."""

    name = name_field()
    locale = StringField(
        N_("Language"),
        filters=[lambda choice: choice or ""],
        validators=[AnyOf(["", *LANGUAGES])],
    )
    time_zone = StringField(N_("Time zone"))

    def choices(self) -> dict[str, dict[str, str]]:
        """Return the choices of each field that has choices, with their labels."""
        return {"locale": LANGUAGE_NAMES, "time_zone": {name: name for name in time_zones()}}

    def values(self) -> dict[str, str | None]:
        """Return the data of the visible fields, by the name of the column."""
        names = ("name", "locale", "time_zone")
        return {name: self[name].data or None for name in names}

    def validate_time_zone(self, field: Field) -> None:
        """Raise `ValidationError` unless the field is empty or has the name of a time zone."""
        if field.data and (message := time_zone_error(field.data)):
            raise ValidationError(message)


class ForgotPasswordForm(FlaskForm):
    """The form for requesting a mail to reset a forgotten password."""

    title = N_("Forgot your password?")
    introduction = N_("We send you a link with which you can choose a new password.")
    email = EmailField(
        N_("Email address"),
        render_kw={"autocomplete": "username", "required": ""},
        **rule_options(EMAIL),
    )
    submit_label = N_("Send link")


class ResetPasswordForm(FlaskForm):
    """The form for choosing a new password with the token of a mail."""

    title = N_("Choose a new password")
    introduction = N_("You will be logged out on all devices.")
    password = PasswordField(
        N_("New password"),
        description=PASSWORD_HINT,
        render_kw=NEW_PASSWORD,
        **rule_options(PASSWORD),
    )
    submit_label = N_("Change password")


class ChangeEmailForm(FlaskForm):
    """The form for changing the email address."""

    title = N_("Change email address")
    introduction = N_("We send a link to the new address, which confirms it. Your current address:")
    email = EmailField(
        N_("New email address"),
        render_kw={"autocomplete": "email", "required": ""},
        **rule_options(EMAIL),
    )
    password = PasswordField(
        N_("Current password"), render_kw=CURRENT_PASSWORD, **rule_options(EXISTING_PASSWORD)
    )
    submit_label = N_("Send link")


class ConfirmEmailForm(FlaskForm):
    """The form for confirming an email address with the token of a mail."""

    title = N_("Confirm email address")
    introduction = N_("Confirm that this is the email address of your account:")
    submit_label = N_("Confirm")


class DeletionForm(FlaskForm):
    """The form for deleting the account."""

    posts = StringField(
        N_("Your questions, answers and votes"), validators=[AnyOf([*POSTS_CHOICES])]
    )
    password = PasswordField(
        N_("Current password"), render_kw=CURRENT_PASSWORD, **rule_options(EXISTING_PASSWORD)
    )


class PasswordForm(FlaskForm):
    """The form for changing the password."""

    current_password = PasswordField(
        N_("Current password"), render_kw=CURRENT_PASSWORD, **rule_options(EXISTING_PASSWORD)
    )
    new_password = PasswordField(
        N_("New password"),
        description=PASSWORD_HINT,
        render_kw=NEW_PASSWORD,
        **rule_options(PASSWORD),
    )
    submit_label = N_("Change password")
