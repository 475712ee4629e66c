"""The proxies in front of the service, trusted only as far as the settings say."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


def init_app(app: Flask) -> None:
    """Believe what the last `PROXY_HOPS` proxies say of the client; by default, nobody."""
    hops = app.config["PROXY_HOPS"]
    if hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask documents this form.
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
