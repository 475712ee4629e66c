"""The settings of accounts."""

from marshmallow import fields
from marshmallow.validate import Length, OneOf

from service.config.schema import NOT_SET, Secret, SecretList, SettingsSchema


class AccountSettings(SettingsSchema):
    """Who may register, the keys that sign access tokens, and the pepper of password hashes."""

    JWT_KEYS = SecretList(required=True, validate=Length(min=1, error=NOT_SET))
    PASSWORD_PEPPER = Secret(required=True)
    REGISTRATION = fields.String(
        load_default="open", validate=OneOf(["open", "confirmed", "invited", "closed"])
    )
