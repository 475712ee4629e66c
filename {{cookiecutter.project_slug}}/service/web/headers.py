"""The security headers of every response (OWASP Secure Headers; ASVS 5.0, chapter 3.4)."""

from flask import Flask, Response, current_app, request

COMMON_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Other sites do not learn the URL; requests to this site carry it.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Caches may store a response, but must revalidate it each time; static files have an ETag.
    "Cache-Control": "no-cache",
}
PAGE_HEADERS = {
    **COMMON_HEADERS,
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
}
# For JSON and other types: if a browser opens the response, nothing else is loaded.
DATA_HEADERS = {
    **COMMON_HEADERS,
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
ONE_YEAR_SECONDS = 31_536_000
TRANSLATED_TYPES = {"text/html", "application/problem+json"}


def init_app(app: Flask) -> None:
    """Add security headers to every response, including errors and static files."""
    app.after_request(add_security_headers)


def add_security_headers(response: Response) -> Response:
    """Add each security header that the view has not set itself."""
    mimetype = response.mimetype
    headers = PAGE_HEADERS if mimetype == "text/html" else DATA_HEADERS
    present = {name for name, _value in response.headers}
    for name, value in headers.items():
        if name not in present:
            response.headers.add(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = strict_transport_security()
    if mimetype in TRANSLATED_TYPES:
        response.vary.add("Accept-Language")
    return response


def strict_transport_security() -> str:
    """Return the value of the header `Strict-Transport-Security` (RFC 6797, section 6.1)."""
    subdomains = "; includeSubDomains" if current_app.config["HSTS_INCLUDE_SUBDOMAINS"] else ""
    return f"max-age={ONE_YEAR_SECONDS}{subdomains}"
