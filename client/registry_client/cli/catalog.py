"""`list`, `show`, `search`, `stacks`: what is published."""

from collections.abc import Sequence
from typing import Annotated, Any, cast

import typer

from registry_client.cli.completion import complete_categories, complete_entries
from registry_client.cli.entries import (
    EVERY_STATE,
    HEADINGS,
    KINDS,
    Entry,
    all_entries,
    entry_of,
    find_entry,
    sort_members,
)
from registry_client.cli.options import reading, register
from registry_client.cli.session import Reading
from registry_client.cli.texts import counted, member_text, range_text, value_text
from registry_client.client import RegistryClient
from registry_client.core.searching import Kind
from registry_client.errors import EntryNotFound

STACK_HEADINGS = ("Stack", "$/month", "$ setup", "Complexity", "Name", "Engines")
NARROW, WIDE = 4, 110


def read_kind(given: str | None) -> str | None:
    """`provider` or `providers`, as people say it."""
    if given is None or given.removesuffix("s") in KINDS:
        return given and given.removesuffix("s")
    raise typer.BadParameter(f"{given} is none of {', '.join(KINDS)}.")


def complete_kinds(incomplete: str) -> list[str]:
    return [kind for kind in KINDS if kind.startswith(incomplete)]


KindArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="KIND", help="provider, builder or stack.", callback=read_kind, autocompletion=complete_kinds
    ),
]
KindOption = Annotated[
    str | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="provider, builder or stack.",
        callback=read_kind,
        autocompletion=complete_kinds,
    ),
]
CategoryOption = Annotated[str | None, typer.Option("--category", metavar="NAME", help="Only this type or category.")]
NameArgument = Annotated[
    str,
    typer.Argument(
        metavar="ENTRY", help="A key, or as much of its end as is unique: sanity.", autocompletion=complete_entries
    ),
]


def add_commands(app: typer.Typer) -> None:
    register(app, "list", reading, list_entries)
    register(app, "show", reading, show_entry)
    register(app, "search", reading, search_entries)
    register(app, "stacks", reading, list_stacks)


def list_entries(session: Reading, *, kind: KindArgument = None, category: CategoryOption = None) -> None:
    """List what is published."""
    with session.client() as client:
        found = [
            entry for entry in all_entries(client) if kind in (None, entry.kind) and category in (None, entry.category)
        ]
        _show_list(session, client, found)


def show_entry(session: Reading, *, name: NameArgument) -> None:
    """Show one entry.

    With --json: its document, as it is published.
    """
    with session.client() as client:
        entry = find_entry(client, name)
        if session.screen.as_json:
            session.screen.json(entry.document)
            return
        session.screen.facts({"key": entry.key, **_facts(entry)})


def search_entries(  # noqa: PLR0913 - each is an option
    session: Reading,
    *,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="WORD...", help="All of them stand in an entry's texts.")
    ] = None,
    kind: KindOption = None,
    category: CategoryOption = None,
    feature: Annotated[
        list[str] | None, typer.Option("--feature", metavar="NAME", help="It has this feature; repeatable.")
    ] = None,
    market: Annotated[
        list[str] | None, typer.Option("--market", metavar="NAME", help="It is for this market; repeatable.")
    ] = None,
    engine: Annotated[
        str | None, typer.Option("--engine", metavar="NAME", help="It works with this static site generator.")
    ] = None,
    complexity: Annotated[
        str | None, typer.Option("--complexity", metavar="LEVEL", help="Its complexity_level.")
    ] = None,
    max_cost: Annotated[
        int | None, typer.Option("--max-cost", min=0, metavar="DOLLARS", help="It starts at no more a month.")
    ] = None,
    every_state: Annotated[bool, typer.Option("--disabled", help="Disabled ones, too.")] = False,
) -> None:
    """Find entries by words and by what they offer."""
    with session.client() as client:
        documents = client.search(
            " ".join(words or ()),
            kind=cast(Kind | None, kind),
            category=category,
            features=feature or (),
            target_market=market or (),
            ssg_engine=engine,
            complexity=complexity,
            max_monthly_cost=max_cost,
            lifecycle=EVERY_STATE if every_state else EVERY_STATE[:2],
        )
        _show_list(session, client, [entry_of(document) for document in documents])


def list_stacks(
    session: Reading,
    *,
    category: Annotated[
        str | None,
        typer.Argument(
            metavar="CATEGORY", help="Only this category.", show_default=False, autocompletion=complete_categories
        ),
    ] = None,
) -> None:
    """List stacks with what they cost and need."""
    with session.client() as client:
        stacks = [entry_of(document) for document in client.get_stacks(category)]
        if category and not stacks:
            raise EntryNotFound(f"stacks/{category}")
        if session.screen.as_json:
            rows = [stack.summary() | _stack_members(stack) for stack in stacks]
            session.screen.json({"serial": client.snapshot_serial, "entries": rows})
            return
        # What does not fit beside each other is in `show`; a pipe gets all of it.
        shown = NARROW if session.screen.is_terminal and session.screen.out.width < WIDE else len(STACK_HEADINGS)
        session.screen.rows(STACK_HEADINGS[:shown], [_stack_fields(stack)[:shown] for stack in stacks])
        _tell_count(session, client, stacks)


def _show_list(session: Reading, client: RegistryClient, entries: Sequence[Entry]) -> None:
    if session.screen.as_json:
        rows = [entry.summary() for entry in entries]
        session.screen.json({"serial": client.snapshot_serial, "entries": rows})
        return
    # That all is well need not be said line by line.
    is_short = session.screen.is_terminal and all(entry.state == "active" for entry in entries)
    shown = len(HEADINGS) - 1 if is_short else len(HEADINGS)
    session.screen.rows(HEADINGS[:shown], [entry.fields()[:shown] for entry in entries])
    _tell_count(session, client, entries)


def _tell_count(session: Reading, client: RegistryClient, entries: Sequence[Entry]) -> None:
    if not entries:
        session.screen.note("Nothing fits.")
    elif session.screen.is_terminal:
        serial = client.snapshot_serial
        session.screen.note(counted(len(entries), "entry", "entries") + (f", serial {serial}" if serial else ""))


def _facts(entry: Entry) -> dict[str, str]:
    return {name: member_text(name, entry.document[name]) for name in sort_members(entry.document)}


def _stack_fields(stack: Entry) -> tuple[str, ...]:
    document = stack.document
    return (
        stack.key.removeprefix("stacks/"),
        range_text(document.get("monthly_cost_range")),
        range_text(document.get("setup_cost_range")),
        value_text(document.get("complexity_level")),
        stack.title,
        value_text(document.get("ssg_engine_options")),
    )


def _stack_members(stack: Entry) -> dict[str, Any]:
    names = ("setup_cost_range", "complexity_level", "ssg_engine_options", "target_market", "providers", "builder")
    return {name: stack.document.get(name) for name in names}
