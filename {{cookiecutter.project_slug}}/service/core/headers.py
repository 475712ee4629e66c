"""The security headers of every response (OWASP Secure Headers; ASVS 5.0, chapter 3.4)."""

from flask import Flask, Response, request

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
OF_DATA = {**COMMON, "Content-Security-Policy": DATA_POLICY}
# What is for people depends on their language, which caches must know.
FOR_PEOPLE = {"Vary": "Accept-Language"}
BY_TYPE = {
    "text/html": {**COMMON, **FOR_PEOPLE, "Content-Security-Policy": PAGE_POLICY},
    "application/problem+json": {**OF_DATA, **FOR_PEOPLE},
}
ONE_YEAR_SECONDS = 31_536_000


def init_app(app: Flask) -> None:
    """Add the headers to whatever the service answers, errors and files included."""
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """Add the headers; strict transport only where the request came over HTTPS."""
    response.headers.extend(BY_TYPE.get(response.mimetype or "", OF_DATA))
    # A cache may keep what it asks about each time. Files answer 304 then: they have an ETag.
    response.headers.setdefault("Cache-Control", "no-cache")
    if request.is_secure:
        lasting = f"max-age={ONE_YEAR_SECONDS}; includeSubDomains"
        response.headers["Strict-Transport-Security"] = lasting
    return response
