"""What somebody typed and an error kept from arriving: shown again, so that it is not lost."""

from itertools import islice

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

NOT_TYPED = {"csrf_token", "send", "submission", "value"}
# More than any form of ours has.
MOST_FIELDS = 10


def unsent_fields() -> dict[str, str]:
    """Return the texts of the form in this request; empty where it was not one of ours.

    Passwords are never shown again.
    """
    if request.method != "POST" or request.mimetype != "application/x-www-form-urlencoded":
        return {}
    try:
        fields = islice(request.form.items(), MOST_FIELDS)
    except RequestEntityTooLarge:
        return {}
    return {name: text for name, text in fields if name not in NOT_TYPED and "password" not in name}
