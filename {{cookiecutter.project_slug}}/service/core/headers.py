"""The security headers of every response (OWASP Secure Headers; ASVS 5.0, chapter 3.4)."""

from flask import Flask, Response, request

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: a form sent over HTTPS is refused where the browser names no referrer.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
ONE_YEAR_SECONDS = 31_536_000


def init_app(app: Flask) -> None:
    """Add the headers to whatever the service answers, errors and files included."""
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """Add the headers; strict transport only where the request came over HTTPS."""
    is_page = response.mimetype == "text/html"
    headers = response.headers
    headers.extend(ALWAYS)
    headers["Content-Security-Policy"] = PAGE_POLICY if is_page else DATA_POLICY
    if request.is_secure:
        headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR_SECONDS}; includeSubDomains"
    return response
