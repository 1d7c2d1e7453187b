"""Exports: what is in the file, who is noted, and what is refused."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.actions import exports
from catalog.actions.errors import RefusedError
from catalog.actions.exports import export_entries
from catalog.documents.uploads import read_upload
from catalog.models import AuditRecord, Provider
from tests.factories import SANITY, provider_document, save

pytestmark = pytest.mark.django_db


def save_three(editor: User) -> None:
    for document in (SANITY, provider_document("decap"), provider_document("tina")):
        save("provider", document, editor)


def names_in(content: bytes) -> list[Any]:
    return [line.cells["provider_name"] for line in read_upload(content).lines]


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_export_holds_the_entries_in_their_order(file_format: str, editor: User) -> None:
    save_three(editor)

    entries = Provider.objects.exclude(slug="decap").order_by("-slug")
    content = export_entries(entries, file_format=file_format, by=editor)

    assert names_in(content) == ["tina", "sanity"]


def test_export_holds_the_newest_revision_approved_or_not(editor: User) -> None:
    save("provider", SANITY, editor)
    save("provider", {**SANITY, "icon": "new"}, editor, approved=False)

    content = export_entries(Provider.objects.all(), file_format="json", by=editor)

    assert json.loads(content) == [{**SANITY, "icon": "new"}]


def test_export_is_noted(editor: User) -> None:
    save_three(editor)

    export_entries(Provider.objects.exclude(slug="tina"), file_format="xlsx", by=editor)

    noted = AuditRecord.objects.filter(verb="exported").values_list("by__username", "object_name", "detail")
    assert list(noted) == [("editor", "providers", "2 as XLSX")]


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "json"])
def test_export_costs_the_same_for_one_and_three(file_format: str, editor: User) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            export_entries(Provider.objects.all(), file_format=file_format, by=editor)
        return len(queries)

    save("provider", provider_document("first"), editor)
    for_one = count()
    save_three(editor)

    assert count() == for_one


def test_export_of_too_much_or_as_something_else_is_refused(editor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    save_three(editor)
    monkeypatch.setattr(exports, "MAX_ENTRIES", 2)

    with pytest.raises(RefusedError, match="3 entries are too many for one file; 2 are allowed"):
        export_entries(Provider.objects.all(), file_format="csv", by=editor)
    with pytest.raises(RefusedError, match="Choose CSV, XLSX or JSON"):
        export_entries(Provider.objects.all(), file_format="exe", by=editor)
    assert AuditRecord.objects.filter(verb="exported").count() == 0
