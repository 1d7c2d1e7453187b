"""Deprecate, disable, remove and bring back an entry. Its row and history always stay."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from catalog.actions.entries import save_entry
from catalog.actions.errors import InUseError, RefusedError, RefusedFieldError
from catalog.actions.revisions import MAX_NOTE, Change, clean_note, lock_entry, one_line
from catalog.documents.mapping import LifecycleMember, document_from_row, references_of
from catalog.models import ENTRY_MODELS, CatalogEntry, Revision, find_entry
from catalog.models.choices import Lifecycle
from catalog.models.history import RevisionSource
from catalog.models.uses import Mentions, find_mentions
from catalog.usage import Use, find_users

MAX_REASON = 500
SHOWN_USERS = 5
# Typing mistakes such as the year 203 are dates, too.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


@transaction.atomic
def change_lifecycle(
    entry: CatalogEntry,
    *,
    state: str,
    by: User | None,
    expected_revision: int,
    reason: str = "",
    since: date | None = None,
    replacement: str = "",
    note: str = "",
    source: RevisionSource = RevisionSource.ADMIN,
) -> Revision | None:
    """Bring the entry into `state` as a new draft revision; None if it is so already.

    `since` is today if it is left out; `replacement` is the key of another entry. Without a note the reason is the
    note; going back to active takes neither date, reason nor replacement, and needs a note. Raises RefusedFieldError
    (for one of these names), InUseError, StaleEntryError, InvalidDocumentError or RefusedError.
    """
    locked = lock_entry(entry, expected_revision=expected_revision)
    document = document_from_row(locked)
    lifecycle = _lifecycle(state, reason=reason, since=since, replacement=one_line(replacement))
    _refuse_references(locked, {**document, "lifecycle": lifecycle})
    refuse_lifecycle(locked, lifecycle)
    document.pop("lifecycle", None)
    change = Change(by=by, note=_note(state, note=note, reason=reason), source=source)
    revision = save_entry(locked.kind, document | ({"lifecycle": lifecycle} if lifecycle else {}), change)
    entry.refresh_from_db()
    return revision


def refuse_lifecycle(entry: CatalogEntry, lifecycle: Mapping[str, Any]) -> None:
    """Raises RefusedFieldError or InUseError if the entry cannot have this `lifecycle` member; empty is active."""
    refuse_replacement(entry.key, lifecycle.get("replacement", ""))
    if lifecycle.get("state") != Lifecycle.REMOVED or entry.lifecycle_state == Lifecycle.REMOVED:
        return
    mentions, users = find_blockers(entry)
    count = sum(found.count for found in mentions) + len(users)
    if count:
        names = [mention.key for found in mentions for mention in found.first]
        names += [f"{use.kind} {use.name}" for use in users]
        raise InUseError(entry.key, users=names[:SHOWN_USERS], count=count)


def find_blockers(entry: CatalogEntry) -> tuple[list[Mentions], Sequence[Use]]:
    """What an entry cannot be removed for: entries that name it and are not removed themselves, and services."""
    mentions = find_mentions(entry, limit=20, with_removed=False)
    return [found for found in mentions if found.count], find_users(entry.key)


def refuse_replacement(key: str, replacement: str) -> None:
    """Raises RefusedFieldError unless `replacement` (may be empty) can replace `key`. A query for each link."""
    if not replacement:
        return
    if replacement == key:
        raise RefusedFieldError("An entry cannot be replaced by itself.", field="replacement")
    target = find_entry(replacement)
    if target is None:
        raise RefusedFieldError(f"There is no entry {replacement}.", field="replacement")
    if target.lifecycle_state == Lifecycle.REMOVED:
        raise RefusedFieldError(f"{replacement} is removed itself; choose another.", field="replacement")
    seen: set[str] = set()
    while target is not None and target.lifecycle_replacement not in {"", *seen}:
        if target.lifecycle_replacement == key:
            raise RefusedFieldError(
                f"{target.key} is replaced by {key}: following the replacements would never end.", field="replacement"
            )
        seen.add(target.lifecycle_replacement)
        target = find_entry(target.lifecycle_replacement)


def gone_references(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(JSON Pointer, key) of every entry that a document names and that is removed or does not exist. Three queries."""
    references = references_of(document)
    keys = {key for _, key in references}
    there = {
        key
        for model in ENTRY_MODELS
        for key in model.objects.filter(key__in=keys)
        .exclude(lifecycle_state=Lifecycle.REMOVED)
        .values_list("key", flat=True)
    }
    return [(path, key) for path, key in references if key not in there]


def _lifecycle(state: str, *, reason: str, since: date | None, replacement: str) -> dict[str, Any]:
    """The document's member; empty for active. Raises RefusedFieldError."""
    if state not in Lifecycle.values:
        raise RefusedFieldError("Choose one of active, deprecated, disabled and removed.", field="state")
    reason = one_line(reason)
    if state == Lifecycle.ACTIVE:
        if reason or since or replacement:
            raise RefusedFieldError("An active entry has no date, reason or replacement.", field="state")
        return {}
    if not reason:
        raise RefusedFieldError("Say why, for the people who use it.", field="reason")
    if len(reason) > MAX_REASON:
        message = f"The reason has {len(reason):,} characters; {MAX_REASON} are allowed."
        raise RefusedFieldError(message, field="reason")
    since = since or timezone.now().date()
    if not FIRST_DAY <= since <= LAST_DAY:
        raise RefusedFieldError("Use a date between the years 2000 and 2099.", field="since")
    fields = {
        "lifecycle_state": state,
        "lifecycle_reason": reason,
        "lifecycle_since": since,
        "lifecycle_replacement": replacement,
    }
    member: dict[str, Any] = LifecycleMember().to_document(fields)
    return member


def _note(state: str, *, note: str, reason: str) -> str:
    """The change note; the reason stands in for it where there is one."""
    if not one_line(note) and state != Lifecycle.ACTIVE:
        return f"{Lifecycle(state).label}: {one_line(reason)}"[:MAX_NOTE]
    try:
        return clean_note(note)
    except RefusedError as error:
        raise RefusedFieldError(str(error), field="note") from error


def _refuse_references(entry: CatalogEntry, document: Mapping[str, Any]) -> None:
    """What comes back must not name anything that is removed: it could never be published."""
    if entry.lifecycle_state != Lifecycle.REMOVED or document["lifecycle"].get("state") == Lifecycle.REMOVED:
        return
    gone = [key for path, key in gone_references(document) if not path.startswith("/lifecycle")]
    if gone:
        raise RefusedFieldError(
            f"It needs {', '.join(gone[:SHOWN_USERS])}, which is removed; bring that back first.", field="state"
        )
