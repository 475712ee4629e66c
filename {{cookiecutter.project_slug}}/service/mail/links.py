"""Links in mails."""

from flask import current_app


def public_url(endpoint: str, **values: str) -> str:
    """Return the URL of a page below `PUBLIC_URL`. Its host does not depend on a request."""
    urls = current_app.url_map.bind("")
    return str(current_app.config["PUBLIC_URL"]).rstrip("/") + urls.build(endpoint, values)
