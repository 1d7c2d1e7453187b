"""`status`: what is read, how old it is and who signed it. `cache clear`: forget what was kept."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from registry_client.cli.codes import Code, describe_error
from registry_client.cli.options import reading, register
from registry_client.cli.session import Reading, cache_of
from registry_client.cli.settings import ReadSettings
from registry_client.cli.texts import age_text, counted, moment_text, size_text
from registry_client.core.status import Status
from registry_client.core.steps import Kept
from registry_client.core.trust import Key, parse_keys, pinned_keys
from registry_client.errors import RegistryInvalid, RegistryUnavailable


@dataclass(frozen=True, slots=True)
class Cached:
    """What is kept of one registry on this disk."""

    folder: Path
    files: int
    size_bytes: int


def add_commands(app: typer.Typer) -> None:
    register(app, "status", reading, show_status)
    cache = typer.Typer(help="What is kept on this disk.", no_args_is_help=True, rich_markup_mode=None)
    register(cache, "clear", reading, clear_cache)
    app.add_typer(cache, name="cache")


def show_status(session: Reading) -> int:
    """How the registry and its copy stand.

    Says which serial is read from where, how old it is, until when it holds, who signed it and what is kept.

    Ends with 3 or 1 if the registry cannot be read just now or is refused, whatever was kept of it.
    """
    failure: Exception | None = None
    with session.quiet_client() as client:
        try:
            client.refresh()
        except (RegistryUnavailable, RegistryInvalid) as error:
            failure = error
        status = client.status()
        kept = _kept(session.settings)
        keys = _keys(session.settings, kept)
        cached = _cached(session.settings)
        seen = "cdn" if failure is None else "disk" if status.serial else None
    if session.screen.as_json:
        session.screen.json(_as_json(session.settings, status, seen=seen, keys=keys, cached=cached, failure=failure))
    else:
        session.screen.facts(_facts(session.settings, status, seen=seen, keys=keys, cached=cached))
    if failure is None:
        return Code.OK
    told = describe_error(failure)
    session.screen.error(told)
    return told.code


def clear_cache(
    session: Reading,
    *,
    forget: Annotated[
        bool, typer.Option("--forget", help="Forget its keys and its highest serial, too: whom to trust is open again.")
    ] = False,
) -> None:
    """Remove kept copies.

    Which keys are trusted and which serial was seen is remembered, unless --forget.
    """
    cached = _cached(session.settings)
    removed = Cached(cached.folder if cached else Path(), 0, 0)
    if cached is not None:
        target = cached.folder if forget else cached.folder / "blobs"
        removed = _measure(target)
        if target.exists():
            shutil.rmtree(target)
    if session.screen.as_json:
        session.screen.json(
            {
                "folder": str(cached.folder) if cached else None,
                "removed": removed.files,
                "bytes": removed.size_bytes,
                "forgot": forget,
            }
        )
        return
    session.screen.line(f"Removed {counted(removed.files, 'file')}, {size_text(removed.size_bytes)}.")
    if not forget:
        session.screen.note("Its keys and its highest serial are remembered; --forget forgets them, too.")


def _kept(settings: ReadSettings) -> Kept | None:
    cache = cache_of(settings)
    return cache.load() if cache else None


def _cached(settings: ReadSettings) -> Cached | None:
    """None if there is no cache to look at."""
    cache = cache_of(settings)
    return _measure(cache.folder) if cache else None


def _measure(folder: Path) -> Cached:
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()] if folder.exists() else []
    return Cached(folder, len(sizes), sum(sizes))


def _keys(settings: ReadSettings, kept: Kept | None) -> tuple[str, list[Key]]:
    """Where they are known from, and the keys."""
    if settings.keys is not None:
        return "pinned", list(pinned_keys(settings.keys).values())
    try:
        return "remembered", list(parse_keys(kept.keys).values()) if kept and kept.keys else []
    except RegistryInvalid:
        return "remembered", []


def _as_json(
    settings: ReadSettings,
    status: Status,
    *,
    seen: str | None,
    keys: tuple[str, list[Key]],
    cached: Cached | None,
    failure: Exception | None,
) -> dict[str, Any]:
    now = datetime.now(UTC)
    age = (now - status.published_at).total_seconds() if status.published_at else None
    return {
        "url": settings.url,
        "mirrors": list(settings.mirrors),
        "serial": status.serial,
        "source": seen,
        "signed": status.signed,
        "published_at": moment_text(status.published_at),
        "age_seconds": int(age) if age is not None else None,
        "expires_at": moment_text(status.expires_at),
        "confirmed_at": moment_text(status.fetched_at),
        "keys": {"source": keys[0], "kids": [key.kid for key in keys[1]]},
        "cache": {"folder": str(cached.folder), "files": cached.files, "bytes": cached.size_bytes} if cached else None,
        "error": str(failure) if failure else None,
    }


def _facts(
    settings: ReadSettings, status: Status, *, seen: str | None, keys: tuple[str, list[Key]], cached: Cached | None
) -> dict[str, str]:
    where = {"cdn": "the registry", "disk": "the copy on this disk", None: "nowhere"}[seen]
    return {
        "Registry": settings.url,
        "Mirrors": "\n".join(settings.mirrors) or "none",
        "Serial": str(status.serial or "none"),
        "Read from": where,
        "Published": _when(status.published_at),
        "Holds until": _when(status.expires_at),
        "Confirmed": _when(status.fetched_at),
        "Signed": "yes, and verified" if status.signed else "no",
        "Keys": "\n".join(f"{key.kid} ({_validity(key, keys[0])})" for key in keys[1]) or "none",
        "Cache": f"{cached.folder}\n{counted(cached.files, 'file')}, {size_text(cached.size_bytes)}"
        if cached
        else "not used",
    }


def _validity(key: Key, source: str) -> str:
    return f"{source}, until {key.not_after:%Y-%m-%d}" if key.not_after else source


def _when(moment: datetime | None) -> str:
    return f"{moment_text(moment)} ({age_text(moment, now=datetime.now(UTC))})" if moment else "-"
