"""The settings of accounts."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema
from marshmallow.validate import Length, OneOf

from service.config.rules import is_production
from service.config.schema import NOT_SET, Secret, SecretList, SettingsSchema


class AccountSettings(SettingsSchema):
    """Who may register, the keys that sign access tokens, and the pepper of password hashes."""

    JWT_KEYS = SecretList(required=True, validate=Length(min=1, error=NOT_SET))
    PASSWORD_PEPPER = Secret(required=True)
    REGISTRATION = fields.String(
        load_default="open", validate=OneOf(["open", "confirmed", "invited", "closed"])
    )

    @validates_schema
    def require_mail(self, settings: dict[str, Any], **_kwargs: Any) -> None:
        """Raise `ValidationError` if members must confirm an address, and no mail is sent."""
        is_confirmed = settings["REGISTRATION"] == "confirmed"
        if is_confirmed and is_production(settings) and not settings.get("MAIL_URL"):
            raise ValidationError({"MAIL_URL": ["must be set with REGISTRATION=confirmed."]})
