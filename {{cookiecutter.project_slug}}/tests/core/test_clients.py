"""Who sends a request."""

import pytest

from service.core.clients import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        pytest.param("203.0.113.7", "203.0.113.0/24", id="IPv4"),
        pytest.param("2001:db8:1:2:3::4", "2001:db8:1:2::/64", id="IPv6"),
        pytest.param("::ffff:203.0.113.7", "203.0.113.0/24", id="IPv4 in IPv6"),
        pytest.param("somebody", "unknown", id="no address"),
        pytest.param(None, "unknown", id="nothing"),
    ],
)
def test_one_person_has_one_network(address: str | None, network: str) -> None:
    """A22."""
    assert network_of(address) == network
