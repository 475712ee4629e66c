"""The network of a client."""

import pytest
from flask import Flask

from service.web.clients import client_network


@pytest.mark.parametrize(
    ("address", "network"),
    [
        pytest.param("192.0.2.77", "192.0.2.0/24", id="IPv4"),
        pytest.param("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", id="IPv6"),
        pytest.param("::ffff:192.0.2.77", "192.0.2.0/24", id="IPv4 in IPv6"),
        pytest.param("fe80::1%eth0", "fe80::/64", id="with an interface"),
        pytest.param("192.0.2.77:4711", "unknown", id="with a port"),
        pytest.param("<script>", "unknown", id="not an address"),
        pytest.param("", "unknown", id="empty"),
        pytest.param(None, "unknown", id="missing"),
    ],
)
def test_network_is_derived_from_the_address(app: Flask, address: str | None, network: str) -> None:
    with app.test_request_context(environ_overrides={"REMOTE_ADDR": address}):
        assert client_network() == network
