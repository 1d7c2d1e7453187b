"""Write entries as documents: one, or many together, by the same rules; what programs do.

Everything is judged at once, while the rows are locked, so that the caller hears of every problem and nothing of what
was compared can change before it is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from catalog.actions.batches import judge, put_in_order
from catalog.actions.entries import refuse_taken_key, save_entry
from catalog.actions.errors import (
    InvalidDocumentError,
    NotAllowedError,
    RefusedError,
    StaleEntryError,
    TakenKeyError,
)
from catalog.actions.proposals import Proposal, find_current, key_from
from catalog.actions.revisions import Change, clean_note, lock_entry
from catalog.documents.mapping import Document, kind_of
from catalog.documents.merging import merge_patch
from catalog.models import ENTRY_MODELS, CatalogEntry, Revision
from catalog.schemas.validation import Problem

MAX_ITEMS = 500
# What answers add to a document; somebody who sends an answer back does not mean to write it.
ANSWERED = frozenset({"id", "name", "last_updated", "revision", "serial"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry to write; `expected_revision` is the newest that its writer knows, 0 for an entry to be made."""

    kind: str
    document: Any
    expected_revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of an item: `number` is the entry's newest revision; `outcome` created, changed or unchanged."""

    key: str
    number: int
    outcome: str


class RefusedItemsError(RefusedError):
    """Something among several was refused, so nothing was written; `problems` are (place in the list, problem)."""

    def __init__(self, problems: Sequence[tuple[int, Problem]], *, asked: int) -> None:
        self.problems = list(problems)
        wrong = len({place for place, _ in self.problems})
        super().__init__(f"Nothing was written, because {wrong} of {asked} items cannot be saved.")


@transaction.atomic
def create_document(kind: str, document: Any, change: Change) -> Written:
    """Make the entry of this document. Raises TakenKeyError, InvalidDocumentError, NotAllowedError, RefusedError."""
    proposal = _propose(0, Item(kind=kind, document=document, expected_revision=0))
    if proposal.key:
        refuse_taken_key(proposal.key)
    return _write_one(proposal, change)


@transaction.atomic
def replace_document(entry: CatalogEntry, document: Any, change: Change, *, expected_revision: int) -> Written:
    """Bring the entry to this document, which must keep the entry's key.

    Raises StaleEntryError, InvalidDocumentError, NotAllowedError, RefusedError.
    """
    locked = lock_entry(entry, expected_revision=expected_revision)
    proposal = _propose(0, Item(kind=locked.kind, document=document, expected_revision=expected_revision))
    if proposal.key and proposal.key != locked.key:
        message = f"This document is {proposal.key}; the entry is {locked.key} and keeps its path for good."
        raise InvalidDocumentError(locked.key, [Problem("", "key", message)])
    proposal.key = locked.key
    return _write_one(proposal, change)


@transaction.atomic
def patch_document(entry: CatalogEntry, patch: Any, change: Change, *, expected_revision: int) -> Written:
    """Apply a merge patch to the newest document; errors as for `replace_document`."""
    locked = lock_entry(entry, expected_revision=expected_revision)
    before = locked.latest_revision.document if locked.latest_revision else {}
    return replace_document(locked, merge_patch(before, patch), change, expected_revision=expected_revision)


@transaction.atomic
def write_documents(items: Sequence[Item], change: Change) -> list[Written]:
    """Write all of up to 500 items, or none; in the order of `items`. Those that change nothing are left as they are.

    Raises RefusedItemsError with every problem of every item, or RefusedError (no note, no items, too many).
    """
    if not 1 <= len(items) <= MAX_ITEMS:
        raise RefusedError(f"{len(items):,} items; send from 1 to {MAX_ITEMS}.")
    clean_note(change.note)
    proposals = [_propose(place, item) for place, item in enumerate(items)]
    first: dict[str, int] = {}
    for proposal in proposals:
        if proposal.key and first.setdefault(proposal.key, proposal.line) != proposal.line:
            proposal.blame("", "twice", f"Item {first[proposal.key]} is about the same entry.")
    _prepare(proposals, change)
    made: dict[str, Revision | None] = {}
    for proposal in put_in_order(proposals):
        try:
            made[proposal.key] = save_entry(proposal.kind, proposal.document or {}, change)
        except RefusedError as error:
            problems = getattr(error, "problems", None) or [Problem("", "refused", str(error))]
            raise RefusedItemsError([(proposal.line, each) for each in problems], asked=len(items)) from error
    return [_written(proposal, made.get(proposal.key)) for proposal in proposals]


