"""Notes of a megabyte: said to be too long where they were typed, kept as they are, and nothing is written."""

import pytest
from django.contrib.auth.models import User

from catalog.models import Revision, Token
from tests.catalog.admin.access import everything
from tests.catalog.admin.bulk.test_imports import upload_rows
from tests.catalog.admin.pages import PROVIDERS, Browsers, page_of
from tests.factories import SANITY, provider_document, sanity, save

pytestmark = pytest.mark.django_db
LONG = "Because of it " * 75_000
TOO_LONG = "The change note has 1,049,999 characters; 500 are allowed."
GONE = {"state": "removed", "since": "2026-01-01", "reason": "Gone"}


def test_note_of_a_bulk_edit_is_too_long(browsers: Browsers) -> None:
    save("provider", SANITY)
    sent = {"step": "write", "entries": f"{sanity().pk}:1", "op-currency": "set", "value-currency": "EUR"}
    before = everything()

    answer = browsers["editor"].post(f"{PROVIDERS}bulk-edit/", {**sent, "note": LONG})

    assert (answer.status_code, answer.context["note_error"], answer.context["note"]) == (200, TOO_LONG, LONG)
    assert TOO_LONG in answer.content.decode()
    assert everything() == before


def test_note_of_an_import_is_too_long(browsers: Browsers) -> None:
    shown = upload_rows(browsers["editor"], ["cms", "a", "A", "a", "hybrid"])
    before = everything()

    answer = browsers["editor"].post(shown.request["PATH_INFO"], {"note": LONG})

    assert (answer.status_code, answer.context["errors"], answer.context["note"]) == (200, {"note": TOO_LONG}, LONG)
    assert TOO_LONG in answer.content.decode()
    assert everything() == before


def test_note_of_an_undelete_is_too_long(browsers: Browsers) -> None:
    save("provider", {**SANITY, "lifecycle": GONE})
    sent = {"kind": "provider", "pk": sanity().pk, "expected_revision": "1", "note": LONG}
    before = everything()

    answer = browsers["editor"].post("/admin/catalog/removed/", sent, follow=True)

    assert (answer.status_code, TOO_LONG in answer.content.decode()) == (200, True)
    assert everything() == before


def test_note_of_a_lifecycle_is_too_long(browsers: Browsers) -> None:
    save("provider", SANITY)
    sent = {"state": "deprecated", "since": "2026-01-02", "reason": "Old", "expected_revision": "1", "note": LONG}
    before = everything()

    answer = browsers["editor"].post(page_of(sanity(), "lifecycle"), sent)

    assert (answer.status_code, answer.context["errors"]) == (200, {"note": TOO_LONG})
    assert answer.context["typed"]["note"] == LONG
    assert TOO_LONG in answer.content.decode()
    assert everything() == before


def test_comment_on_many_approvals_is_too_long(browsers: Browsers) -> None:
    editor = User.objects.get(username="editor")
    keys = [save("provider", provider_document(slug), editor, approved=False) for slug in ("a", "b")]
    before = everything()

    sent = {"decision": "approve_many", "chosen": [f"{key}@1" for key in keys], "comment": LONG}
    answer = browsers["publisher"].post("/admin/approvals/", sent)

    assert (answer.status_code, "1,049,999 characters; 500 are allowed." in answer.content.decode()) == (200, True)
    assert everything() == before
    assert Revision.objects.count() == 2


def test_name_of_a_token_is_too_long(browsers: Browsers) -> None:
    sent = {"name": LONG, "scopes": "entries:read", "days": "30"}

    answer = browsers["editor"].post("/admin/tokens/", sent)

    assert (answer.status_code, list(answer.context["asked"].errors), Token.objects.count()) == (200, ["name"], 0)
