"""Who sends a request, as far as that is known: for the log, and for the limits."""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from flask import Flask, current_app, request

# What the log calls somebody, and their id.
Identity = dict[str, int]


def init_app(app: Flask) -> None:
    """Know nobody by more than their network."""
    identify_by(app, dict)


def identify_by(app: Flask, identity: Callable[[], Identity]) -> None:
    """Know who acts by a function that looks nothing up: it is called for each line of the log."""
    app.extensions["identity"] = identity


def client_identity() -> Identity:
    """Return who acts in this request, where that is known by now, else nothing."""
    identity: Identity = current_app.extensions["identity"]()
    return identity


def client_network() -> str:
    """Return the network that this request comes from."""
    return network_of(request.remote_addr)


@lru_cache(maxsize=1024)
def network_of(address: str | None) -> str:
    """Return the network of a client's address: what one person has at hand (/24, or /64)."""
    try:
        ip = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip
    bits = 64 if isinstance(ip, IPv6Address) else 24
    return str(ip_network(f"{ip}/{bits}", strict=False))