def _propose(place: int, item: Item) -> Proposal:
    proposal = Proposal(line=place, kind=item.kind, key="", number=item.expected_revision)
    if not isinstance(item.document, dict):
        proposal.blame("", "type", "This must be of type object.")
        return proposal
    proposal.document = _without_answered(item.document)
    proposal.key = key_from(item.kind, proposal.document)
    return proposal


def _without_answered(document: Mapping[str, Any]) -> Document:
    return {
        name: value for name, value in document.items() if name not in ANSWERED and not (name == "icon" and not value)
    }


def _write_one(proposal: Proposal, change: Change) -> Written:
    try:
        _prepare([proposal], change)
    except RefusedItemsError as error:
        raise _error_of_one(proposal, [problem for _, problem in error.problems]) from error
    if not proposal.writes:
        clean_note(change.note)
        return _written(proposal, None)
    return _written(proposal, save_entry(proposal.kind, proposal.document or {}, change))


def _error_of_one(proposal: Proposal, problems: Sequence[Problem]) -> RefusedError:
    if proposal.gate is not None and len(problems) == len(proposal.gate.problems):
        return proposal.gate
    for problem in problems:
        if problem.code == "permission":
            return NotAllowedError(problem.message)
        if problem.code == "stale":
            # Somebody else has made it after we have looked whether it is there.
            return TakenKeyError(problem.message, field="slug")
    return InvalidDocumentError(proposal.key or f"This {proposal.kind}", problems)


def _written(proposal: Proposal, revision: Revision | None) -> Written:
    if revision is None:
        return Written(key=proposal.key, number=proposal.number, outcome="unchanged")
    return Written(key=proposal.key, number=revision.number, outcome="created" if revision.number == 1 else "changed")


def _prepare(proposals: Sequence[Proposal], change: Change) -> None:
    """Lock what is there, compare, judge. Raises RefusedItemsError with everything that is wrong."""
    if change.by is None:
        raise RefusedError("Only a person can write documents.")
    _lock({proposal.key for proposal in proposals if proposal.key})
    _compare(proposals)
    judge(proposals, by=change.by, breaking_schema_reason=change.breaking_schema_reason)
    problems = [(proposal.line, problem) for proposal in proposals for problem in proposal.problems]
    if problems:
        raise RefusedItemsError(problems, asked=len(proposals))


def _lock(keys: set[str]) -> None:
    """In one order for everybody, so that two who write the same entries wait for each other only once."""
    for model in ENTRY_MODELS:
        mine = sorted(key for key in keys if kind_of(key) == model.kind)
        list(model._default_manager.select_for_update().filter(key__in=mine).order_by("key").values_list("pk"))


def _compare(proposals: Sequence[Proposal]) -> None:
    """Fill in what the entries are now, and blame whoever began with something else."""
    current = find_current({proposal.key for proposal in proposals if proposal.key})
    for proposal in proposals:
        now = current.get(proposal.key)
        found = now.number if now else 0
        if now:
            proposal.before, proposal.before_text = now.document, now.canonical
        if proposal.key and proposal.number != found:
            proposal.blame("", "stale", _stale(proposal, found=found))


def _stale(proposal: Proposal, *, found: int) -> str:
    if not found:
        return f"There is no entry {proposal.key}; expect revision 0 to make it."
    if not proposal.number:
        return f"There is an entry {proposal.key} already, at revision {found}."
    return str(StaleEntryError(proposal.key, expected=proposal.number, found=found))
