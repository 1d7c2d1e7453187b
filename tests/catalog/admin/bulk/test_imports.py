"""The pages of an import: upload, look, confirm; who may, what is shown, what survives a refusal."""

import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import Import, Provider, Revision
from tests.catalog.admin.pages import Browsers, count_queries, messages
from tests.catalog.documents.sheets import csv_bytes
from tests.factories import SANITY, provider_document, sanity, save

pytestmark = pytest.mark.django_db
IMPORT = "/admin/catalog/import/"
ATTACK = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
HEADER = ["provider_type", "provider_name", "display_name", "category", "cms_type"]


def upload(client: Client, content: bytes, name: str = "list.csv") -> Any:
    file = io.BytesIO(content)
    file.name = name
    return client.post(IMPORT, {"file": file}, follow=True)


def upload_rows(client: Client, *rows: list[str]) -> Any:
    return upload(client, csv_bytes([HEADER, *rows]))


def page_of(found: Import) -> str:
    return f"{IMPORT}{found.pk}/"


def test_file_is_looked_at_and_then_written(browsers: Browsers) -> None:
    save("provider", SANITY)
    save("provider", provider_document("decap"))

    shown = upload_rows(
        browsers["editor"],
        ["cms", "tina", "Tina", "cms_tier_service", "hybrid"],
        ["cms", "sanity", "Sanity", "cms_tier_service", "api_based"],
        ["cms", "decap", "Decap", "cms_tier_service", "git_based"],
    )
    rows = [(row["line"], row["name"], row["label"], len(row["differences"])) for row in shown.context["rows"]]
    written = browsers["editor"].post(shown.request["PATH_INFO"], {"note": "Names"}, follow=True)

    assert rows == [(3, "Sanity", "changed", 1), (2, "Tina", "new", 6), (4, "Decap", "unchanged", 0)]
    assert "Save 2 drafts" in shown.content.decode()
    assert messages(written) == ["All of it is written. Each entry has a new draft revision to approve."]
    assert [(row["line"], len(row["differences"])) for row in written.context["rows"]] == [(3, 1), (2, 6), (4, 0)]
    assert "Save 2 drafts" not in written.content.decode()
    assert (sanity().display_name, Provider.objects.count()) == ("Sanity", 3)
    assert Revision.objects.filter(source="import", author__username="editor").count() == 2


def test_wrong_lines_are_shown_and_nothing_can_be_written(browsers: Browsers) -> None:
    shown = upload_rows(browsers["editor"], ["cms", "tina", "", "a", "wrong"], ["cms", "a", "A", "a", "hybrid"])

    [first, second] = shown.context["rows"]
    assert [(problem["label"], problem["column"]) for problem in first["problems"]] == [
        ("CMS type", "cms_type"),
        ("Display name", "display_name"),
    ]
    assert second["problems"] == []
    assert 'name="note"' not in shown.content.decode()
    browsers["editor"].post(shown.request["PATH_INFO"], {"note": "Try"})
    assert Provider.objects.count() == 0


@pytest.mark.parametrize(
    ("show", "lines"), [("", [2, 3, 4]), ("error", [2]), ("create", [3, 4]), ("update", []), (ATTACK, [2, 3, 4])]
)
def test_lines_are_filtered_by_result(show: str, lines: list[int], browsers: Browsers) -> None:
    rows = [["cms", name, "A" if at else "", "a", "hybrid"] for at, name in enumerate("abc")]
    upload_rows(browsers["editor"], *rows)

    page = browsers["editor"].get(page_of(Import.objects.get()), {"show": show, "page": "99"})

    assert [row["line"] for row in page.context["rows"]] == lines
    assert "<script>alert(1)" not in page.content.decode()


def test_long_file_is_shown_in_pages(browsers: Browsers) -> None:
    upload_rows(browsers["editor"], *(["cms", f"p{at}", "A", "a", "hybrid"] for at in range(60)))

    page = browsers["editor"].get(page_of(Import.objects.get()), {"page": "2", "show": "create"})

    assert [row["line"] for row in page.context["rows"]] == list(range(52, 62))
    assert "Page 2 of 2" in page.content.decode()


