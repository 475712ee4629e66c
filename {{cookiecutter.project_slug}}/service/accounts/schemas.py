"""Accounts in JSON: what the API takes and what it gives."""

from marshmallow import Schema, fields

from service.accounts.access import acting_member
from service.accounts.rules import EMAIL, NAME, PASSWORD, PasswordRule
from service.core.api import RowSchema, StrictSchema
from service.core.text import TextField, TextRule

# What is compared need not be well chosen: a wrong password is wrong, however long.
GIVEN_PASSWORD = PasswordRule(minimum=1, maximum=10_000, has_lines=True)
GIVEN_TOKEN = TextRule(minimum=1, maximum=10_000)


class RegisterBody(StrictSchema):
    """What is sent to become a member."""

    email = TextField(EMAIL, required=True)
    name = TextField(NAME, required=True)
    password = TextField(PASSWORD, required=True)


class LoginBody(StrictSchema):
    """What is sent to log in."""

    email = TextField(EMAIL, required=True)
    password = TextField(GIVEN_PASSWORD, required=True)


class RefreshBody(StrictSchema):
    """What is sent to go on with a session."""

    refresh_token = TextField(GIVEN_TOKEN, required=True)


class PasswordBody(StrictSchema):
    """What is sent to change the password."""

    current_password = TextField(GIVEN_PASSWORD, required=True)
    new_password = TextField(PASSWORD, required=True)


class TokensSchema(Schema):
    """A session's tokens (RFC 6749, section 5.1)."""

    access_token = fields.String()
    token_type = fields.String()
    expires_in = fields.Integer()
    refresh_token = fields.String()


class MemberSchema(RowSchema):
    """A member, as only they see themselves."""

    id = fields.Integer()
    email = fields.String()
    name = fields.String()
    created_at = fields.DateTime()


class SessionSchema(RowSchema):
    """A login that has not ended."""

    id = fields.String()
    device = fields.String()
    network = fields.String()
    created_at = fields.DateTime()
    renewed_at = fields.DateTime()
    expires_at = fields.DateTime()
    is_current = fields.Function(
        lambda session: session.id == acting_member().session_id,
        attribute="id",
        metadata={"type": "boolean"},
    )


class SessionList(Schema):
    """The logins of a member."""

    items = fields.List(fields.Nested(SessionSchema))
