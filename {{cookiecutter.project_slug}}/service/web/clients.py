"""The network of a client."""

from ipaddress import IPv6Address, ip_address, ip_network

from flask import request


def client_network() -> str:
    """Return the network of the client: /24 for IPv4, /64 for IPv6, "unknown" without an address.

    A client that changes its address usually stays in this network.
    """
    try:
        ip = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip
    bits = 64 if isinstance(ip, IPv6Address) else 24
    return str(ip_network(f"{ip}/{bits}", strict=False))
