"""What a command is told beside its own arguments.

An option goes before its environment variable, that before the default.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from registry_client.cli.codes import Code, CommandError
from registry_client.disk import default_cache_dir

API_PATH = "/api/v1"
# A token in clear goes no further than this machine, unless somebody says so.
OWN_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
MAX_TOKEN_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How to read a registry. `cache_dir`: None for no cache. `keys`: what `trusted_keys` takes, None if not pinned."""

    url: str
    mirrors: tuple[str, ...]
    keys: Any
    cache_dir: Path | None
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """How to reach its API. `url` ends with `/api/v1`; `token` is None if there is none."""

    url: str
    token: str | None
    timeout_seconds: float


def read_settings(
    *,
    url: str | None,
    mirror: Sequence[str] | None,
    keys: Path | None,
    cache_dir: Path | None,
    no_cache: bool,
    timeout: float,
) -> ReadSettings:
    """Raises CommandError for what cannot be meant."""
    if not url:
        hint = "Set REGISTRY_URL or pass --url: an address such as https://registry.example.com, or a mirror's folder."
        raise CommandError(Code.USAGE, "No registry was named.", hint=hint)
    return ReadSettings(
        url=address_of(url),
        mirrors=tuple(address_of(one) for one in mirror or ()),
        keys=_read_keys(keys) if keys else None,
        cache_dir=None if no_cache else cache_dir or default_cache_dir(),
        timeout_seconds=timeout,
    )


def api_settings(*, api_url: str | None, timeout: float) -> ApiSettings:
    """Raises CommandError."""
    if not api_url:
        hint = "Set REGISTRY_API_URL or pass --api-url, such as https://registry-admin.example.com/api/v1"
        raise CommandError(Code.USAGE, "No API was named.", hint=hint)
    parts = urlsplit(api_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise CommandError(Code.USAGE, f"{api_url!r} is no address of an API.", hint="It begins with https://")
    if parts.username or parts.password:
        raise CommandError(Code.USAGE, "The API's address has a password in it.", hint="Put a token in REGISTRY_TOKEN.")
    url = api_url.rstrip("/") + (API_PATH if parts.path in ("", "/") else "")
    token = read_token()
    if token and parts.scheme == "http" and parts.hostname not in OWN_HOSTS and not _allows_http():
        hint = "Use https://, or set REGISTRY_ALLOW_HTTP=1 where nobody else can listen."
        raise CommandError(Code.USAGE, f"The token would go to {parts.hostname} in clear.", hint=hint)
    return ApiSettings(url, token, timeout)


def read_token() -> str | None:
    """From REGISTRY_TOKEN, else from the file REGISTRY_TOKEN_FILE; never from an argument, which everybody can see."""
    token, file = os.environ.get("REGISTRY_TOKEN", "").strip(), os.environ.get("REGISTRY_TOKEN_FILE", "")
    if not token and file:
        with Path(file).open("rb") as opened:
            token = opened.read(MAX_TOKEN_BYTES).decode(errors="replace").strip()
    if not token:
        return None
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise CommandError(Code.USAGE, "The token has characters that no token has.", hint="Check REGISTRY_TOKEN.")
    return token


def address_of(given: str) -> str:
    """An address as it is; a folder as its `file:` address."""
    return given if "://" in given else Path(given).absolute().as_uri()


def _read_keys(path: Path) -> Any:
    try:
        keys = json.loads(path.read_bytes())
    except OSError as error:
        raise CommandError(Code.USAGE, f"The keys cannot be read: {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(Code.USAGE, f"{path} is no JSON: {error}", hint="A keys.json, or a list of keys.") from error
    if not isinstance(keys, dict | list):
        raise CommandError(Code.USAGE, f"{path} has no keys.", hint="A keys.json, or a list of keys.")
    return keys


def _allows_http() -> bool:
    return os.environ.get("REGISTRY_ALLOW_HTTP", "").lower() in ("1", "true", "yes", "on")
