"""Files in every format through the page of the import: good ones are written, a hostile one is refused at the file."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.models import Builder, Import, Provider, Revision, Stack, find_entry
from tests.catalog.admin.bulk.test_imports import IMPORT, upload
from tests.catalog.admin.pages import BUILDERS, PROVIDERS, STACKS, Browsers, messages
from tests.catalog.documents.sheets import csv_bytes, repacked, xlsx_bytes
from tests.factories import SANITY, builder_document, provider_document, sanity, save, stack_document

pytestmark = pytest.mark.django_db
ROWS: list[list[Any]] = [
    ["provider_type", "provider_name", "display_name", "category", "cms_type", "monthly_cost_min", "monthly_cost_max"],
    ["cms", "sanity", "Sanity", "cms_tier_service", "api_based", 70, 280],
    ["cms", "tina", "Tina 👩‍👩‍👧‍👦", "cms_tier_service", "hybrid", None, None],
]
DOCUMENTS = [
    {**SANITY, "display_name": "Sanity", "monthly_cost_range": [70, 280]},
    provider_document("tina", display_name="Tina 👩‍👩‍👧‍👦", cms_type="hybrid"),
]
FILES = {"csv": csv_bytes(ROWS), "xlsx": xlsx_bytes(ROWS), "json": json.dumps(DOCUMENTS).encode()}
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><worksheet>&c;</worksheet>"""
NO_WORKBOOK = "This cannot be read as an Excel workbook; open it and save it again as XLSX."
HOSTILE = [
    (repacked(FILES["xlsx"], {"bomb.bin": b"\0" * 51_000_000}), "The workbook unpacks to 51 MB; 50 MB are allowed."),
    (repacked(FILES["xlsx"], {"xl/worksheets/sheet1.xml": LAUGHS}), NO_WORKBOOK),
    (FILES["xlsx"][:-200], NO_WORKBOOK),
    (b"[" * 200_000, "The JSON is nested too deeply."),
    (b'[{"provider_name": NaN}]', "The JSON cannot be used: NaN is no number of JSON."),
    (b"[{]", "This is no JSON: Expecting property name enclosed in double quotes (line 1, column 3)."),
]


@pytest.mark.parametrize("file_format", FILES)
def test_file_of_each_format_is_looked_at_and_written(file_format: str, browsers: Browsers) -> None:
    save("provider", SANITY)

    shown = upload(browsers["editor"], FILES[file_format], f"list.{file_format}")
    rows = [(row["name"], row["label"]) for row in shown.context["rows"]]
    written = browsers["editor"].post(shown.request["PATH_INFO"], {"note": "From a file"}, follow=True)

    assert rows == [("Sanity", "changed"), ("Tina 👩‍👩‍👧‍👦", "new")]
    assert messages(written) == ["All of it is written. Each entry has a new draft revision to approve."]
    assert (sanity().display_name, sanity().monthly_cost_min, sanity().best_for) == ("Sanity", 70, SANITY["best_for"])
    assert Provider.objects.get(slug="tina").display_name == "Tina 👩‍👩‍👧‍👦"
    assert Revision.objects.filter(change_note="From a file", source="import", author__username="editor").count() == 2


@pytest.mark.parametrize(("content", "message"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_file_is_refused_at_the_file_and_nothing_is_kept(
    content: bytes, message: str, browsers: Browsers
) -> None:
    answer = upload(browsers["editor"], content, "list.xlsx")

    assert (answer.status_code, answer.context["error"]) == (200, message)
    page = answer.content.decode()
    assert ('aria-invalid="true"' in page, page.count(message.replace("'", "&#x27;"))) == (True, 1)
    assert (Import.objects.count(), Provider.objects.count()) == (0, 0)


NAMES = [
    "שלום (1)",
    "مرحبا بالعالم",
    "👩‍👩‍👧‍👦 🛒",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚",
    "<script>alert(1)</script>",
    "=cmd()|'/C calc'!A0",
    '+1, "2"; 3',
    "'quoted",
]


@pytest.mark.parametrize("file_format", FILES)
def test_names_in_any_script_go_out_and_come_back_unchanged(file_format: str, browsers: Browsers) -> None:
    """Exported, imported as they are, and imported again once somebody has changed them: the same to the letter."""
    documents: dict[str, dict[str, Any]] = {}
    for at, name in enumerate(NAMES):
        texts = {"display_name": name, "description": f"{name}\n{name}", "best_for": name}
        documents[save("provider", provider_document(f"p{at}", **texts))] = provider_document(f"p{at}", **texts)
        documents[save("builder", builder_document(f"b{at}", **texts))] = builder_document(f"b{at}", **texts)
        documents[save("stack", stack_document(f"s{at}", **texts))] = stack_document(f"s{at}", **texts)
    client = browsers["editor"]
    files = [client.get(f"{page}export/{file_format}/").content for page in (PROVIDERS, BUILDERS, STACKS)]

    same = [upload(client, content, f"a.{file_format}") for content in files]
    assert [{row["label"] for row in answer.context["rows"]} for answer in same] == [{"unchanged"}] * 3
    rename_all()
    for content in files:
        shown = upload(client, content, f"a.{file_format}")
        client.post(shown.request["PATH_INFO"], {"note": "Back"})

    assert {key: stored_document(key) for key in documents} == documents


def rename_all() -> None:
    editor = User.objects.get(username="editor")
    plain = {"display_name": "Plain", "description": "Plain", "best_for": "Plain"}
    for at in range(len(NAMES)):
        save("provider", provider_document(f"p{at}", **plain), editor, approved=False)
        save("builder", builder_document(f"b{at}", **plain), editor, approved=False)
        save("stack", stack_document(f"s{at}", **plain), editor, approved=False)
    names = [model.objects.filter(display_name="Plain").count() for model in (Provider, Builder, Stack)]
    assert names == [len(NAMES)] * 3


def stored_document(key: str) -> Any:
    entry = find_entry(key)
    assert entry is not None
    assert entry.latest_revision is not None
    return entry.latest_revision.document


def test_page_of_the_import_names_the_formats(browsers: Browsers) -> None:
    page = browsers["editor"].get(IMPORT).content.decode()

    assert [name in page for name in ("CSV", "XLSX", "JSON")] == [True] * 3
