"""The HTTP layer that all pages and API endpoints share: errors, headers, limits, languages."""

from flask import Flask

from service.web import (
    api,
    conditional_requests,
    cors,
    docs,
    errors,
    headers,
    health,
    languages,
    navigation,
    openapi_changes,
    proxy,
    rate_limits,
    request_size,
    times,
    trusted_hosts,
)


def init_app(app: Flask) -> None:
    """Configure the HTTP layer."""
    proxy.init_app(app)
    trusted_hosts.init_app(app)
    request_size.init_app(app)
    conditional_requests.init_app(app)
    rate_limits.init_app(app)
    headers.init_app(app)
    cors.init_app(app)
    languages.init_app(app)
    times.init_app(app)
    navigation.init_app(app)
    api.init_app(app)
    openapi_changes.init_app(app)
    # After the API, to replace the handler of flask-smorest, which responds to pages with JSON.
    errors.init_app(app)
    app.register_blueprint(docs.bp)
    app.register_blueprint(health.bp)
