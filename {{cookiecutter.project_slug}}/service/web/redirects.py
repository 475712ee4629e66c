"""The redirect after a POST request."""

from http import HTTPStatus

from flask import redirect
from werkzeug import Response


def see_other(url: str) -> Response:
    """Return a 303 redirect: after a POST request, the browser requests the URL with GET."""
    return redirect(url, HTTPStatus.SEE_OTHER)
