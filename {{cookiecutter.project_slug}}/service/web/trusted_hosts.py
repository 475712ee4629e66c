"""The hosts for which the service responds. Otherwise, a client could choose the host of links."""

import re

import structlog
from flask import Flask, current_app, request
from werkzeug.exceptions import SecurityError

log = structlog.get_logger()

# Probes of load balancers and orchestrators send an IP address as the host.
ANY_HOST_ENDPOINTS = {"health.healthz", "health.readyz"}
PORT = re.compile(r":\d+$")


def init_app(app: Flask) -> None:
    """Reject requests for other hosts than `TRUSTED_HOSTS`; without it, accept any host.

    Flask's own check is switched off: it also applies to health checks, compares upper and lower
    case, and never trusts an IPv6 address.
    """
    app.extensions["trusted_hosts"] = app.config["TRUSTED_HOSTS"]
    app.config["TRUSTED_HOSTS"] = None
    app.before_request(reject_untrusted_host)


def reject_untrusted_host() -> None:
    """Raise `SecurityError` if the host of the request is not trusted."""
    hosts = current_app.extensions["trusted_hosts"]
    if hosts and request.endpoint not in ANY_HOST_ENDPOINTS and not is_trusted(request.host, hosts):
        log.warning("untrusted_host", host=request.host)
        raise SecurityError


def is_trusted(host: str, trusted_hosts: list[str]) -> bool:
    """Return whether a host is in the list, or is a subdomain of an entry that begins with a dot.

    The port and the case of the host are ignored; the entries are in lower case, without a port.
    """
    name = PORT.sub("", host.lower())
    return any(
        name == trusted.removeprefix(".") or (trusted.startswith(".") and name.endswith(trusted))
        for trusted in trusted_hosts
    )
