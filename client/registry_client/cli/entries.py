"""Entries as commands name and list them."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from registry_client.cli.codes import Code, CommandError
from registry_client.cli.texts import range_text
from registry_client.client import RegistryClient
from registry_client.core.searching import lifecycle_of
from registry_client.errors import EntryNotFound

KINDS = ("provider", "builder", "stack")
# What people read first, in this order; last what fills screens.
FIRST = ("display_name", "tier_name", "description", "best_for", "lifecycle", "monthly_cost_range", "setup_cost_range")
LAST = ("config_schema",)
EVERY_STATE = ("active", "deprecated", "disabled")
HEADINGS = ("Key", "Name", "$/month", "State")
MAX_GUESSES = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """A published document and the key that it is published under."""

    key: str
    document: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return self.key.partition("/")[0].removesuffix("s")

    @property
    def category(self) -> str:
        """A provider's type, a stack's or builder's category."""
        return self.key.split("/")[1] if self.key.count("/") == 2 else str(self.document.get("category", ""))

    @property
    def title(self) -> str:
        return str(self.document.get("display_name", self.key.rpartition("/")[2]))

    @property
    def state(self) -> str:
        return lifecycle_of(self.document)

    def fields(self) -> tuple[str, ...]:
        """Of one line of a list; see HEADINGS."""
        return self.key, self.title, range_text(self.document.get("monthly_cost_range")), self.state

    def summary(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "key": self.key,
            "kind": self.kind,
            "category": self.category,
            "name": self.key.rpartition("/")[2],
            "display_name": self.title,
            "lifecycle": self.state,
            "monthly_cost_range": self.document.get("monthly_cost_range"),
        }


def entry_of(document: Mapping[str, Any]) -> Entry:
    """A document says itself where it is published."""
    if "provider_name" in document:
        key = f"providers/{document.get('provider_type')}/{document['provider_name']}"
    elif "stack_name" in document:
        key = f"stacks/{document.get('category')}/{document['stack_name']}"
    else:
        key = f"builders/{document.get('builder_name')}"
    return Entry(key, document)


def sort_members(names: Iterable[str]) -> list[str]:
    """Names of a document's members as people read them."""
    listed = list(names)
    middle = [name for name in listed if name not in FIRST and name not in LAST]
    return [*(n for n in FIRST if n in listed), *middle, *(n for n in LAST if n in listed)]


def all_entries(client: RegistryClient) -> list[Entry]:
    """Of one snapshot, sorted by key."""
    return [entry_of(document) for document in client.search(lifecycle=EVERY_STATE)]


def find_entry(client: RegistryClient, name: str) -> Entry:
    """An entry by its key, an old key, or as much of its end as is unique (`cms/sanity`, `sanity`).

    Raises EntryNotFound, or CommandError: several have this name, or none, with what may be meant.
    """
    wanted = name.strip("/").removesuffix(".json")
    try:
        return entry_of(client.get_entry(wanted))
    except EntryNotFound as error:
        if error.reason is not None:
            raise
    entries = all_entries(client)
    found = [entry for entry in entries if entry.key.endswith(f"/{wanted}")]
    if not found and "/" not in wanted:
        found = _by_old_stack_name(client, wanted)
    if len(found) == 1:
        return found[0]
    if found:
        keys = ", ".join(entry.key for entry in found)
        raise CommandError(Code.USAGE, f"Several entries are called {wanted}.", hint=f"Say which: {keys}")
    raise CommandError(Code.NOT_FOUND, f"The registry has no {wanted}.", hint=_guess(wanted, entries))


def _by_old_stack_name(client: RegistryClient, name: str) -> list[Entry]:
    try:
        return [entry_of(client.get_stack_metadata(name))]
    except EntryNotFound as error:
        if error.reason is not None:
            raise
        return []


def _guess(wanted: str, entries: Iterable[Entry]) -> str:
    keys = [entry.key for entry in entries]
    names = {key.rpartition("/")[2]: key for key in keys}
    close = difflib.get_close_matches(wanted.rpartition("/")[2], names, n=MAX_GUESSES, cutoff=0.6)
    if close:
        return f"Did you mean {', '.join(names[name] for name in close)}?"
    return "registry list shows every key; registry search finds words."
