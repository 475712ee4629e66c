"""The token without which no other site can send our forms."""

from flask import current_app, request
from flask_wtf import CSRFProtect


class CSRF(CSRFProtect):
    """The library's check, before it looks up whether a request that changes nothing is exempt."""

    def protect(self, apply_exemptions: bool = False) -> None:
        """Refuse a request that changes something without the token of its session."""
        if request.method in current_app.config["WTF_CSRF_METHODS"]:
            super().protect(apply_exemptions)


csrf = CSRF()