def test_file_that_writes_too_much_is_shown_and_cannot_be_written(
    browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("catalog.actions.imports", "catalog.admin.bulk.imports"):
        monkeypatch.setattr(f"{module}.MAX_WRITES", 1)
    save("provider", SANITY)

    shown = upload_rows(browsers["editor"], ["cms", "sanity", "A", "a", "hybrid"], ["cms", "b", "B", "a", "hybrid"])

    assert [(row["name"], row["differences"]) for row in shown.context["rows"]] == [
        ("Sanity CMS", []),
        ("providers/cms/b", []),
    ]
    assert "2 entries would be written; 1 are allowed at once" in shown.content.decode()
    assert 'name="note"' not in shown.content.decode()


@pytest.mark.parametrize(("note", "error"), [("", "Say in the change note why this changes."), ("x" * 501, "501")])
def test_note_that_is_wrong_is_said_at_the_note_and_kept(note: str, error: str, browsers: Browsers) -> None:
    shown = upload_rows(browsers["editor"], ["cms", "a", "A", "a", "hybrid"])

    answer = browsers["editor"].post(shown.request["PATH_INFO"], {"note": note})

    assert error in answer.context["errors"]["note"]
    assert answer.context["note"] == note
    assert Provider.objects.count() == 0


def test_refused_confirmation_keeps_the_note(browsers: Browsers) -> None:
    save("provider", SANITY)
    shown = upload_rows(browsers["editor"], ["cms", "sanity", "Mine", "a", "hybrid"])
    save("provider", {**SANITY, "display_name": "Theirs"})

    answer = browsers["editor"].post(shown.request["PATH_INFO"], {"note": f"Mine {ATTACK}"})

    assert "somebody else has changed entries since you looked" in answer.context["errors"]["page"]
    assert answer.context["note"] == f"Mine {ATTACK}"
    assert "<script>alert(1)" not in answer.content.decode()
    assert sanity().display_name == "Theirs"


def test_second_click_is_refused_with_words(browsers: Browsers) -> None:
    address = upload_rows(browsers["editor"], ["cms", "a", "A", "a", "hybrid"]).request["PATH_INFO"]
    browsers["editor"].post(address, {"note": "Once"})

    answer = browsers["editor"].post(address, {"note": "Twice"})

    assert answer.context["errors"] == {"page": "This import is written already."}
    assert Revision.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n", "The file is not in the encoding UTF-8 (line 1)."),
        (b"a,b", "The first line must name the columns."),
        (b"x" * 5_000_001, "The file has 5.0 MB; 5 MB are allowed."),
        (csv_bytes([["builder_name", ATTACK], ["a", "b"]]), "There is no column"),
    ],
)
def test_file_that_cannot_be_used_is_said_at_the_file(content: bytes, error: str, browsers: Browsers) -> None:
    answer = upload(browsers["editor"], content)

    assert answer.status_code == 200
    assert answer.context["error"].startswith(error)
    assert "<script>alert(1)" not in answer.content.decode()
    assert Import.objects.count() == 0


def test_upload_without_a_file_is_said(browsers: Browsers) -> None:
    answers = [browsers["editor"].post(IMPORT, sent) for sent in ({}, {"file": "text"})]

    assert [answer.context["error"] for answer in answers] == ["Choose a file first."] * 2


def test_attack_in_a_file_is_escaped(browsers: Browsers) -> None:
    save("provider", {**SANITY, "best_for": ATTACK})
    header = [*HEADER, "best_for"]
    rows = [
        ["cms", "sanity", f"{ATTACK}2", "a", "hybrid", f"{ATTACK}3"],
        ["cms", "new", ATTACK, "a", "hybrid", ATTACK],
        ["cms", ATTACK, ATTACK, ATTACK, ATTACK, ATTACK],
    ]

    answer = upload(browsers["editor"], csv_bytes([header, *rows]), name=f"{ATTACK}.csv")
    recent = browsers["editor"].get(IMPORT)

    for page in (answer.content.decode(), recent.content.decode()):
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in answer.content.decode()


def test_import_is_for_who_may_change_entries(browsers: Browsers) -> None:
    upload_rows(browsers["editor"], ["cms", "a", "A", "a", "hybrid"])
    found = Import.objects.get()

    answers = {name: client.get(IMPORT).status_code for name, client in browsers.items()}
    results = {name: client.get(page_of(found)).status_code for name, client in browsers.items()}
    posts = {
        name: browsers[name].post(page_of(found), {"note": "a"}).status_code for name in ("anonymous", "publisher")
    }
    uploads = upload(browsers["publisher"], b"builder_name\na").status_code

    assert answers == {"anonymous": 302, "editor": 200, "publisher": 403, "administrator": 200}
    # Nobody sees what somebody else has uploaded.
    assert results == {"anonymous": 302, "editor": 200, "publisher": 403, "administrator": 404}
    assert (posts, uploads) == ({"anonymous": 302, "publisher": 403}, 403)
    assert Provider.objects.count() == 0


def test_menu_leads_to_the_import_for_who_may(browsers: Browsers) -> None:
    link = f'href="{IMPORT}"'

    pages = {name: link in client.get("/admin/").content.decode() for name, client in browsers.items()}

    assert pages == {"anonymous": False, "editor": True, "publisher": False, "administrator": True}


def test_page_lists_own_imports_and_explains_own_kinds(browsers: Browsers) -> None:
    upload_rows(browsers["editor"], ["cms", "a", "A", "a", "hybrid"])

    mine, theirs = browsers["editor"].get(IMPORT), browsers["administrator"].get(IMPORT)

    assert [found.file_name for found in mine.context["recent"]] == ["list.csv"]
    assert list(theirs.context["recent"]) == []
    assert [kind for kind, _ in mine.context["reference"]] == ["provider", "builder", "stack"]
    columns = {column.name: column.what for column in mine.context["reference"][1][1]}
    assert columns["category"] == "One of static_site, generic, container"
    assert columns["ssg_engine_options"] == "Words, separated by commas"


def test_result_costs_the_same_for_one_and_three(browsers: Browsers) -> None:
    def count(number: int) -> int:
        names = [f"p{at}" for at in range(number)]
        for name in names:
            save("provider", provider_document(name), User.objects.get(username="editor"), approved=False)
        rows = [["cms", name, f"New {number}", "a", "hybrid"] for name in names]
        address = upload_rows(browsers["editor"], *rows, ["cms", "x", "X", "a", "hybrid"]).request["PATH_INFO"]
        return count_queries(browsers["editor"], address)

    for_one = count(1)

    assert count(3) == for_one
