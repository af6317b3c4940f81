"""Who is calling, by network address. Pure functions, so that each case can be a test."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

UNKNOWN: Final = "unknown"

# Unless told otherwise uvicorn puts what a caller from this address claims in place of
# the address. Who trusts no proxy gets the address back.
_BELIEVED_BY_UVICORN: Final = "127.0.0.1"

# One customer gets a whole /64 of IPv6: a limit for each address would be no limit.
_IPV6_PREFIX: Final = 64


def networks(trusted: Iterable[str]) -> tuple[Network, ...]:
    """Raises `ValueError` for what is neither an address nor a network."""
    return tuple(ip_network(each, strict=False) for each in trusted)


def client_address(
    peer: str | None, forwarded_for: Sequence[str], trusted: Sequence[Network]
) -> str:
    """The right-most hop that is not one of our proxies.

    Each proxy appends whom it saw, so only the right end of `X-Forwarded-For` was
    written by machines we trust: everything left of it is what the client claims.
    """
    nearest = _parsed(peer)
    hops = [_parsed(hop) for header in forwarded_for for hop in header.split(",")]
    if nearest is None:
        return UNKNOWN
    if not trusted and nearest in hops:
        return _BELIEVED_BY_UVICORN
    if not _is_trusted(nearest, trusted):
        return str(nearest)
    for address in reversed(hops):
        if address is None:
            break
        nearest = address
        if not _is_trusted(address, trusted):
            break
    return str(nearest)


def client_range(address: str) -> str:
    """What counts as one client for a limit: the address, of IPv6 its /64."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, _IPV6_PREFIX), strict=False))
    return address


@lru_cache(maxsize=1024)  # several limits of one request ask for the same address
def _parsed(text: str | None) -> Address | None:
    """An IPv4 address is the same client when IPv6 carries it (`::ffff:192.0.2.1`)."""
    if text is None:
        return None
    try:
        address = ip_address(_without_port(text.strip()))
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _without_port(hop: str) -> str:
    """`192.0.2.1:4711` and `[2001:db8::1]:4711`, as some proxies write them."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)
