"""The peer: a client as simple programs have it. One file a document, one after the other, a session for each."""

import ssl
import time
from typing import Any

import aiohttp


class SimpleClient:
    """Follows the manifest to the fixed paths; remembers each answer for `ttl_seconds`, and checks nothing."""

    def __init__(self, url: str, *, trust: ssl.SSLContext, ttl_seconds: float = 300) -> None:
        self._url, self._trust, self._ttl_seconds = url, trust, ttl_seconds
        self._kept: dict[str, tuple[Any, float]] = {}

    async def get_all_providers(self) -> list[dict[str, Any]]:
        manifest = await self._fetch("manifest.json")
        return [
            await self._fetch(f"providers/{category}/{name}.json")
            for category, names in manifest["providers"].items()
            for name in names
        ]

    async def _fetch(self, path: str) -> Any:
        content, fetched_at = self._kept.get(path, (None, float("-inf")))
        if time.monotonic() - fetched_at < self._ttl_seconds:
            return content
        address = f"{self._url}/{path}"
        async with aiohttp.ClientSession() as session, session.get(address, ssl=self._trust) as response:
            response.raise_for_status()
            content = await response.json()
        self._kept[path] = (content, time.monotonic())
        return content
