"""The schemas of accounts in the JSON API."""

from marshmallow import ValidationError, fields

from service.accounts.deletion import Posts
from service.accounts.member_profile import time_zone_error
from service.accounts.names import NAME
from service.accounts.principal import current_member
from service.accounts.rules import EMAIL, PASSWORD, PasswordRule
from service.web.api import ModelSchema, RequestBodySchema, ResponseSchema
from service.web.fields import ChoiceField, TextField, TextRule
from service.web.languages import LANGUAGES, N_

# For a password that is only compared: the rules for new passwords do not apply.
EXISTING_PASSWORD = PasswordRule(minimum=1, maximum=10_000, multiline=True)
OPAQUE_TOKEN = TextRule(minimum=1, maximum=10_000)

EMAIL_EXAMPLE = {"examples": ["ada@example.com"]}
NAME_EXAMPLE = {"examples": ["Ada"]}
PASSWORD_EXAMPLE = {"examples": ["glass-otter-paints-9"], "format": "password"}
POSTS_DESCRIPTION = {
    "description": N_("Whether your questions, answers and votes stay, without your name.")
}
TIME_ZONE_EXAMPLE = {"examples": ["Asia/Seoul"]}
TOKEN_EXAMPLE = {"examples": ["0zYk3nq8pXw"]}


class RegisterBody(RequestBodySchema):
    """The body of a request to register. The token is that of an invitation."""

    email = TextField(EMAIL, required=True, metadata=EMAIL_EXAMPLE)
    name = TextField(NAME, required=True, metadata=NAME_EXAMPLE)
    password = TextField(PASSWORD, required=True, metadata=PASSWORD_EXAMPLE)
    token = TextField(OPAQUE_TOKEN, metadata=TOKEN_EXAMPLE)


class LoginBody(RequestBodySchema):
    """The body of a request to log in."""

    email = TextField(EMAIL, required=True, metadata=EMAIL_EXAMPLE)
    password = TextField(EXISTING_PASSWORD, required=True, metadata=PASSWORD_EXAMPLE)


class RefreshBody(RequestBodySchema):
    """The body of a request to refresh tokens."""

    refresh_token = TextField(OPAQUE_TOKEN, required=True, metadata=TOKEN_EXAMPLE)


class PasswordBody(RequestBodySchema):
    """The body of a request to change the password."""

    current_password = TextField(EXISTING_PASSWORD, required=True, metadata=PASSWORD_EXAMPLE)
    new_password = TextField(PASSWORD, required=True, metadata=PASSWORD_EXAMPLE)


def validate_time_zone(name: str) -> None:
    """Raise `ValidationError` if there is no time zone with this name."""
    if message := time_zone_error(name):
        raise ValidationError(message)


class ProfileBody(RequestBodySchema):
    """The body of a request to change one's profile. Fields that are not sent do not change."""

    name = TextField(NAME, metadata=NAME_EXAMPLE)
    locale = ChoiceField(LANGUAGES, allow_none=True)
    time_zone = fields.String(
        allow_none=True, validate=validate_time_zone, metadata=TIME_ZONE_EXAMPLE
    )


class DeletionBody(RequestBodySchema):
    """The body of a request to delete one's account."""

    password = TextField(EXISTING_PASSWORD, required=True, metadata=PASSWORD_EXAMPLE)
    posts = ChoiceField(list(Posts), required=True, metadata=POSTS_DESCRIPTION)


class ForgotPasswordBody(RequestBodySchema):
    """The body of a request for a mail that resets the password."""

    email = TextField(EMAIL, required=True, metadata=EMAIL_EXAMPLE)


class ResetPasswordBody(RequestBodySchema):
    """The body of a request to set a new password with the token of a mail."""

    token = TextField(OPAQUE_TOKEN, required=True, metadata=TOKEN_EXAMPLE)
    password = TextField(PASSWORD, required=True, metadata=PASSWORD_EXAMPLE)


class EmailBody(RequestBodySchema):
    """The body of a request to change one's email address."""

    email = TextField(EMAIL, required=True, metadata=EMAIL_EXAMPLE)
    password = TextField(EXISTING_PASSWORD, required=True, metadata=PASSWORD_EXAMPLE)


class ConfirmEmailBody(RequestBodySchema):
    """The body of a request to confirm an email address with the token of a mail."""

    token = TextField(OPAQUE_TOKEN, required=True, metadata=TOKEN_EXAMPLE)


class MessageSchema(ResponseSchema):
    """A message for the person who uses the client."""

    message = fields.String()


class TokensSchema(ResponseSchema):
    """The tokens of a session (RFC 6749, section 5.1)."""

    access_token = fields.String(metadata={"examples": ["eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"]})
    token_type = fields.String(metadata={"enum": ["Bearer"]})
    expires_in = fields.Integer(metadata={"examples": [900]})
    refresh_token = fields.String(metadata=TOKEN_EXAMPLE)


class AuthorSchema(ModelSchema):
    """The public fields of a member, as the author of a post."""

    id = fields.Integer()
    name = fields.String(metadata=NAME_EXAMPLE)


class MemberSchema(AuthorSchema):
    """The current member, with the fields that only they may see."""

    email = fields.String(metadata={**EMAIL_EXAMPLE, "format": "email"})
    created_at = fields.DateTime()
    locale = fields.String(allow_none=True, metadata={"examples": ["ko"]})
    time_zone = fields.String(allow_none=True, metadata=TIME_ZONE_EXAMPLE)


class SessionSchema(ModelSchema):
    """An active session of the current member."""

    id = fields.String(metadata={"examples": ["4f1c0d"]})
    device = fields.String(attribute="user_agent", metadata={"examples": ["curl/8.14.1"]})
    network = fields.String(metadata={"examples": ["192.0.2.7"]})
    created_at = fields.DateTime()
    renewed_at = fields.DateTime()
    expires_at = fields.DateTime()
    is_current = fields.Function(
        lambda session: session.id == current_member().session_id, metadata={"type": "boolean"}
    )


class SessionListSchema(ResponseSchema):
    """The active sessions of the current member."""

    items = fields.List(fields.Nested(SessionSchema))
