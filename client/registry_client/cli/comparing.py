"""`compare`: entries side by side. `diff`: what differs between two serials."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import typer

from registry_client.cli.catalog import NameArgument
from registry_client.cli.completion import complete_entries
from registry_client.cli.differences import (
    ABSENT,
    Member,
    compare_members,
    compare_whole,
    differing,
    pointer_name,
    shown,
)
from registry_client.cli.entries import Entry, find_entry, sort_members
from registry_client.cli.options import reading, register
from registry_client.cli.screen import Screen
from registry_client.cli.session import Reading
from registry_client.cli.texts import counted, member_text, range_text, value_text
from registry_client.client import RegistryClient
from registry_client.core.archive import EntryChange
from registry_client.core.content import parse_object
from registry_client.core.shapes import IndexLine, Snapshot

VERBS = ("added", "changed", "removed")
SIGNS = {"added": "+", "changed": "~", "removed": "-"}
STYLES = {"added": "green", "changed": "yellow", "removed": "red"}
# A config schema fills screens; compare shows that it differs, show and --json show it whole.
LONGEST_VALUE = 400
AT_ONCE = 8


def add_commands(app: typer.Typer) -> None:
    register(app, "compare", reading, compare_entries)
    register(app, "diff", reading, diff_serials)


def compare_entries(
    session: Reading,
    *,
    first: NameArgument,
    second: NameArgument,
    third: Annotated[
        str | None, typer.Argument(metavar="ENTRY", show_default=False, autocompletion=complete_entries)
    ] = None,
    every_member: Annotated[bool, typer.Option("--all", help="Equal members, too.")] = False,
) -> None:
    """Compare two or three entries, member by member."""
    with session.client() as client:
        entries = [find_entry(client, name) for name in (first, second, third) if name is not None]
        documents = [entry.document for entry in entries]
        # People read a schema as a list of settings, programs member by member.
        members = compare_members(documents) if session.screen.as_json else compare_whole(documents)
        if not every_member:
            members = [member for member in members if not member.is_equal]
        if session.screen.as_json:
            session.screen.json(_compared(client, entries, members))
            return
        _show_members(session.screen, [entry.key for entry in entries], members)


def diff_serials(
    session: Reading,
    *,
    old: Annotated[int, typer.Argument(min=1, metavar="SERIAL", help="The earlier serial.")],
    new: Annotated[
        int | None, typer.Argument(min=1, metavar="SERIAL", help="The later one; the live one unless said.")
    ] = None,
) -> None:
    """What differs between two serials.

    Lists the entries that were added, changed and removed, and the members that differ.
    """
    with session.client() as client, session.screen.progress() as bar:
        bar.begin("Snapshots")
        later = client.get_snapshot(new)
        earlier = client.get_snapshot(old)
        changes = client.get_changes(earlier, later)
        bar.begin("Documents", len(changes))
        described = _describe(client, changes, bar.advance)
    if session.screen.as_json:
        session.screen.json(_as_json(earlier, later, changes, described))
        return
    for change in changes:
        _show_change(session.screen, change, described.get(change.key, []))
    counts = ", ".join(f"{sum(change.verb == verb for change in changes)} {verb}" for verb in VERBS)
    session.screen.note(f"Serial {earlier.serial} to {later.serial}: {counts}.")


def _compared(client: RegistryClient, entries: Sequence[Entry], members: Sequence[Member]) -> dict[str, Any]:
    return {
        "serial": client.snapshot_serial,
        "keys": [entry.key for entry in entries],
        "members": [
            {
                "path": member.path,
                "equal": member.is_equal,
                "values": [shown(value) for value in member.values],
                "present": [value is not ABSENT for value in member.values],
            }
            for member in members
        ],
    }


def _show_members(screen: Screen, keys: Sequence[str], members: Sequence[Member]) -> None:
    if not members:
        screen.note("They do not differ.")
        return
    by_name = {pointer_name(member.path): member for member in members}
    members = [by_name[name] for name in sort_members(by_name)]
    rows = [(pointer_name(member.path), *(_cell(member.path, value) for value in member.values)) for member in members]
    styles = ["dim" if member.is_equal else "" for member in members]
    names = [key.rpartition("/")[2] for key in keys]
    screen.rows(("", *(names if len(set(names)) == len(names) else keys)), rows, styles=styles)


def _cell(path: str, value: Any) -> str:
    return "-" if value is ABSENT else member_text(pointer_name(path), value)


def _describe(client: RegistryClient, changes: Sequence[EntryChange], advance: Any) -> Mapping[str, list[Member]]:
    """Key -> members that differ, of the entries that are in both."""

    def read(line: IndexLine) -> dict[str, Any]:
        return parse_object(line.file.path, client.fetch_object(line.sha256))

    def describe(change: EntryChange) -> tuple[str, list[Member]]:
        advance()
        if change.old is None or change.new is None:
            return change.key, []
        return change.key, differing(read(change.old), read(change.new))

    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        return dict(pool.map(describe, changes))
    finally:
        pool.shutdown(cancel_futures=True)


def _as_json(
    earlier: Snapshot, later: Snapshot, changes: Sequence[EntryChange], described: Mapping[str, list[Member]]
) -> dict[str, Any]:
    """As `GET /snapshots/{a}/diff/{b}` of the API has it, without pages."""
    return {
        "from": earlier.serial,
        "to": later.serial,
        "counts": {verb: sum(change.verb == verb for change in changes) for verb in VERBS},
        "entries": [
            {"key": change.key, "change": change.verb, "differences": _differences(described.get(change.key, []))}
            for change in changes
        ],
    }


def _differences(members: Sequence[Member]) -> list[dict[str, Any]]:
    pairs = [(member.path, *member.values) for member in members]
    return [{"path": path, "before": shown(before), "after": shown(after)} for path, before, after in pairs]


def _show_change(screen: Screen, change: EntryChange, members: Sequence[Member]) -> None:
    screen.line(f"{SIGNS[change.verb]} {change.key}", style=STYLES[change.verb])
    for member in members:
        show_difference(screen, member.path, *member.values)


def show_difference(screen: Screen, path: str, before: Any, after: Any) -> None:
    """A member of a changed entry, below its line."""
    old, new = (_short(path, value) for value in (before, after))
    screen.paragraph(f"{pointer_name(path)}: {old} -> {new}", indent=4)


def _short(path: str, value: Any) -> str:
    """As it is, but for what is as long as a schema."""
    if value is ABSENT or value is None:
        return "(none)"
    text = range_text(value, unit="$") if path.endswith("_range") else value_text(value)
    if len(text) <= LONGEST_VALUE:
        return text
    return f"({counted(len(text), 'character')} of JSON: --json shows all)" if isinstance(value, dict | list) else text
