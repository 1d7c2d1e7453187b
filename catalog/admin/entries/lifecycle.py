"""The page on which an entry is deprecated, disabled, removed or brought back."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.dateparse import parse_date

from catalog.actions.errors import InUseError, RefusedError, RefusedFieldError, StaleEntryError
from catalog.actions.lifecycle import change_lifecycle, find_blockers
from catalog.actions.revisions import one_line
from catalog.admin.differences import readable
from catalog.admin.direction import isolated
from catalog.admin.entries.next_steps import tell_draft
from catalog.admin.entries.tabs import tabs_of
from catalog.admin.pages import find_or_404, keep_refusal, may_change_entry, person_of, render_page, whole_number
from catalog.admin.people.targets import Target, entry_targets
from catalog.models import ENTRY_MODELS, CatalogEntry, Revision, find_entry, model_of
from catalog.models.choices import Lifecycle
from catalog.models.uses import light_rows

MEANINGS = {
    Lifecycle.ACTIVE: "Offered to everybody, without a warning.",
    Lifecycle.DEPRECATED: "Still works and is still listed. Readers see a warning, your reason and the replacement.",
    Lifecycle.DISABLED: "Still listed, and what uses it goes on, but no new service can choose it.",
    Lifecycle.REMOVED: "Readers no longer get its document, only a note that it is gone, your reason and the "
    "replacement. Its history stays here, and it can be brought back under Removed.",
}
FIELDS = ("state", "since", "reason", "replacement", "note")
SUGGESTIONS = 200


def lifecycle_page(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """GET shows; POST changes (`state`, `since`, `reason`, `replacement`, `note`, `expected_revision`)."""
    entry = find_or_404(request, kind, pk)
    if not may_change_entry(request, entry):
        raise PermissionDenied
    if request.method != "POST":
        return _show(request, entry, typed=_typed_now(entry), errors={})
    typed = {name: request.POST.get(name, "") for name in FIELDS}
    try:
        return _change(request, entry, typed)
    except RefusedFieldError as error:
        errors = {error.field: str(error)}
    except StaleEntryError as error:
        errors = {"stale": str(error)}
    except InUseError as error:
        keep_refusal(request, error)
        errors = {"page": _in_use(entry, error)}
    except RefusedError as error:
        errors = {"page": keep_refusal(request, error)}
    return _show(request, find_or_404(request, kind, pk), typed=typed, errors=errors)


def _change(request: HttpRequest, entry: CatalogEntry, typed: Mapping[str, str]) -> HttpResponse:
    is_active = typed["state"] == Lifecycle.ACTIVE
    revision = change_lifecycle(
        entry,
        state=typed["state"],
        by=person_of(request),
        expected_revision=whole_number(request.POST.get("expected_revision", "")) or 0,
        # The page keeps these fields on show; they say nothing about an active entry.
        reason="" if is_active else typed["reason"],
        since=None if is_active else _date(typed["since"]),
        replacement="" if is_active else _key_of(typed["replacement"]),
        note=typed["note"],
    )
    if revision is None:
        messages.info(request, "Nothing was different, so no revision was recorded.")
    else:
        name, state = isolated(entry.display_name), entry.get_lifecycle_state_display().lower()
        now = f"{name} is {state} as of revision {revision.number}"
        tell_draft(request, entry, f"{now}, a draft: readers see it once it is approved and published.")
    return HttpResponseRedirect(request.path)


def _in_use(entry: CatalogEntry, error: InUseError) -> str:
    """Without keys: the page lists by name what uses it."""
    users = "1 entry or service still uses" if error.count == 1 else f"{error.count} entries or services still use"
    return f"{isolated(entry.display_name)} cannot be removed: {users} it (listed below)."


def _show(
    request: HttpRequest, entry: CatalogEntry, *, typed: Mapping[str, str], errors: Mapping[str, str]
) -> HttpResponse:
    blockers, users = find_blockers(entry)
    key = entry.lifecycle_replacement
    return render_page(
        request,
        "lifecycle.html",
        title=f"Deprecate or remove {isolated(entry.display_name)}",
        entry=entry,
        entry_tabs=tabs_of(request, entry),
        tab="lifecycle",
        typed=typed,
        errors=errors,
        replacement=entry_targets(request, {key}).get(key, Target(key)) if key else None,
        states=[(state.value, state.label, meaning) for state, meaning in MEANINGS.items()],
        meaning=MEANINGS[Lifecycle(entry.lifecycle_state)],
        blockers=[mention for found in blockers for mention in found.first],
        users=users[:SUGGESTIONS],
        blocker_count=sum(found.count for found in blockers) + len(users),
        suggestions=_suggestions(entry),
        theirs=_meanwhile(request, entry) if "stale" in errors else None,
    )


def _typed_now(entry: CatalogEntry) -> dict[str, str]:
    since = entry.lifecycle_since or timezone.now().date()
    return {
        "state": entry.lifecycle_state,
        "since": since.isoformat(),
        "reason": entry.lifecycle_reason,
        "replacement": entry.lifecycle_replacement,
        "note": "",
    }


def _meanwhile(request: HttpRequest, entry: CatalogEntry) -> dict[str, Any]:
    """What somebody else saved since the page was opened."""
    number = whole_number(request.POST.get("expected_revision", "")) or 0
    began = Revision.objects.filter(entry_key=entry.key, number=number).first()
    latest = entry.latest_revision
    differences = readable(entry.kind, began.document, latest.document) if began and latest else []
    return {"revision": latest, "differences": differences}


def _suggestions(entry: CatalogEntry) -> list[tuple[str, str]]:
    """(key, name) of entries of the same kind, and type where there is one, that could replace it."""
    folder = entry.key.rpartition("/")[0]
    others = model_of(entry.key).objects.filter(key__startswith=f"{folder}/").exclude(pk=entry.pk)
    kept = others.exclude(lifecycle_state=Lifecycle.REMOVED).order_by("display_name")
    return list(kept.values_list("key", "display_name")[:SUGGESTIONS])


def _date(text: str) -> date | None:
    """What was typed as a date; None for nothing. Raises RefusedFieldError."""
    text = text.strip()
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if text and found is None:
        raise RefusedFieldError(f"{text[:40]!r} is no date; write it as 2026-11-24.", field="since")
    return found


def _key_of(text: str) -> str:
    """The key that is meant: a key as it stands, or the name of exactly one entry."""
    # Longer than any name; SQLite refuses to compare with very long texts.
    text = one_line(text)[:200]
    if not text or find_entry(text):
        return text
    named = [row for model in ENTRY_MODELS for row in light_rows(model.objects.filter(display_name__iexact=text))[:2]]
    return str(named[0][2]) if len(named) == 1 else text
