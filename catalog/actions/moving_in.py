"""Move a hard-coded dictionary in: documents of what it says, written by one ordinary import; and its parity after."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from catalog.actions.errors import RefusedError
from catalog.actions.imports import import_documents, judge_documents
from catalog.actions.proposals import chunked, find_current
from catalog.actions.starter import read_starter_files
from catalog.documents.legacy.outcome import Choices, Mapped, Registry
from catalog.documents.legacy.parity import Parity, compare
from catalog.documents.legacy.stacks import map_dictionary, named_keys
from catalog.documents.mapping import Document, kind_of, references_of
from catalog.models import Alias, Import, Stack
from catalog.models.choices import Lifecycle


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What moving in would do. `rows` are those of an import, empty if there are complaints; `before` are the documents
    that are there, by key; `parity` is what it would be after it.
    """

    mapped: Mapped
    rows: list[dict[str, Any]]
    before: dict[str, Document]
    parity: Parity


def try_moving_in(source: Any, choices: Choices, *, by: User) -> Move:
    """The dry run: writes nothing. `source` is the dictionary, which may be anything."""
    registry = read_registry(source)
    mapped = map_dictionary(source, registry, choices)
    rows = [] if mapped.complaints else judge_documents(list(mapped.documents.values()), by=by)
    after = {**registry.documents, **mapped.documents}
    return Move(mapped=mapped, rows=rows, before=dict(registry.documents), parity=compare(source, mapped.keys, after))


def move_in(move: Move, *, file_name: str, note: str, by: User) -> Import:
    """Write what the dry run showed, in one import. Raises RefusedError; then nothing is written."""
    if move.mapped.complaints:
        raise RefusedError("Nothing is written while something of the dictionary would be lost.")
    seen = {row["key"]: row["number"] for row in move.rows}
    return import_documents(list(move.mapped.documents.values()), file_name=file_name, note=note, by=by, seen=seen)


def check_parity(source: Any, choices: Choices) -> tuple[Parity, int]:
    """The dictionary beside the newest revisions, and how many stacks only the registry has. A few queries."""
    registry = read_registry(source)
    mapped = map_dictionary(source, registry, choices)
    there = {key for key in mapped.keys.values() if key in registry.documents}
    stacks = Stack.objects.filter(latest_revision__isnull=False).exclude(lifecycle_state=Lifecycle.REMOVED)
    return compare(source, mapped.keys, registry.documents), stacks.exclude(key__in=there).count()


def read_registry(source: Any) -> Registry:
    """What the registry has of the entries that a dictionary names, and of those that these name."""
    keys = named_keys(source)
    aliases = {
        old_key: key
        for chunk in chunked(sorted(keys))
        for old_key, key in Alias.objects.filter(old_key__in=chunk).values_list("old_key", "key")
    }
    documents = _newest(keys | set(aliases.values()))
    named = {key for document in documents.values() for _, key in references_of(document)}
    is_complete = all(key in documents or key in aliases for key in keys if kind_of(key) != "stack" and "_" not in key)
    starter = {} if is_complete else {file.key: file.document for file in read_starter_files()}
    return Registry(documents=documents | _newest(named - documents.keys()), aliases=aliases, starter=starter)


def _newest(keys: set[str]) -> dict[str, Document]:
    return {key: current.document for key, current in find_current(keys).items()}
