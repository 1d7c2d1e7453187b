"""The environment, parsed once at the door: every value a deployment may choose, with its embedded default.

Nothing here raises. A value that cannot be used is replaced by its default and kept as a `Problem`, which
`catalog.checks` reports as a system check with an id and a hint, instead of a traceback at import time.
"""

import os
import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import environ

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"", "0", "false", "no", "off"})
BROKER_SCHEMES = frozenset({"redis", "rediss", "sentinel", "amqp", "amqps", "filesystem"})
PASSPHRASE_PATTERN = re.compile(r"[\x21-\x7e]{16,512}")
TABLE_PATTERN = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
BUCKET_PATTERN = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Problem:
    """One value of the environment that cannot be used: check id, what is wrong, what to do."""

    id: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """Where the published tree lives: a folder (`bucket` empty) or a bucket with a prefix (`folder` None)."""

    folder: Path | None = None
    bucket: str = ""
    prefix: str = ""


@dataclass(slots=True)
class Environment:
    """Reads values out of `variables` and collects what is wrong with them in `problems`."""

    variables: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def text(self, name: str, *, default: str = "") -> str:
        return self.variables.get(name, "").strip() or default

    def secret(self, name: str, *, kept_in: Path | None) -> str:
        """The secret that is given, else one made here: for good in `kept_in` (mode 0600), or for this process only."""
        if self.text(name) or kept_in is None:
            return self.text(name) or secrets.token_urlsafe(64)
        # A folder that cannot be written to has been reported by `folder`.
        with suppress(OSError):
            if not kept_in.exists():
                kept_in.touch(mode=0o600)
                kept_in.write_text(secrets.token_urlsafe(64))
            return kept_in.read_text()
        return secrets.token_urlsafe(64)

    def passphrase(self, name: str) -> str:
        """A secret that programs send in a header, or an empty text; it is not shown if it cannot be one."""
        text = self.text(name)
        if not text or PASSPHRASE_PATTERN.fullmatch(text):
            return text
        self.problems.append(
            Problem(
                "registry.E008",
                f"{name} is too short, or has characters that no header can hold.",
                "Use 16 or more letters and digits, such as openssl rand -hex 24 prints.",
            )
        )
        return ""

    def folder(self, name: str, *, default: Path, holds: str) -> Path:
        """A folder that this process may write to, with the folder `holds` in it; both are made if they are missing."""
        folder = Path(self.text(name, default=str(default)))
        with suppress(OSError):
            (folder / holds).mkdir(parents=True, exist_ok=True)
        if not all(os.access(place, os.W_OK | os.X_OK) for place in (folder, folder / holds)):
            self.problems.append(
                Problem(
                    "registry.E006",
                    f"{name} is {str(folder)!r}, which this process cannot make or write to.",
                    "Use a folder that belongs to the user that runs the registry.",
                )
            )
        return folder

    def words(self, name: str) -> list[str]:
        """A comma-separated list; empty parts are dropped."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def flag(self, name: str) -> bool:
        word = self.text(name).lower()
        if word not in TRUE_WORDS | FALSE_WORDS:
            self.problems.append(
                Problem("registry.E001", f"{name} is {word!r}, which is neither yes nor no.", "Use true or false.")
            )
        return word in TRUE_WORDS

    def networks(self, name: str) -> list[IPv4Network | IPv6Network]:
        """A comma-separated list of networks and single addresses."""
        found = []
        for word in self.words(name):
            try:
                found.append(ip_network(word))
            except ValueError:
                self.problems.append(
                    Problem(
                        "registry.E015", f"{name} has {word!r}, which is no network.", "Use 10.20.0.0/16 or fd12::/48."
                    )
                )
        return found

    def choice(self, name: str, *, choices: Sequence[str], default: str) -> str:
        word = self.text(name, default=default)
        if word in choices:
            return word
        self.problems.append(
            Problem("registry.E009", f"{name} is {word!r}, which there is not.", f"Use {' or '.join(choices)}.")
        )
        return default

    def number(self, name: str, *, default: int, least: int, most: int) -> int:
        text = self.text(name, default=str(default))
        if text.isdecimal() and least <= int(text) <= most:
            return int(text)
        self.problems.append(
            Problem("registry.E005", f"{name} is {text!r}.", f"Use a whole number from {least} to {most}.")
        )
        return default

    def megabytes(self, name: str, *, default: int, least: int = 1) -> int:
        """A number of megabytes, as bytes."""
        return self.number(name, default=default, least=least, most=10_000_000) << 20

    def database(self, name: str, *, default: str) -> dict[str, Any]:
        """Django's description of the database behind a URL such as `postgres://user:pass@host/name`."""
        url = self.text(name, default=default)
        # A port that is no number raises.
        with suppress(ValueError):
            if _split(url).scheme in {"sqlite", "postgres", "postgresql"}:
                database = dict(environ.Env.db_url_config(url))
                if database["NAME"]:
                    return database
        self.problems.append(
            Problem(
                "registry.E002",
                f"{name} does not name a database that the registry runs on.",
                "Use postgres://user:password@host:5432/name or sqlite:////path/to/file.",
            )
        )
        return dict(environ.Env.db_url_config(default))

    def broker(self, name: str, *, default: str) -> str:
        """The URL of a message broker; several of a cluster are separated by semicolons."""
        text = self.text(name, default=default)
        if all(_is_broker(url) for url in text.split(";")):
            return text
        # The URL may hold a password: it is not shown.
        self.problems.append(
            Problem(
                "registry.E007",
                f"{name} names no broker that Celery can speak to.",
                "Use redis://:password@host:6379/0.",
            )
        )
        return default

    def table(self, name: str, *, default: str) -> str:
        """The name of a table of DynamoDB."""
        text = self.text(name, default=default)
        if TABLE_PATTERN.fullmatch(text):
            return text
        self.problems.append(
            Problem(
                "registry.E016",
                f"{name} is {text[:80]!r}, which can be no table's name.",
                "Use 3 to 255 letters, digits, dots, hyphens and underscores.",
            )
        )
        return default

    def store(self, name: str, *, default: Path) -> StoreAddress:
        """`file:///folder` or `s3://bucket/prefix`."""
        text = self.text(name)
        if not text:
            return StoreAddress(folder=default)
        url = _split(text)
        if url.scheme == "file" and not url.netloc and len(url.path) > 1:
            return StoreAddress(folder=Path(unquote(url.path)))
        if url.scheme == "s3" and BUCKET_PATTERN.fullmatch(url.netloc):
            return StoreAddress(bucket=url.netloc, prefix=url.path.strip("/"))
        self.problems.append(
            Problem(
                "registry.E003",
                f"{name} is {text!r}, which names neither a folder nor a bucket.",
                "Use file:///absolute/folder or s3://bucket/prefix.",
            )
        )
        return StoreAddress(folder=default)

    def web_address(self, name: str) -> str:
        """An http(s) address without the slash at its end, or an empty text."""
        text = self.text(name).rstrip("/")
        if not text or _is_web_address(text):
            return text
        self.problems.append(
            Problem(
                "registry.E004", f"{name} is {text!r}, which is no web address.", "Use https://host or leave it out."
            )
        )
        return ""


