"""The one way into history: `record_revision`. Whoever changes a row calls it in the same transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from structlog.contextvars import get_contextvars

from catalog.actions.direction import saving_problems
from catalog.actions.errors import InvalidDocumentError, RefusedError, StaleEntryError
from catalog.actions.roles import refuse_beyond_limits, refuse_schema_change
from catalog.actions.schema_gate import note_passage, refuse_breaking_schema
from catalog.documents.canonical import DocumentError, canonical_bytes, sha256_hex
from catalog.documents.mapping import document_from_row
from catalog.models import AuditRecord, CatalogEntry, Revision
from catalog.models.audit import Verb
from catalog.models.choices import Lifecycle
from catalog.models.history import RevisionSource
from catalog.schemas.validation import Problem

# Invisible, but people write with them: families of emoji, Persian words.
JOINERS = "\u200c\u200d"
MAX_NOTE = 500
MAX_REASON = 300
AnyEntry = TypeVar("AnyEntry", bound=CatalogEntry)


def running_request() -> str:
    """The id of the request that runs, which `registry_site.middleware` gives it; empty outside of requests."""
    return str(get_contextvars().get("request_id", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changes something, why, and through what; `by` is None only for the starter catalogue and commands.

    `breaking_schema_reason` says why config schemas change in spite of what `schema_gate` finds that they break.
    """

    by: User | None
    note: str
    source: RevisionSource
    request_id: str = field(default_factory=running_request)
    breaking_schema_reason: str = ""


@transaction.atomic
def lock_entry(entry: AnyEntry, *, expected_revision: int | None) -> AnyEntry:
    """The entry's row, locked until the transaction ends. Call it before writing the row.

    `expected_revision` is the number of the revision that was edited, None for whoever does not care.
    Raises StaleEntryError if another one is the newest by now.
    """
    locked: AnyEntry = type(entry)._default_manager.select_for_update(of=("self",)).get(pk=entry.pk)
    found = locked.latest_revision.number if locked.latest_revision else 0
    if expected_revision is not None and expected_revision != found:
        raise StaleEntryError(locked.key, expected=expected_revision, found=found)
    return locked


@transaction.atomic
def record_revision(entry: CatalogEntry, change: Change) -> Revision | None:
    """Record the row and its relations as they are now, if they differ from the newest revision; else None.

    1. locks the row, so that numbers are consecutive; 2. makes the document; 3. compares digests; 4. asks whether the
    person may; 5. validates; 6. asks whether a new config schema breaks services; 7. writes the Revision, its audit
    records and the entry's `latest_revision`. Raises InvalidDocumentError, SchemaGateError or RefusedError: then the
    caller's transaction must not be committed.
    """
    locked = lock_entry(entry, expected_revision=None)
    document = document_from_row(locked)
    content = canonical_content(locked.key, document)
    latest = locked.latest_revision
    if latest is not None and latest.sha256 == sha256_hex(content):
        return None
    if latest is not None and latest.entry_key != locked.key:
        raise RefusedError(
            f"{latest.entry_key} keeps its path for good: make a new entry, with the old key as an alias."
        )
    refuse_beyond_limits(change.by, key=locked.key)
    refuse_schema_change(change.by, before=latest.document if latest else None, after=document)
    problems = saving_problems(locked.kind, document)
    if problems:
        raise InvalidDocumentError(locked.key, problems)
    reason = clean_reason(change.breaking_schema_reason)
    passed = refuse_breaking_schema(
        locked.key, before=latest.document if latest else None, after=document, by=change.by, reason=reason
    )
    revision = _write(locked, document, content, change)
    if passed is not None:
        note_passage(passed, by=change.by, reason=reason)
    entry.latest_revision = revision
    type(locked)._default_manager.filter(pk=locked.pk).update(latest_revision=revision)
    return revision


def _write(locked: CatalogEntry, document: Mapping[str, Any], content: bytes, change: Change) -> Revision:
    """The Revision and its audit record."""
    revision = add_revision(
        locked.key,
        content,
        change,
        after=locked.latest_revision,
        lifecycle=document.get("lifecycle", {}).get("state", Lifecycle.ACTIVE.value),
        category=document["provider_type"] if locked.kind == "provider" else document["category"],
        schema_version=document["schema_version"],
    )
    note_revision(revision, Verb.EDITED if locked.latest_revision else Verb.CREATED, object_name=locked.key)
    return revision


def add_revision(key: str, content: bytes, change: Change, *, after: Revision | None, **values: str) -> Revision:
    """The row that follows `after`, None for the first, of whatever has revisions.

    The caller holds the lock of what it is a revision of; `values` are the columns that repeat the document. Raises
    RefusedError for a note that is none.
    """
    return Revision.objects.create(
        entry_key=key,
        number=after.number + 1 if after else 1,
        canonical=content.decode(),
        sha256=sha256_hex(content),
        size_bytes=len(content),
        author=change.by,
        change_note=clean_note(change.note),
        source=change.source,
        request_id=change.request_id,
        created_at=timezone.now(),
        **values,
    )


def note_revision(revision: Revision, verb: Verb, *, object_name: str) -> None:
    """Keep in the audit who made it, and why."""
    detail = f"Revision {revision.number}: {revision.change_note}"
    AuditRecord.objects.note(verb, by=revision.author, object_name=object_name, detail=detail)


def canonical_content(key: str, document: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a document. Raises InvalidDocumentError if it has none."""
    try:
        return canonical_bytes(document)
    except DocumentError as error:
        raise InvalidDocumentError(key, [Problem("", "canonical", str(error))]) from error


def one_line(text: str) -> str:
    """What people typed, in one line that every database can hold."""
    return " ".join(
        "".join(character if character.isprintable() or character in JOINERS else " " for character in text).split()
    )


def clean_note(note: str) -> str:
    """The note in one line. Raises RefusedError if it is missing or too long."""
    words = one_line(note)
    if not words:
        raise RefusedError("Say in the change note why this changes.")
    if len(words) > MAX_NOTE:
        raise RefusedError(f"The change note has {len(words):,} characters; {MAX_NOTE} are allowed.")
    return words


def clean_reason(reason: str) -> str:
    """The reason for a breaking schema in one line; empty if there is none. Raises RefusedError if it is too long."""
    words = one_line(reason)
    if len(words) > MAX_REASON:
        raise RefusedError(f"The reason has {len(words):,} characters; {MAX_REASON} are allowed.")
    return words
