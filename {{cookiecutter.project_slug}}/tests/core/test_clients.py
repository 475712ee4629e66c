"""Who sends a request."""

import pytest

from service.core.clients import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        pytest.param("192.0.2.77", "192.0.2.0/24", id="IPv4"),
        pytest.param("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", id="IPv6"),
        pytest.param("::ffff:192.0.2.77", "192.0.2.0/24", id="IPv4 in IPv6"),
        pytest.param("fe80::1%eth0", "fe80::/64", id="with its interface"),
        pytest.param("192.0.2.77:4711", "unknown", id="with its port"),
        pytest.param("<script>", "unknown", id="anything"),
        pytest.param("", "unknown", id="empty"),
        pytest.param(None, "unknown", id="none"),
    ],
)
def test_a_network_is_what_one_person_has_at_hand(address: str | None, network: str) -> None:
    """R3.05, A22."""
    assert network_of(address) == network
