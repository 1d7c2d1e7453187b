"""Names for the shell, from what is on this disk: whoever presses a key twice must not wait for a network."""

import logging
import os
from pathlib import Path

import httpx

from registry_client.cli.entries import EVERY_STATE, Entry, entry_of
from registry_client.cli.settings import ReadSettings, read_settings
from registry_client.client import RegistryClient


def complete_entries(incomplete: str) -> list[str]:
    """Keys that begin with it, and names that are unique."""
    keys = [entry.key for entry in _kept_entries()]
    names = [key.rpartition("/")[2] for key in keys]
    return sorted(
        {key for key in keys if key.startswith(incomplete)}
        | {name for name in names if name.startswith(incomplete) and names.count(name) == 1}
    )


def complete_categories(incomplete: str) -> list[str]:
    """Categories of stacks."""
    return sorted({e.category for e in _kept_entries() if e.kind == "stack" and e.category.startswith(incomplete)})


def _kept_entries() -> list[Entry]:
    """Empty for whatever goes wrong: a shell has no place for messages."""
    url = os.environ.get("REGISTRY_URL")
    if not url:
        return []
    logging.getLogger("registry_client").disabled = True
    try:
        settings = _settings(url)
        with RegistryClient(
            settings.url,
            cache_dir=settings.cache_dir,
            trusted_keys=settings.keys,
            ttl_seconds=float("inf"),
            transport=httpx.MockTransport(_refuse),
        ) as client:
            return [entry_of(document) for document in client.search(lifecycle=EVERY_STATE)]
    except Exception:  # noqa: BLE001 - see above
        return []
    finally:
        logging.getLogger("registry_client").disabled = False


def _settings(url: str) -> ReadSettings:
    keys, folder = os.environ.get("REGISTRY_KEYS"), os.environ.get("REGISTRY_CACHE_DIR")
    return read_settings(
        url=url,
        mirror=None,
        keys=Path(keys) if keys else None,
        cache_dir=Path(folder) if folder else None,
        no_cache=False,
        timeout=1.0,
    )


def _refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("Completion asks nobody.", request=request)
