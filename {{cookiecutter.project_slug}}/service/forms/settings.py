"""The settings of forms."""

from service.config.schema import Secret, SecretList, SettingsSchema


class FormSettings(SettingsSchema):
    """The keys that sign the cookie session, which holds the CSRF token."""

    SECRET_KEY = Secret(required=True)
    SECRET_KEY_FALLBACKS = SecretList(load_default=list)
