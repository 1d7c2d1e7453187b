"""What a connection lends a service: its settings, and its secrets, which go only where the connection says.

Whoever may make a service may name a connection. So what a connection fixes is not the service's to change, and where
the service says the address, it has to be one that the connection's `$addresses` begins. Pure.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from catalog.schemas.problems import Problem, pointer_to
from deployments.configs.schemas import is_reference
from deployments.contract import Backend
from deployments.models import BackendKind, Connection

ADDRESSES = "$addresses"
PORTS = {"http": 80, "https": 443}
# What says where to, in the schemas of packages that do not say `"format": "uri"` or `"x-address": true`.
ADDRESS_NAME = re.compile(r"url|uri|host|server|endpoint|address|domain", re.IGNORECASE)


class LentSecret(dict[str, str]):
    """A reference that stands in a connection's config: the connection's secret is meant, and no other reference is."""


def fixed_by(connection: Connection) -> dict[str, Any]:
    """The members that it gives a config."""
    return {name: value for name, value in connection.config.items() if name != ADDRESSES}


def config_on(connection: Connection, config: Mapping[str, Any]) -> dict[str, Any]:
    """The config with what the connection fixes in place of what it says itself; a secret of its own it keeps."""
    fixed = fixed_by(connection)
    own = {name for name, value in fixed.items() if is_reference(value) and is_reference(config.get(name))}
    return {**config, **{name: _lent(value) for name, value in fixed.items() if name not in own}}


def override_problems(connection: Connection, config: Mapping[str, Any]) -> list[Problem]:
    """The members by which a service's config says something else than the connection does."""
    fixed, merged = fixed_by(connection), config_on(connection, config)
    message = f"The connection {connection.name} fixes this: leave it out."
    return [
        Problem(pointer_to([name]), "fixed_by_connection", message)
        for name in fixed
        if name in config and merged[name] != config[name]
    ]


def lending_problems(connection: Connection, config: Mapping[str, Any], backend: Backend) -> list[Problem]:
    """Why the connection's secrets may not be used with a config, by the member; none if it would use none of them."""
    if not _lends(config_on(connection, config)):
        return []
    if connection.kind == BackendKind.BUILD:
        message = f"The connection {connection.name} names secrets, which whatever is built could read."
        return [Problem("", "secret_not_lent", message)]
    allowed = connection.config.get(ADDRESSES)
    return [
        Problem(pointer_to([name]), "address_not_lent", _refusal(connection, allowed))
        for name, default in _addresses_in(backend.info.schema)
        if name not in fixed_by(connection) and not _may_go(config.get(name, default), default, allowed)
    ]


def are_addresses(value: object) -> bool:
    """Whether it can be a list of `$addresses`: each one that something may lie below."""
    return isinstance(value, list) and all(_split(each) is not None for each in value)


def is_below(address: object, prefix: object) -> bool:
    """Whether an address is a prefix or lies below it: the same scheme, host and port, and a path by whole names."""
    found, wanted = _split(address), _split(prefix)
    if found is None or wanted is None or _origin(found) != _origin(wanted):
        return False
    path, above = found.path.rstrip("/") + "/", wanted.path.rstrip("/") + "/"
    return path.startswith(above)


def _may_go(address: object, default: object, allowed: object) -> bool:
    """Without a list, only what the backend does where nothing is said."""
    if allowed is None:
        return address == default
    return address is None or (isinstance(allowed, list) and any(is_below(address, each) for each in allowed))


def _refusal(connection: Connection, allowed: object) -> str:
    limit = f"goes only to {', '.join(map(str, allowed))}" if isinstance(allowed, list) else "goes to no such address"
    return f"The secret of the connection {connection.name} {limit}. Choose another connection, or bring a secret."


def _addresses_in(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Members that say where to, or hold one that does; with what the backend takes where they are left out."""
    for name, part in schema.get("properties", {}).items():
        if _is_address(name, part):
            yield name, part.get("default")


def _is_address(name: str, part: Any) -> bool:
    if not isinstance(part, Mapping):
        return False
    if "x-address" in part:
        return bool(part["x-address"])
    if part.get("format") == "uri" or (part.get("type") != "boolean" and ADDRESS_NAME.search(name)):
        return True
    return any(_is_address(*each) for each in part.get("properties", {}).items())


def _split(address: object) -> SplitResult | None:
    """None for what two programs might read differently."""
    if not isinstance(address, str) or re.search(r"[\s\\@?#\x00-\x20]", address):
        return None
    try:
        split = urlsplit(address)
        _ = split.port
    except ValueError:
        return None
    names = unquote(unquote(split.path)).split("/")
    is_plain = split.scheme in PORTS and split.hostname and not {".", ".."} & set(names) and "\\" not in "".join(names)
    return split if is_plain else None


def _origin(split: SplitResult) -> tuple[str, str | None, int | None]:
    return split.scheme, split.hostname, split.port or PORTS[split.scheme]


def _lent(value: Any) -> Any:
    if is_reference(value):
        return LentSecret(value)
    if isinstance(value, Mapping):
        return {name: _lent(child) for name, child in value.items()}
    return [_lent(child) for child in value] if isinstance(value, list) else value


def _lends(value: Any) -> bool:
    if isinstance(value, LentSecret):
        return True
    children = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(_lends(child) for child in children)
