"""Web addresses: read once, by a pattern that no other parser reads in another way."""

import re
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from deployments.contract import PermanentError

DEFAULT_PORTS = {"http": 80, "https": 443}
# No more than all parsers of URLs agree on: what is judged here is parsed again by httpx, git and curl.
URL_PATTERN = re.compile(
    r"[a-z][a-z0-9+.-]*://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?([/?#][!-\[\]-~]*)?"
)


class Origin(NamedTuple):
    """Who gets to see what is sent there. Reference: RFC 6454."""

    scheme: str
    host: str
    port: int


def split_url(url: str) -> SplitResult | None:
    """Its parts, a host among them; None if it is no complete web address, or holds a user name."""
    try:
        parts = urlsplit(url)
        is_sound = parts.port != 0
    except ValueError:
        return None
    return parts if is_sound and parts.hostname and URL_PATTERN.fullmatch(url) else None


def origin_of(url: str) -> Origin:
    """All of it empty for what `split_url` refuses; the port is 0 if neither URL nor scheme says it."""
    parts = split_url(url) or urlsplit("")
    return Origin(parts.scheme, parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme, 0))


def read_origin(url: str) -> Origin:
    """As `origin_of`, of a URL that HTTP can be spoken to. Raises PermanentError."""
    origin = origin_of(url)
    if origin.scheme not in DEFAULT_PORTS:
        raise PermanentError(
            f"{show_url(url)} is no complete web address.",
            hint="Begin with https:// and a host; user name and password are secrets of the service.",
        )
    return origin


def show_url(url: str) -> str:
    """A URL for messages and logs: what could hold a secret (user, password, query) is left out."""
    parts = split_url(url)
    if parts is None:
        return "The address"
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{bracketed(parts.hostname or '')}{port}{parts.path}"


def bracketed(host: str) -> str:
    """A host as it stands before a port."""
    return f"[{host}]" if ":" in host else host
