"""`list`, `show`, `search`, `stacks`: what is published."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from registry_client.cli.completion import complete_categories, complete_entries
from registry_client.cli.entries import EVERY_STATE, HEADINGS, Entry, all_entries, entry_of, find_entry
from registry_client.cli.options import reading, register
from registry_client.cli.session import Reading
from registry_client.cli.texts import counted, range_text, value_text
from registry_client.client import RegistryClient
from registry_client.errors import EntryNotFound

# Shown first, in this order; all others follow as they stand.
FIRST = ("display_name", "tier_name", "description", "best_for", "lifecycle", "monthly_cost_range", "setup_cost_range")
STACK_HEADINGS = ("Stack", "Name", "$/month", "$ setup", "Complexity", "Engines")


class Kind(StrEnum):
    PROVIDER = "provider"
    BUILDER = "builder"
    STACK = "stack"


KindArgument = Annotated[
    Kind | None, typer.Argument(metavar="[KIND]", help="provider, builder or stack.", show_default=False)
]
KindOption = Annotated[Kind | None, typer.Option("--kind", help="Only these.")]
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
        list[str] | None, typer.Argument(metavar="[WORD...]", help="All of them stand in an entry's texts.")
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
            kind=kind.value if kind else None,
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
            metavar="[CATEGORY]", help="Only this category.", show_default=False, autocompletion=complete_categories
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
        session.screen.rows(STACK_HEADINGS, [_stack_fields(stack) for stack in stacks])
        _tell_count(session, client, stacks)


def _show_list(session: Reading, client: RegistryClient, entries: Sequence[Entry]) -> None:
    if session.screen.as_json:
        rows = [entry.summary() for entry in entries]
        session.screen.json({"serial": client.snapshot_serial, "entries": rows})
        return
    session.screen.rows(HEADINGS, [entry.fields() for entry in entries])
    _tell_count(session, client, entries)


def _tell_count(session: Reading, client: RegistryClient, entries: Sequence[Entry]) -> None:
    if not entries:
        session.screen.note("Nothing fits.")
    elif session.screen.is_terminal:
        serial = client.snapshot_serial
        session.screen.note(counted(len(entries), "entry", "entries") + (f", serial {serial}" if serial else ""))


def _facts(entry: Entry) -> dict[str, str]:
    names = [name for name in FIRST if name in entry.document]
    names += [name for name in entry.document if name not in FIRST]
    return {name: _fact(name, entry.document[name]) for name in names}


def _fact(name: str, value: Any) -> str:
    if name.endswith("_range"):
        return range_text(value, unit="$")
    if name == "lifecycle" and isinstance(value, dict):
        return ", ".join(f"{member}: {value[member]}" for member in value)
    if isinstance(value, dict) and all(isinstance(inner, list | str | int) for inner in value.values()):
        return "\n".join(f"{inner}: {value_text(value[inner])}" for inner in value)
    return value_text(value)


def _stack_fields(stack: Entry) -> tuple[str, ...]:
    document = stack.document
    return (
        stack.key.removeprefix("stacks/"),
        stack.title,
        range_text(document.get("monthly_cost_range")),
        range_text(document.get("setup_cost_range")),
        value_text(document.get("complexity_level")),
        value_text(document.get("ssg_engine_options")),
    )


def _stack_members(stack: Entry) -> dict[str, Any]:
    names = ("setup_cost_range", "complexity_level", "ssg_engine_options", "target_market", "providers", "builder")
    return {name: stack.document.get(name) for name in names}
