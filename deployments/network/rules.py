"""Which servers may be reached, judged by the addresses that their names lead to.

A name is looked up once for each connection; what it leads to is judged, and that is what is connected to. So a name
that leads elsewhere a moment later gains nothing.
"""

from dataclasses import dataclass

from deployments.contract import PermanentError
from deployments.network.addresses import (
    LookUp,
    Network,
    addresses_of,
    is_address,
    is_in,
    is_public,
    look_up,
    unmapped,
)
from deployments.network.urls import Origin, origin_of, show_url, split_url

NETWORKS_HINT = "If it is a server of your own, an administrator adds its network to REGISTRY_SOURCE_NETWORKS."


@dataclass(frozen=True, slots=True)
class Rules:
    """`schemes` that a URL may have; `hosts` it may name, all if empty (`.example.com` stands for all below it);
    `networks` that are allowed although they are not public, and may also have the `near_schemes`. If `home` is given,
    it is the one host that may be this machine, where `networks` allow that and it is written as an address or as
    localhost.
    """

    schemes: frozenset[str] = frozenset({"https"})
    hosts: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    home: str = ""
    near_schemes: frozenset[str] = frozenset()
    look_up: LookUp = look_up

    def problem_of(self, url: str) -> str:
        """Why this URL may not be used, as far as it can be told without a network; empty if it may."""
        schemes = self.schemes | self.near_schemes
        if "@" in url.partition("://")[2].partition("/")[0]:
            return "Addresses must not contain a user name or password; use a secret."
        if split_url(url) is None:
            return "It is no complete web address."
        origin = origin_of(url)
        if origin.scheme not in schemes:
            return f"Addresses must begin with {' or '.join(f'{scheme}://' for scheme in sorted(schemes))}."
        if not self._is_named(origin.host):
            return f"Sources are not fetched from {origin.host}; an administrator decides with REGISTRY_SOURCE_HOSTS."
        if is_address(origin.host) and not self._is_allowed(origin, origin.host):
            return f"{origin.host} is not a public address. {NETWORKS_HINT}"
        return ""

    def check(self, url: str) -> None:
        """Raise PermanentError if this URL may not be used. No network."""
        problem = self.problem_of(url)
        if problem:
            raise PermanentError(f"{show_url(url)} cannot be used.", hint=problem)

    def find_addresses(self, origin: Origin) -> tuple[str, ...]:
        """The addresses to connect to, at least one. Looks the name up.

        Raises PermanentError if one of them may not be connected to, TransientError if the name is not found.
        """
        addresses = addresses_of(origin.host, origin.port, look_up=self.look_up)
        for address in addresses:
            self._check_address(origin, address)
        return addresses

    def _check_address(self, origin: Origin, address: str) -> None:
        if not self._is_allowed(origin, address):
            raise PermanentError(f"{origin.host} is not at a public address, and not connected to.", hint=NETWORKS_HINT)
        is_near = self._is_near(origin, address)
        if origin.scheme not in self.schemes and not (is_near and origin.scheme in self.near_schemes):
            raise PermanentError(
                f"{origin.host} is not connected to without TLS.", hint="Begin its address with https://."
            )

    def _is_allowed(self, origin: Origin, address: str) -> bool:
        return self._is_near(origin, address) or is_public(address)

    def _is_near(self, origin: Origin, address: str) -> bool:
        if self.home and unmapped(address).is_loopback and not self._is_home(origin.host):
            return False
        return is_in(address, self.networks)

    def _is_home(self, host: str) -> bool:
        # By another name it would be this machine now, and something else when it is connected to.
        return host == self.home and (host == "localhost" or is_address(host))

    def _is_named(self, host: str) -> bool:
        return not self.hosts or any(
            host == known or (known.startswith(".") and host.endswith(known)) for known in self.hosts
        )
