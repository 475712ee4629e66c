"""The score that the HTTP Observatory of MDN would give an answer over HTTPS.

These are its rules, version 6 (https://github.com/mdn/mdn-http-observatory), as far as they concern
one answer. What it also asks of the site, that HTTP leads to HTTPS, is the job of the proxy. The
site is taken not to be in the preload list of browsers, which would give 5 more.
"""

from http.cookies import Morsel, SimpleCookie

from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from tests.page import Page

START = 100
LEAST_FOR_EXTRA_CREDIT = 90
SIX_MONTHS_SECONDS = 15_552_000
BROAD = {"*", "ftp:", "http:", "https:", "http://*", "https://*"}
UNSAFE = {"'unsafe-inline'", "data:"}
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}


def score(answer: TestResponse) -> int:
    """Return the score; extra credit counts only where little was lost."""
    headers = answer.headers
    modifiers = [
        policy(headers),
        cookies(headers),
        sharing(headers),
        referrer(headers),
        transport(headers),
        scripts(answer),
        0 if headers.get("X-Content-Type-Options") == "nosniff" else -5,
        framing(headers),
        isolation(headers, "Cross-Origin-Resource-Policy", {"same-origin", "same-site"}),
        isolation(headers, "Cross-Origin-Opener-Policy", {"same-origin"}),
        isolation(headers, "Cross-Origin-Embedder-Policy", {"require-corp", "credentialless"}),
    ]
    penalties = sum(modifier for modifier in modifiers if modifier < 0)
    return START + (sum(modifiers) if START + penalties >= LEAST_FOR_EXTRA_CREDIT else penalties)


def directives(headers: Headers) -> dict[str, set[str]]:
    """Return the Content-Security-Policy, directive by directive."""
    parts = [part.split() for part in headers.get("Content-Security-Policy", "").split(";")]
    return {words[0]: set(words[1:]) for words in parts if words}


def policy(headers: Headers) -> int:
    """Return what the Content-Security-Policy gives."""
    said = directives(headers)
    if not said:
        return -25
    default = said.get("default-src", {"*"})
    script, style, other = (
        said.get(name, default) for name in ("script-src", "style-src", "object-src")
    )
    everything = set().union(*said.values())
    if script & (BROAD | UNSAFE) or other & BROAD:
        return -20
    if any(source.startswith(("http:", "ftp:")) for source in everything):
        return -20
    if "'unsafe-eval'" in script | style:
        return -10
    if style & (BROAD | UNSAFE):
        return 0
    return 10 if default == {"'none'"} else 5


def cookies(headers: Headers) -> int:
    """Return what the cookies give: the worst of them counts."""
    is_encrypted = transport(headers) == 0
    found = [
        one_cookie(cookie, is_encrypted)
        for header in headers.getlist("Set-Cookie")
        for cookie in SimpleCookie(header).values()
    ]
    return min(found, default=0)


def one_cookie(cookie: "Morsel[str]", is_encrypted: bool) -> int:
    """Return what one cookie gives, by its flags and by whether it is one of a session."""
    is_session = "sess" in cookie.key.lower()
    if not cookie["secure"]:
        return (-10 if is_session else -5) if is_encrypted else (-40 if is_session else -20)
    if is_session and not cookie["httponly"]:
        return -30
    return {"lax": 5, "strict": 5, "none": 5, "": 0}.get(cookie["samesite"].lower(), -20)


def sharing(headers: Headers) -> int:
    """Return what it costs to let any site read with the reader's cookies."""
    is_open = headers.get("Access-Control-Allow-Origin", "*") != "*"
    return -50 if is_open and "Access-Control-Allow-Credentials" in headers else 0


def referrer(headers: Headers) -> int:
    """Return what the Referrer-Policy gives."""
    said = headers.get("Referrer-Policy")
    if said is None:
        return 0
    return 5 if said in PRIVATE else -5


def transport(headers: Headers) -> int:
    """Return what Strict-Transport-Security costs."""
    said = dict(
        part.strip().partition("=")[::2]
        for part in headers.get("Strict-Transport-Security", "").split(";")
    )
    if not said.get("max-age", "").isdigit():
        return -20
    return 0 if int(said["max-age"]) >= SIX_MONTHS_SECONDS else -10


def scripts(answer: TestResponse) -> int:
    """Return what the scripts of a page give: whole ones a little, those from elsewhere nothing."""
    found = Page(answer.text).all("script")
    if any("//" in (script.get("src") or "") and "integrity" not in script for script in found):
        return -5
    return 5 if any("integrity" in script for script in found) else 0


def framing(headers: Headers) -> int:
    """Return what it gives that no other site shows the page in a frame."""
    is_said = headers.get("X-Frame-Options", "").upper() in {"DENY", "SAMEORIGIN"}
    return 5 if is_said or "frame-ancestors" in directives(headers) else -20


def isolation(headers: Headers, name: str, good: set[str]) -> int:
    """Return what one of the headers gives that keep other sites out of our process."""
    return 10 if headers.get(name) in good else 0
