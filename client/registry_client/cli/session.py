"""One run of a command: its screen, and the client or the API that it works with."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from registry_client.cli.api.http import Api
from registry_client.cli.codes import Code, CommandError
from registry_client.cli.screen import Screen
from registry_client.cli.settings import ApiSettings, ReadSettings
from registry_client.cli.texts import age_text
from registry_client.client import RegistryClient
from registry_client.core.trust import pinned_keys
from registry_client.disk import DiskCache
from registry_client.errors import RegistryInvalid, RegistryUnavailable
from registry_client.shell import cache_name

# Within one command nothing is asked twice; the next one asks again.
TTL_SECONDS = 3_600.0


class Collected(logging.Handler):
    """What the library logs, to be said once the command is through. Why it could not refresh is said in our words."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.module != "registry":
            self.said.append(record.getMessage())


@dataclass(frozen=True, slots=True)
class Reading:
    """For commands that read what is published."""

    screen: Screen
    settings: ReadSettings

    @contextmanager
    def client(self) -> Iterator[RegistryClient]:
        """One that has just asked the registry. If that failed, it reads the last good copy, and the screen says so."""
        with self.quiet_client() as client:
            try:
                client.refresh()
            except (RegistryUnavailable, RegistryInvalid) as error:
                # A read raises it again, unless there is a good copy.
                client.get_all_providers("none")
                self._tell_stale(client, error)
            yield client

    @contextmanager
    def quiet_client(self) -> Iterator[RegistryClient]:
        """One that has asked nothing yet; what it logs is said at the end."""
        logger, collected = logging.getLogger("registry_client"), Collected()
        logger.addHandler(collected)
        logger.propagate = False
        try:
            with make_client(self.settings) as client:
                yield client
            for text in collected.said:
                self.screen.warn(text)
        finally:
            logger.removeHandler(collected)
            logger.propagate = True

    def _tell_stale(self, client: RegistryClient, error: Exception) -> None:
        status = client.status()
        since = age_text(status.fetched_at, now=datetime.now(UTC)) if status.fetched_at else "an unknown time ago"
        self.screen.warn(f"{str(error).rstrip('.')}. This is the copy of serial {status.serial}, confirmed {since}.")


@dataclass(frozen=True, slots=True)
class Calling:
    """For commands that use the API."""

    screen: Screen
    settings: ApiSettings

    def api(self, *, needs_token: bool = True) -> Api:
        """Raises CommandError."""
        if needs_token and not self.settings.token:
            hint = "Put one into REGISTRY_TOKEN, or its file's name into REGISTRY_TOKEN_FILE; the admin makes them."
            raise CommandError(Code.NOT_ALLOWED, "This needs a token.", hint=hint)
        return Api(self.settings)


def cache_of(settings: ReadSettings) -> DiskCache | None:
    """The very cache that a client with these settings has. Raises CommandError."""
    if settings.cache_dir is None:
        return None
    with make_client(settings) as client:
        pinned = None if settings.keys is None else pinned_keys(settings.keys)
        return DiskCache(settings.cache_dir, name=cache_name(client.url, pinned))


def make_client(settings: ReadSettings) -> RegistryClient:
    """Raises CommandError for settings that the library refuses."""
    try:
        return RegistryClient(
            settings.url,
            mirrors=settings.mirrors,
            trusted_keys=settings.keys,
            cache_dir=settings.cache_dir,
            timeout_seconds=settings.timeout_seconds,
            ttl_seconds=TTL_SECONDS,
        )
    except (ValueError, TypeError) as error:
        raise CommandError(Code.USAGE, str(error)) from error
