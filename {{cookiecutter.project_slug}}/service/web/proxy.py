"""Reverse proxies in front of the service, and their `X-Forwarded-*` headers."""

from collections.abc import Iterator

from flask import Config, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from service.config.rules import is_production
from service.operations.doctor import Check, add_check


def init_app(app: Flask) -> None:
    """Trust the `X-Forwarded-*` headers of the last `PROXY_HOPS` proxies, and register a check."""
    add_check(app, Check("the proxies in front are trusted", check_proxy_hops))
    hops = app.config["PROXY_HOPS"]
    if hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask documents this form.
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )


def check_proxy_hops(config: Config) -> Iterator[str]:
    """Yield a problem if no proxy is trusted in production."""
    if is_production(config) and not config["PROXY_HOPS"]:
        yield (
            "PROXY_HOPS is 0: all requests seem to come from one client, over HTTP. "
            "Set it to the number of proxies in front, usually 1."
        )
