"""What the adapter asks of one view, so that a stack and its providers are never of two snapshots."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from registry_client.core.queries import Document, EntryQuery, StackQuery, documents_below
from registry_client.core.registry import Reader
from registry_client.core.steps import Rule
from registry_client.errors import EntryNotFound, Malformed
from registry_client.legacy.shape import Entry, make_dictionary, make_entry, slug_of, sole_providers

Made = TypeVar("Made")


def shaped(what: str, make: Callable[[], Made]) -> Made:
    """What `make` makes of documents that nobody may have checked: a plain registry's. Raises Malformed."""
    try:
        return make()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"{what} cannot be told as STACK_METADATA: {error!r}") from error


@dataclass(frozen=True, slots=True)
class DictionaryQuery:
    """The whole STACK_METADATA."""

    def __call__(self, reader: Reader) -> Rule[dict[str, Entry]]:
        found = yield from documents_below(reader, ("providers", "stacks"))
        return shaped("the stacks", lambda: make_dictionary(found))


@dataclass(frozen=True, slots=True)
class StackEntryQuery:
    """One entry, by a name as programs have it. Raises EntryNotFound. `warned`: see EntryQuery."""

    stack_type: str
    warned: set[str]

    def __call__(self, reader: Reader) -> Rule[Entry]:
        stack = yield from self._stack(reader)
        providers: dict[str, Document] = {}
        for _, key in shaped(self.stack_type, lambda: list(sole_providers(stack))):
            try:
                providers[key] = yield from EntryQuery(key, self.warned)(reader)
            except EntryNotFound:
                # The stack is told without what its provider would add.
                continue
        return shaped(self.stack_type, lambda: make_entry(stack, providers))

    def _stack(self, reader: Reader) -> Rule[Document]:
        try:
            return (yield from StackQuery(self.stack_type, self.warned)(reader))
        except EntryNotFound:
            # Of one that was removed under its new name, the reason is told.
            return (yield from StackQuery(slug_of(self.stack_type), self.warned)(reader))
