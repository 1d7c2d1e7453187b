"""`pull`: a verified copy of a registry. `verify`: proof that a registry or a copy is whole."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import httpx
import typer

from registry_client.cli.codes import Code
from registry_client.cli.mirror.folder import Folder
from registry_client.cli.mirror.pulling import Pull
from registry_client.cli.mirror.verifying import Fault, Report, Verifier
from registry_client.cli.options import reading, register
from registry_client.cli.session import Reading, cache_of, make_client
from registry_client.cli.settings import ReadSettings
from registry_client.cli.texts import counted, size_text
from registry_client.core.trust import Keys, parse_keys, pinned_keys
from registry_client.errors import RegistryInvalid
from registry_client.transport import HEADERS, Fetcher


def add_commands(app: typer.Typer) -> None:
    register(app, "pull", reading, pull_mirror)
    register(app, "verify", reading, verify_tree, address="tree")


def pull_mirror(
    session: Reading,
    *,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Made if it is not there.")],
    prune: Annotated[bool, typer.Option("--prune", help="Remove what the live snapshot does not need.")] = False,
) -> None:
    """Copy the registry into a folder.

    Clients and web servers can read it. Every file is verified; what is there and right is not fetched again; the
    pointer is written last. Run it again to bring it up to date.
    """
    target = Folder(folder)
    target.open()
    with target.locked(), session.quiet_client() as client, session.screen.progress() as bar:
        bar.begin("Asking")
        client.refresh()
        pulled = Pull(client, target, bar, prune=prune).run()
    counts = {name: pulled.counts[name] for name in ("fetched", "bytes", "written", "removed")}
    if session.screen.as_json:
        session.screen.json(
            {"serial": pulled.serial, "folder": str(folder.absolute()), "entries": pulled.entries, **counts}
        )
        return
    changed = f"{counted(counts['written'], 'file')} written" if counts["written"] else "nothing was missing"
    removed = f", {counts['removed']} removed" if prune else ""
    session.screen.line(f"{folder} has serial {pulled.serial}: {counted(pulled.entries, 'entry', 'entries')}")
    fetched = f"{counted(counts['fetched'], 'file')} fetched ({size_text(counts['bytes'])})"
    session.screen.note(f"{fetched}, {changed}{removed}.")


def verify_tree(
    session: Reading,
    *,
    tree: Annotated[
        str | None, typer.Argument(metavar="TREE", help="An address, or a mirror's folder; --url unless given.")
    ] = None,
) -> int:
    """Prove that a registry is whole.

    Reads everything that is published and lists every fault: signature, digests, index, bundles, copies, manifest.

    Without --keys the keys are those that were remembered when the registry was first seen, else its own.
    """
    settings = session.settings
    fetcher = Fetcher(
        lambda: httpx.Client(timeout=settings.timeout_seconds, headers=HEADERS),
        timeout_seconds=settings.timeout_seconds,
    )
    trusted, whose = _trusted_keys(settings)
    fetcher.open()
    try:
        with session.screen.progress() as bar:
            report = Verifier(fetcher.fetch, settings.url, bar, trusted=trusted).run()
    finally:
        fetcher.close()
    if session.screen.as_json:
        session.screen.json(_as_json(settings.url, report, whose))
    else:
        _show(session, report, whose)
    if not report.faults:
        return Code.OK
    return Code.UNAVAILABLE if report.is_unreachable else Code.REFUSED


def _trusted_keys(settings: ReadSettings) -> tuple[Keys | None, str]:
    """Whose signature counts, and where that is known from: pinned, remembered or its own."""
    if settings.keys is not None:
        # The client says what is wrong with them.
        make_client(settings).close()
        return pinned_keys(settings.keys), "pinned"
    cache = cache_of(settings)
    kept = cache.load() if cache else None
    if kept and kept.keys:
        try:
            return parse_keys(kept.keys), "remembered"
        except RegistryInvalid:
            pass
    return None, "its own"


def _as_json(url: str, report: Report, whose: str) -> dict[str, object]:
    return {
        "tree": url,
        "valid": not report.faults,
        "serial": report.serial,
        "published_at": report.published_at,
        "expires_at": report.expires_at,
        "keys": {"source": whose, "kids": report.keys},
        "checked": dict(sorted(report.checked.items())),
        "faults": [_fault(fault) for fault in report.faults],
    }


def _fault(fault: Fault) -> dict[str, str]:
    return {"path": fault.path, "code": fault.code, "message": fault.message}


def _show(session: Reading, report: Report, whose: str) -> None:
    screen = session.screen
    screen.rows(("File", "Fault", ""), _fault_rows(report.faults))
    checked = ", ".join(f"{count} {kind}" for kind, count in sorted(report.checked.items()))
    if report.faults:
        screen.note(f"{counted(len(report.faults), 'fault')}. Read: {checked or 'nothing'}.", style="red")
        return
    screen.line(f"Serial {report.serial} is whole: {checked}.", style="green")
    if whose == "its own":
        screen.note("It was judged by its own keys.json; --keys says who should have signed it.")


def _fault_rows(faults: Iterable[Fault]) -> list[tuple[str, str, str]]:
    return [(fault.path, fault.code, fault.message.removeprefix(f"{fault.path}: ")) for fault in faults]
