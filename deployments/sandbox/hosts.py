"""Which hosts a sandboxed program may reach: names that are listed, and no private address behind a public name."""

import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings

from deployments.contract import PermanentError
from deployments.network.addresses import is_public
from deployments.network.urls import DEFAULT_PORTS, bracketed

WEB_PORTS = frozenset(DEFAULT_PORTS.values())


class Rules:
    """`hosts` are names or addresses, each with a port or for those of the web. A private address is reached if it is
    itself listed, or is that of one of `private`, names that whoever runs the registry has chosen.
    """

    def __init__(self, hosts: Iterable[str], *, private: Iterable[str] = ()) -> None:
        self._allowed = {place for host in hosts for place in _places(host)}
        self._private = {place for host in private for place in _places(host)}

    def allows(self, host: str, *, port: int) -> bool:
        return (_clean(host), port) in self._allowed

    def allows_address(self, host: str, *, port: int, address: str) -> bool:
        """Whether this address may be what the allowed host's name leads to."""
        return is_public(address) or (_clean(host), port) in self._private or _clean(host) == address


def npm_registry() -> str:
    """The address that npm installs from: the setting, else what npm on this machine is set to. No slash at its end."""
    given: str = settings.REGISTRY_NPM_REGISTRY
    return given or _ask_npm()


def npm_host() -> str:
    """Host of `npm_registry` with its port, as `Rules` takes it."""
    address = urlsplit(npm_registry())
    return f"{bracketed(address.hostname or '')}:{address.port or DEFAULT_PORTS.get(address.scheme, 443)}"


def private_hosts() -> list[str]:
    """What whoever runs the registry lets builds reach although it is private, once they list it."""
    has_npm = settings.REGISTRY_NPM_REGISTRY or shutil.which("npm")
    return [*settings.REGISTRY_SANDBOX_PRIVATE_HOSTS, *([npm_host()] if has_npm else [])]


@cache
def _ask_npm() -> str:
    """Runs npm, which takes half a second: once in each process."""
    npm = shutil.which("npm")
    if npm is None:
        raise PermanentError("There is no npm on this worker.", hint="Ask for the Debian package npm to be installed.")
    asked = subprocess.run(  # noqa: S603 a list, never a shell
        [npm, "config", "get", "registry"], capture_output=True, text=True, timeout=60, check=False
    )
    address = asked.stdout.strip().rstrip("/")
    if asked.returncode or not address.startswith(("http://", "https://")):
        raise PermanentError(
            "npm on this worker does not say which registry it uses.",
            hint="Ask whoever runs the registry to set REGISTRY_NPM_REGISTRY.",
        )
    return address


def split_place(text: str) -> tuple[str, int | None]:
    """Host and port of `name`, `name:443`, `10.0.0.1:80` or `[::1]:443`; no port is None. Raises ValueError."""
    parts = urlsplit(f"//{text}")
    if not parts.hostname or parts.path or parts.username is not None:
        raise ValueError(f"{text!r} is no host.")
    return _clean(parts.hostname), parts.port


def _places(text: str) -> set[tuple[str, int]]:
    host, port = split_place(text)
    return {(host, each) for each in (WEB_PORTS if port is None else {port})}


def _clean(host: str) -> str:
    return host.rstrip(".").lower()