def cache_beside(broker: str, *, name: str) -> dict[str, Any]:
    """Django's description of a cache: in the Redis that is the broker, so that processes share it, else in this one.

    It never holds a request up for more than a moment.
    """
    if not broker.startswith(("redis://", "rediss://")) or ";" in broker:
        backend = "django.core.cache.backends.locmem.LocMemCache"
        return {"BACKEND": backend, "LOCATION": name, "OPTIONS": {"MAX_ENTRIES": 50_000}}
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        # Celery and redis-py spell the checking of certificates differently.
        "LOCATION": re.sub(r"(ssl_cert_reqs=)CERT_(\w+)", lambda found: found[1] + found[2].lower(), broker),
        "KEY_PREFIX": f"registry-{name}",
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }


def _is_broker(url: str) -> bool:
    # redis+socket:///run/redis.sock is a Redis, too.
    return "://" in url and url.partition("://")[0].partition("+")[0] in BROKER_SCHEMES and _has_sound_port(url)


def _is_web_address(text: str) -> bool:
    """Paths are appended to it: there can be nothing behind its own."""
    url = _split(text)
    is_base = not url.query and not url.fragment
    return url.scheme in {"http", "https"} and bool(url.hostname) and is_base and _has_sound_port(text)


def _has_sound_port(text: str) -> bool:
    try:
        return urlsplit(text).port != 0
    except ValueError:
        return False


def _split(text: str) -> SplitResult:
    """The parts of a URL; of what is no URL at all (`https://[`), none."""
    try:
        return urlsplit(text)
    except ValueError:
        return urlsplit("")
