"""R8: whose word about the client's address is believed."""

import pytest

from app.core.client_address import client_address, client_range, networks

PROXIES = networks(["10.0.0.0/8", "2001:db8:aa::/48"])


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # a client that lies
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),  # it lied to our proxy
        ("10.0.0.1", ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 10.0.0.2"], "198.51.100.1"),  # two proxies of ours
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.1, rubbish"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("2001:db8:aa::1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("::ffff:203.0.113.9", [], "203.0.113.9"),
        (None, ["198.51.100.1"], "unknown"),
        ("testclient", ["198.51.100.1"], "unknown"),
    ],
)
def test_r8_the_right_most_hop_that_is_not_ours(
    peer: str | None, forwarded_for: list[str], expected: str
) -> None:
    assert client_address(peer, forwarded_for, PROXIES) == expected


def test_r8_a_server_that_believes_the_header_by_itself_changes_nothing() -> None:
    """Uvicorn puts the claim in place of the peer for callers from 127.0.0.1."""
    assert client_address("6.6.6.6", ["6.6.6.6"], ()) == "127.0.0.1"
    assert client_address("7.7.7.7", ["7.7.7.7:80"], ()) == "127.0.0.1"


def test_one_customer_is_one_client_on_ipv6() -> None:
    assert client_range("2001:db8::1") == client_range("2001:db8::ffff:1") == "2001:db8::/64"
    assert client_range("198.51.100.1") == "198.51.100.1"


def test_refuses_what_is_no_network() -> None:
    with pytest.raises(ValueError, match="proxy"):
        networks(["proxy"])
