"""Which addresses sources may be fetched from, and connections that go to the very address that was judged.

A name is looked up once for each connection; what it leads to is judged, and that is what is connected to. So a name
that leads elsewhere a moment later gains nothing.
"""

import re
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from deployments.contract import PermanentError, TransientError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# Host and port -> addresses, best first. Raises OSError.
LookUp = Callable[[str, int], Sequence[str]]
DEFAULT_PORTS = {"http": 80, "https": 443}
NETWORKS_HINT = "If it is a server of your own, an administrator adds its network to REGISTRY_SOURCE_NETWORKS."
# The standard library takes some of these for public. Reference: IANA, special-purpose address registries.
SPECIAL = [ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")]
# An IPv4 address inside an IPv6 address: the last 32 bits are what is reached.
TRANSLATED = IPv6Network("64:ff9b::/96")
GLOBAL_UNICAST = IPv6Network("2000::/3")
# No more than all parsers of URLs agree on: what is judged here is parsed again by httpx, git and curl.
URL_PATTERN = re.compile(
    r"[a-z][a-z0-9+.-]*://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?([/?#][!-\[\]-~]*)?"
)


def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a host as this machine knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class Rules:
    """`schemes` that a URL may have; `hosts` it may name, all if empty (`.example.com` stands for all below it);
    `networks` that are allowed although they are not public.
    """

    schemes: frozenset[str] = frozenset({"https"})
    hosts: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    look_up: LookUp = look_up

    @classmethod
    def configured(cls) -> Self:
        """The rules of the settings."""
        return cls(
            schemes=frozenset({"https", "http"} if settings.REGISTRY_SOURCE_HTTP else {"https"}),
            hosts=tuple(settings.REGISTRY_SOURCE_HOSTS),
            networks=tuple(settings.REGISTRY_SOURCE_NETWORKS),
        )

    def problem_of(self, url: str) -> str:
        """Why this URL may not be used, as far as it can be told without a network; empty if it may."""
        parts = _split(url)
        if "@" in url.partition("://")[2].partition("/")[0]:
            return "Addresses must not contain a user name or password; use a secret."
        if parts is None or not parts.hostname:
            return "It is no complete web address."
        if parts.scheme not in self.schemes:
            return f"Addresses must begin with {' or '.join(f'{scheme}://' for scheme in sorted(self.schemes))}."
        if not self._is_named(parts.hostname):
            return (
                f"Sources are not fetched from {parts.hostname}; an administrator decides with REGISTRY_SOURCE_HOSTS."
            )
        literal = _read_address(parts.hostname)
        if literal and not self._is_allowed(literal):
            return f"{parts.hostname} is not a public address. {NETWORKS_HINT}"
        return ""

    def check(self, url: str) -> None:
        """Raise PermanentError if this URL may not be used. No network."""
        problem = self.problem_of(url)
        if problem:
            raise PermanentError(f"{show_url(url)} cannot be used.", hint=problem)

    def find_addresses(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses of a host that may be connected to, at least one.

        Raises PermanentError if there is none, TransientError if the name is not found.
        """
        try:
            found = self.look_up(host, port)
        except (OSError, UnicodeError) as error:
            raise TransientError(
                f"The name {host} was not found.", hint="Check its spelling, and that this machine can look names up."
            ) from error
        allowed = tuple(text for text in found if (address := _read_address(text)) and self._is_allowed(address))
        if not allowed:
            raise PermanentError(f"{host} is not at a public address, and not fetched from.", hint=NETWORKS_HINT)
        return allowed

    def _is_named(self, host: str) -> bool:
        return not self.hosts or any(
            host == known or (known.startswith(".") and host.endswith(known)) for known in self.hosts
        )

    def _is_allowed(self, address: Address) -> bool:
        reached = list(_reached(address))
        return any(_is_in(each, self.networks) for each in reached) or all(map(_is_public, reached))


def show_url(url: str) -> str:
    """A URL for messages and logs: what could hold a secret (user, password, query) is left out."""
    parts = _split(url)
    if parts is None or not parts.hostname:
        return "The address"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: who gets to see what is sent there; all empty for no URL. Reference: RFC 6454."""
    parts = _split(url) or urlsplit("")
    return parts.scheme, parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme, 0)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        is_sound = parts.port != 0
    except ValueError:
        return None
    return parts if is_sound and URL_PATTERN.fullmatch(url) else None


def _read_address(text: str) -> Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _reached(address: Address) -> Iterator[Address]:
    """The address, or the IPv4 address that is reached through it."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        yield address.ipv4_mapped
    elif isinstance(address, IPv6Address) and address in TRANSLATED:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    else:
        yield address


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast and not _is_in(address, SPECIAL)


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
