"""Which addresses of the network are public, and which a name leads to."""

import socket
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from deployments.contract import TransientError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# Host and port -> addresses, best first. Raises OSError.
LookUp = Callable[[str, int], Sequence[str]]
# The standard library takes some of these for public. Reference: IANA, special-purpose address registries.
SPECIAL = [ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")]
# An IPv4 address inside an IPv6 address: the last 32 bits are what is reached. Reference: RFC 6052.
TRANSLATED = IPv6Network("64:ff9b::/96")
GLOBAL_UNICAST = IPv6Network("2000::/3")


def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a host as this machine knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def addresses_of(host: str, port: int, *, look_up: LookUp) -> tuple[str, ...]:
    """At least one; of an address, itself. Raises TransientError if the name is not found."""
    if is_address(host):
        return (host,)
    try:
        found = tuple(text.partition("%")[0] for text in look_up(host, port))
    except (OSError, UnicodeError) as error:
        raise TransientError(
            f"The name {host} was not found.", hint="Check its spelling, and that this machine can look names up."
        ) from error
    if not found:
        raise TransientError(f"The name {host} has no address.", hint="Check its spelling.")
    return tuple(dict.fromkeys(found))


def is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_public(address: str | Address) -> bool:
    """Whether it is one of the open internet. Raises ValueError if it is no address."""
    found = unmapped(address)
    if isinstance(found, IPv6Address) and found in TRANSLATED:
        found = IPv4Address(int(found) & 0xFFFFFFFF)
    if isinstance(found, IPv6Address) and found not in GLOBAL_UNICAST:
        return False
    return found.is_global and not found.is_multicast and not is_in(found, SPECIAL)


def is_in(address: str | Address, networks: Iterable[Network]) -> bool:
    """Whether it is of one of them, also where an IPv4 address is written as one of IPv6."""
    spellings = {ip_address(address), unmapped(address)}
    return any(each in network for network in networks for each in spellings)


def unmapped(address: str | Address) -> Address:
    """`10.0.0.1` for `::ffff:10.0.0.1`, which this machine takes for the same."""
    found = ip_address(address)
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
