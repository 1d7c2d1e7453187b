"""The starter catalogue: loads whole, twice is once, people's work is kept, and what is wrong names file and line."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from catalog.actions.errors import RefusedError
from catalog.actions.starter import load_starter_catalog, read_starter_files
from catalog.documents.mapping import document_from_row
from catalog.models import Approval, Revision, find_entry
from tests.factories import SANITY, builder_document, sanity, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small starter catalogue of one builder and one provider."""
    write(tmp_path / "builders/hugo.json", builder_document("hugo"))
    write(tmp_path / "providers/cms/sanity.json", SANITY)
    return tmp_path


def write(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document, indent=2), encoding="utf-8")


def run_command(**options: Any) -> str:
    out = StringIO()
    call_command("load_starter_catalog", stdout=out, **options)
    return out.getvalue()


def test_loading_twice_changes_nothing() -> None:
    files = read_starter_files()
    assert load_starter_catalog() == {"created": len(files), "changed": 0, "unchanged": 0, "kept": 0}
    before = list(Revision.objects.values()), list(Approval.objects.values())

    assert load_starter_catalog() == {"created": 0, "changed": 0, "unchanged": len(files), "kept": 0}

    assert (list(Revision.objects.values()), list(Approval.objects.values())) == before


def test_every_file_becomes_its_approved_entry() -> None:
    load_starter_catalog()

    for file in read_starter_files():
        entry = find_entry(file.key)
        assert entry is not None
        assert document_from_row(entry) == file.document
        assert entry.is_approved


def test_command_counts_what_it_did(folder: Path) -> None:
    assert run_command(folder=folder) == "Starter catalogue: 2 created\n"
    assert run_command(folder=folder) == "Starter catalogue: 2 unchanged\n"


def test_no_approve_leaves_drafts_and_a_later_run_approves_them(folder: Path) -> None:
    run_command(folder=folder, no_approve=True)
    assert (sanity().is_approved, Approval.objects.count()) == (False, 0)

    run_command(folder=folder)
    assert (sanity().is_approved, Approval.objects.count()) == (True, 2)


def test_changed_file_changes_the_entry_that_nobody_touched(folder: Path) -> None:
    load_starter_catalog(folder)
    write(folder / "providers/cms/sanity.json", {**SANITY, "monthly_cost_range": [70, 280]})

    assert load_starter_catalog(folder) == {"created": 0, "changed": 1, "unchanged": 1, "kept": 0}

    assert sanity().monthly_cost_min == 70
    assert sanity().is_approved


def test_edits_of_people_are_kept(folder: Path, editor: User) -> None:
    load_starter_catalog(folder)
    save("provider", {**SANITY, "display_name": "Ours"}, editor, approved=False)
    write(folder / "providers/cms/sanity.json", {**SANITY, "display_name": "New from the starter catalogue"})

    assert load_starter_catalog(folder) == {"created": 0, "changed": 0, "unchanged": 1, "kept": 1}

    assert sanity().display_name == "Ours"
    assert not sanity().is_approved


@pytest.mark.parametrize(
    ("place", "text", "line", "why"),
    [
        ("providers/cms/a.json", '{\n  "provider_name": "a",\n}', 3, "double quotes"),
        ("providers/cms/a.json", '{"a": 1}\n{', 2, "Extra data"),
        ("providers/cms/a.json", "", 1, "Expecting value"),
        ("builders/a.json", builder_document("b"), 1, "the document is builders/b, the file's place says builders/a"),
        ("builders/sub/a.json", builder_document("a"), 1, "the file's place says builders/sub/a"),
        ("builders/a.json", {"colour": "red", **builder_document("a")}, 2, "/colour There is no such member here."),
        ("builders/a.json", builder_document("a", icon="No Icon"), 7, "/icon"),
        ("builders/a.json", builder_document("a", key_features=["ok", "Not OK"]), 7, "/key_features/1"),
        (
            "builders/a.json",
            builder_document("a", config_schema={"properties": {"b": {"type": "text"}}}),
            10,
            "/config_schema/properties/b/type",
        ),
        ("stacks/foundation/a.json", {"stack_name": "a"}, 1, "/display_name This is required."),
        ("builders/a.json", "[]", 1, "document This must be of type object."),
        ("builders/a.json", '{"a":' * 100_000, 1, "recursion"),
        ("builders/a.json", f'{{"a": {"1" * 5_000}}}', 1, "digits"),
        ("builders/a.json", json.dumps(builder_document("a", description="\ud800")), 1, "document"),
        ("builders/z.json", builder_document("z", aliases=["builders/hugo"]), 1, "is an entry of its own"),
        (
            "providers/cms/sanity.json",
            {"incompatible_builders": ["nowhere"], **SANITY},
            2,
            "/incompatible_builders/0 There is no entry builders/nowhere.",
        ),
    ],
    ids=range(16),
)
def test_wrong_file_is_named_with_its_line(folder: Path, place: str, text: Any, line: int, why: str) -> None:
    write(folder / place, text)

    with pytest.raises(CommandError) as refused:
        run_command(folder=folder)

    assert f"{folder / place}:{line}: " in str(refused.value)
    assert why in str(refused.value)
    assert Revision.objects.count() == 0


def test_every_wrong_file_is_named_at_once(folder: Path) -> None:
    for name in ("x", "y"):
        write(folder / f"builders/{name}.json", "{")

    with pytest.raises(RefusedError) as refused:
        load_starter_catalog(folder)

    assert [line.partition(": ")[0] for line in str(refused.value).splitlines()] == [
        f"{folder}/builders/x.json:1",
        f"{folder}/builders/y.json:1",
    ]


def test_file_that_is_no_text_is_named(folder: Path) -> None:
    (folder / "builders/a.json").write_bytes(b"\xff\xfe{")

    with pytest.raises(RefusedError, match=r"builders/a\.json:1: .*utf-8"):
        load_starter_catalog(folder)


def test_reference_to_nothing_loads_nothing(folder: Path) -> None:
    write(folder / "providers/cms/sanity.json", {**SANITY, "incompatible_builders": ["nowhere"]})

    with pytest.raises(RefusedError, match="There is no entry builders/nowhere"):
        load_starter_catalog(folder)

    assert Revision.objects.count() == 0


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="has no builders, providers or stacks"):
        load_starter_catalog(tmp_path)
