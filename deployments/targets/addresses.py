"""Which servers targets may send to: public ones over HTTPS, this machine, and the networks that sources may use.

Reference: REGISTRY_SOURCE_NETWORKS in the settings.
"""

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

from deployments.contract import PermanentError, TransientError
from deployments.sandbox.hosts import is_public

NETWORKS_HINT = "If it is a server of your own, an administrator adds its network to REGISTRY_SOURCE_NETWORKS."
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """Who gets to see what is sent there. Reference: RFC 6454, origins."""

    scheme: str
    host: str
    port: int


def place_of(url: str) -> Place:
    """Raises PermanentError if it is no web address, or holds a user name."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise PermanentError("A target's address is no web address.") from error
    if not port or not parts.hostname or "@" in parts.netloc:
        raise PermanentError(
            f"{parts.hostname or 'A target'} has no complete web address.",
            hint="Begin with https:// and a host; user name and password are secrets of the service.",
        )
    return Place(parts.scheme, parts.hostname, port)


def find_addresses(place: Place, *, may_be_here: bool = True) -> tuple[str, ...]:
    """The addresses to connect to, at least one. Looks the name up. `may_be_here` is whether this machine is allowed.

    Raises PermanentError if one of them may not be sent to, TransientError if the name is not found.
    """
    addresses = (place.host,) if _is_address(place.host) else _look_up(place)
    for address in addresses:
        _check(place, address, may_be_here=may_be_here)
    return addresses


def _look_up(place: Place) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TransientError(f"The name {place.host} was not found.", hint="Check its spelling.") from error
    return tuple(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _check(place: Place, address: str, *, may_be_here: bool) -> None:
    found = ip_address(address)
    # By another name it would be this machine now, and something else when it is connected to.
    is_here = found.is_loopback and (place.host == "localhost" or _is_address(place.host))
    if (may_be_here and is_here) or any(found in network for network in settings.REGISTRY_SOURCE_NETWORKS):
        return
    if not is_public(address):
        raise PermanentError(f"{place.host} is not at a public address, and not sent to.", hint=NETWORKS_HINT)
    if place.scheme != "https":
        raise PermanentError(f"{place.host} is not sent to without TLS.", hint="Begin its address with https://.")
