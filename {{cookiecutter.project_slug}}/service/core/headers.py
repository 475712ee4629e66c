"""The security headers of every response (OWASP Secure Headers; ASVS 5.0, chapter 3.4)."""

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
COMMON = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: what is sent over HTTPS should say that it comes from here.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
OF_DATA = [*COMMON.items(), ("Content-Security-Policy", DATA_POLICY)]
# What is for people depends on their language, which caches must know.
FOR_PEOPLE = ("Vary", "Accept-Language")
BY_TYPE = {
    "text/html": [*COMMON.items(), ("Content-Security-Policy", PAGE_POLICY), FOR_PEOPLE],
    "application/problem+json": [*OF_DATA, FOR_PEOPLE],
}
ONE_YEAR_SECONDS = 31_536_000
OVER_HTTPS = ("Strict-Transport-Security", f"max-age={ONE_YEAR_SECONDS}; includeSubDomains")
# A cache may keep what it asks about each time. Files answer 304 then: they have an ETag.
ASK_EACH_TIME = ("Cache-Control", "no-cache")

Headers = list[tuple[str, str]]


def init_app(app: Flask) -> None:
    """Add the headers to whatever the service answers, errors and files included."""
    app.wsgi_app = SecurityHeaders(app.wsgi_app)  # type: ignore[method-assign]  # As Flask tells.


class SecurityHeaders:
    """The application with what each of its responses needs besides.

    Around Flask, a list is added to a list; within, it would look at each header each time.
    """

    def __init__(self, application: WSGIApplication) -> None:
        """Take the application."""
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the application does, with the headers behind its own."""

        def start(status: str, headers: Headers, *error: Any) -> Callable[[bytes], object]:
            more = security_headers(headers, is_secure=environ["wsgi.url_scheme"] == "https")
            return start_response(status, headers + more, *error)

        return self.application(environ, start)


def security_headers(headers: Headers, *, is_secure: bool) -> Headers:
    """Return what a response needs besides; strict transport only where it goes over HTTPS."""
    content_type, has_cache_rule = "", False
    for name, value in headers:
        if name == "Content-Type":
            content_type = value.partition(";")[0]
        elif name == "Cache-Control":
            has_cache_rule = True
    needed = BY_TYPE.get(content_type, OF_DATA)
    if not has_cache_rule:
        needed = [*needed, ASK_EACH_TIME]
    return [*needed, OVER_HTTPS] if is_secure else needed
