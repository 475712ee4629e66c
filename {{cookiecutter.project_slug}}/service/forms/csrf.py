"""CSRF protection: only pages of this site can submit its forms.

An unsafe request for a page needs the field `csrf_token`, a token of its cookie session. If the
browser says where the request comes from, that must be this site (OWASP Cross-Site Request Forgery
Prevention Cheat Sheet, "Fetch Metadata headers" and "Verifying Origin With Standard Headers").
"""

import structlog
from flask import Flask, Response, request
from flask_babel import lazy_gettext as _l
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import UnsupportedMediaType

from service.operations.redaction import logged_path
from service.web.api import APIBlueprint
from service.web.errors import handle_http_exception, wants_json, with_detail

log = structlog.get_logger()

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# A request without a body has no content type.
FORM_TYPES = {"", "application/x-www-form-urlencoded", "multipart/form-data"}

CROSS_ORIGIN = _l("This request came from another site. Open the page on this site and try again.")
FORM_EXPIRED = _l(
    "This form has expired. Submit it again. If the problem persists, allow cookies for this site."
)
NOT_A_FORM = _l("Send the fields of the form as text, without files.")


class CrossOriginError(CSRFError):
    """A page of another origin sent the request."""

    description = "The request was sent by another origin."


def init_app(app: Flask) -> None:
    """Protect all pages. The blueprints of the API are exempt; they must be registered before."""
    app.config.from_mapping(
        # A CSRF token does not expire before the cookie session that it belongs to.
        WTF_CSRF_TIME_LIMIT=None,
        # `is_cross_origin` replaces this check of `Referer`, which not every browser sends.
        WTF_CSRF_SSL_STRICT=False,
        # ItsDangerous verifies a token with each key of a list, and signs with the last one.
        WTF_CSRF_SECRET_KEY=[*app.config["SECRET_KEY_FALLBACKS"], app.config["SECRET_KEY"]],
    )
    app.before_request(check_form_request)
    csrf = CSRFProtect(app)
    for blueprint in app.blueprints.values():
        # The API reads no cookies, so a request that another site sends has no rights there.
        if isinstance(blueprint, APIBlueprint):
            csrf.exempt(blueprint)
    app.register_error_handler(CSRFError, handle_csrf_error)


def check_form_request() -> None:
    """Raise `CrossOriginError` for a form of another origin, and 415 for JSON and for files."""
    if request.method in SAFE_METHODS or request.endpoint is None or wants_json():
        return
    if is_cross_origin():
        raise CrossOriginError
    # `None` is the name of a multipart field without a name.
    if request.mimetype not in FORM_TYPES or request.files or None in request.form:
        raise with_detail(UnsupportedMediaType(), NOT_A_FORM)


def is_cross_origin() -> bool:
    """Return whether, according to the browser, a page of another origin sent the request.

    Browsers send `Sec-Fetch-Site` to sites with HTTPS, and `Origin` with each POST request (Fetch
    Standard). If both headers are missing, the request does not come from a browser.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        # "none" is a request of the user, for example a reload of the page.
        return site not in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is not None and origin != f"{request.scheme}://{request.host}"


def handle_csrf_error(error: CSRFError) -> Response:
    """Return 400 for an unsafe request without a valid token or of another origin; log the reason.

    Without a valid token, the form has probably expired.
    """
    log.warning("csrf_check_failed", path=logged_path(), reason=error.description)
    message = CROSS_ORIGIN if isinstance(error, CrossOriginError) else FORM_EXPIRED
    return handle_http_exception(with_detail(error, message))
