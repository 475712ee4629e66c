"""The score of MDN's HTTP Observatory for a response over HTTPS.

The rules are those of version 6 (https://github.com/mdn/mdn-http-observatory), without two: the
redirect from HTTP to HTTPS, which is the task of the proxy, and the HSTS preload list of browsers.
"""

from http.cookies import Morsel, SimpleCookie

from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from tests.page import Page

BASE_SCORE = 100
BONUS_MINIMUM = 90
SIX_MONTHS_SECONDS = 15_552_000
BROAD_SOURCES = {"*", "ftp:", "http:", "https:", "http://*", "https://*"}
UNSAFE_SOURCES = {"'unsafe-inline'", "data:"}
PRIVATE_POLICIES = {
    "no-referrer",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
}


def score(response: TestResponse) -> int:
    """Return the score. Bonus points count only if the penalties leave at least 90 points."""
    headers = response.headers
    modifiers = [
        csp_points(headers),
        cookies_points(headers),
        cors_points(headers),
        referrer_points(headers),
        hsts_points(headers),
        integrity_points(response),
        0 if headers.get("X-Content-Type-Options") == "nosniff" else -5,
        framing_points(headers),
        isolation_points(headers, "Cross-Origin-Resource-Policy", {"same-origin", "same-site"}),
        isolation_points(headers, "Cross-Origin-Opener-Policy", {"same-origin"}),
        isolation_points(
            headers, "Cross-Origin-Embedder-Policy", {"require-corp", "credentialless"}
        ),
    ]
    penalties = sum(modifier for modifier in modifiers if modifier < 0)
    is_bonus_counted = BASE_SCORE + penalties >= BONUS_MINIMUM
    return BASE_SCORE + (sum(modifiers) if is_bonus_counted else penalties)


def directives(headers: Headers) -> dict[str, set[str]]:
    """Return the directives of the Content-Security-Policy by name, each with its sources."""
    parts = [part.split() for part in headers.get("Content-Security-Policy", "").split(";")]
    return {words[0]: set(words[1:]) for words in parts if words}


def csp_points(headers: Headers) -> int:
    """Return the points for the Content-Security-Policy."""
    policy = directives(headers)
    if not policy:
        return -25
    defaults = policy.get("default-src", {"*"})
    script, style, objects = (
        policy.get(name, defaults) for name in ("script-src", "style-src", "object-src")
    )
    everything = set().union(*policy.values())
    if script & (BROAD_SOURCES | UNSAFE_SOURCES) or objects & BROAD_SOURCES:
        return -20
    if any(source.startswith(("http:", "ftp:")) for source in everything):
        return -20
    if "'unsafe-eval'" in script | style:
        return -10
    if style & (BROAD_SOURCES | UNSAFE_SOURCES):
        return 0
    return 10 if defaults == {"'none'"} else 5


def cookies_points(headers: Headers) -> int:
    """Return the points for the cookies: those of the worst one; 0 without cookies."""
    has_hsts = hsts_points(headers) == 0
    points = [
        cookie_points(cookie, has_hsts)
        for header in headers.getlist("Set-Cookie")
        for cookie in SimpleCookie(header).values()
    ]
    return min(points, default=0)


def cookie_points(cookie: Morsel[str], has_hsts: bool) -> int:
    """Return the points for one cookie, which depend on its attributes and its name."""
    is_session = "sess" in cookie.key.lower()
    if not cookie["secure"]:
        return (-10 if is_session else -5) if has_hsts else (-40 if is_session else -20)
    if is_session and not cookie["httponly"]:
        return -30
    return {"lax": 5, "strict": 5, "none": 5, "": 0}.get(cookie["samesite"].lower(), -20)


def cors_points(headers: Headers) -> int:
    """Return the points for cross-origin resource sharing (CORS)."""
    is_open = headers.get("Access-Control-Allow-Origin", "*") != "*"
    return -50 if is_open and "Access-Control-Allow-Credentials" in headers else 0


def referrer_points(headers: Headers) -> int:
    """Return the points for the Referrer-Policy."""
    policy = headers.get("Referrer-Policy")
    if policy is None:
        return 0
    return 5 if policy in PRIVATE_POLICIES else -5


def hsts_points(headers: Headers) -> int:
    """Return the points for Strict-Transport-Security."""
    parameters = dict(
        part.strip().partition("=")[::2]
        for part in headers.get("Strict-Transport-Security", "").split(";")
    )
    if not parameters.get("max-age", "").isdigit():
        return -20
    return 0 if int(parameters["max-age"]) >= SIX_MONTHS_SECONDS else -10


def integrity_points(response: TestResponse) -> int:
    """Return the points for the subresource integrity of scripts."""
    scripts = Page(response.text).all("script")
    if any("//" in (script.get("src") or "") and "integrity" not in script for script in scripts):
        return -5
    return 5 if any("integrity" in script for script in scripts) else 0


def framing_points(headers: Headers) -> int:
    """Return the points for protection against framing by other sites."""
    is_denied = headers.get("X-Frame-Options", "").upper() in {"DENY", "SAMEORIGIN"}
    return 5 if is_denied or "frame-ancestors" in directives(headers) else -20


def isolation_points(headers: Headers, name: str, strict_values: set[str]) -> int:
    """Return the points for one of the cross-origin isolation headers."""
    return 10 if headers.get(name) in strict_values else 0
