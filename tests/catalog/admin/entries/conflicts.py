"""Save at the same time as somebody else, as two browsers would, and read the page that comes of it."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from catalog.actions.entries import save_entry
from catalog.models import CatalogEntry
from tests.catalog.admin.pages import Fields, fill_in, page_of
from tests.factories import change_by


def save_theirs(kind: str, document: dict[str, Any], note: str = "Their reason") -> None:
    save_entry(kind, document, change_by(User.objects.get(username="administrator"), note))


def form_in(answer: Any) -> Fields:
    """What the browser would send from the form that came back, the tick still open."""
    context = answer.context
    fields: Fields = {"merged_revision": str(context["conflict"].theirs.number)} if context["conflict"] else {}
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False:
                fields[bound.html_name] = value
    return fields


def states(answer: Any) -> dict[str, str]:
    return {row.label: row.state for row in answer.context["conflict"].rows}


def cells(answer: Any, label: str) -> tuple[str, ...]:
    (row,) = [row for row in answer.context["conflict"].rows if row.label == label]
    return tuple(", ".join(part.text for part in side) for side in (row.began, row.theirs, row.yours))


def tick(answer: Any) -> Fields:
    return {**form_in(answer), "seen_revision": str(answer.context["conflict"].theirs.number)}


def document_of(entry: CatalogEntry) -> dict[str, Any]:
    entry.refresh_from_db()
    assert entry.latest_revision is not None
    return entry.latest_revision.document


def start(client: Client, entry: CatalogEntry, **typed: Any) -> Fields:
    return {**fill_in(client, page_of(entry)), "change_note": "My reason", **typed}
