"""Exports: the same bytes again, nothing of others touched, no edit lost."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.actions.approvals import approve
from catalog.actions.errors import RefusedError
from catalog.actions.repository.exporting import Export, export_registry
from catalog.models import AuditRecord, find_entry
from tests.catalog.actions.repository.trees import DOCUMENTS, KEYS, contents, edit, exported, fill
from tests.factories import SANITY, save

pytestmark = pytest.mark.django_db
SCHEMAS = [f"schemas/{kind}.schema.json" for kind in ("builder", "provider", "stack")]
MARK = ".registry-export.json"


def refusal(folder: Path, **options: Any) -> str:
    with pytest.raises(RefusedError) as caught:
        export_registry(folder, **options)
    return str(caught.value)


def test_every_entry_has_a_file_removed_ones_too(boss: User, tmp_path: Path) -> None:
    fill(boss)

    export = export_registry(tmp_path / "new" / "registry")

    assert export == Export(written=KEYS)
    assert sorted(contents(tmp_path / "new" / "registry")) == sorted([MARK, *SCHEMAS, *(f"{key}.json" for key in KEYS)])
    noted = AuditRecord.objects.get(verb="exported")
    assert (noted.object_name, noted.detail, noted.by) == ("registry", "4 entries as files for Git", None)


def test_second_export_changes_no_byte_and_no_file(boss: User, tmp_path: Path) -> None:
    fill(boss)
    first = exported(tmp_path)
    times = {path: (tmp_path / path).stat().st_mtime_ns for path in first if path not in (MARK, *SCHEMAS)}

    export = export_registry(tmp_path)

    assert (export, contents(tmp_path)) == (Export(unchanged=KEYS), first)
    assert {path: (tmp_path / path).stat().st_mtime_ns for path in times} == times


def test_changes_of_the_registry_are_written_and_nothing_else_is_touched(boss: User, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    fill(boss)
    exported(tmp_path)
    for path in ("README.md", "providers/README.md", "src/x.json", ".git/config", "providers/cms/.keep"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(path)
    before = contents(tmp_path)
    save("provider", {**DOCUMENTS[1][1], "icon": "new"}, boss)

    export = export_registry(tmp_path)

    assert export == Export(written=["providers/cms/sanity"], unchanged=[key for key in KEYS if "sanity" not in key])
    changed = {path for path, content in contents(tmp_path).items() if before[path] != content}
    assert changed == {"providers/cms/sanity.json", MARK}


def test_only_approved_revisions_are_exported_if_asked_for(boss: User, tmp_path: Path) -> None:
    fill(boss)
    entry = find_entry("builders/hugo")
    assert entry is not None
    approve(entry, number=1, by=boss)
    save("builder", {**DOCUMENTS[0][1], "icon": "draft"}, boss, approved=False)
    exported(tmp_path)

    export = export_registry(tmp_path, only_approved=True)

    assert export == Export(written=["builders/hugo"], removed=sorted(set(KEYS) - {"builders/hugo"}))
    assert [path for path in contents(tmp_path) if path not in SCHEMAS] == [MARK, "builders/hugo.json"]
    assert b"draft" not in (tmp_path / "builders/hugo.json").read_bytes()
    assert not (tmp_path / "providers").exists()


def test_edited_files_are_left_alone_until_somebody_gives_them_up(boss: User, tmp_path: Path) -> None:
    fill(boss)
    exported(tmp_path)
    edit(tmp_path, "builders/hugo", icon="theirs")
    (tmp_path / "stacks/foundation/marketing.json").write_text("{ half an edit")
    (tmp_path / "providers/cms/decap.json").write_bytes(b" " * 1_000_001)
    before = contents(tmp_path)
    edited = ["builders/hugo", "providers/cms/decap", "stacks/foundation/marketing"]
    same = "providers/cms/sanity"

    left = export_registry(tmp_path)
    after = contents(tmp_path)
    one = export_registry(tmp_path, overwrite={"builders/hugo"})
    rest = export_registry(tmp_path, overwrite={"all"})

    assert (left, after) == (Export(unchanged=[same], conflicts=edited), before)
    assert one == Export(written=edited[:1], unchanged=[same], conflicts=edited[1:])
    assert rest == Export(written=edited[1:], unchanged=["builders/hugo", same])


def test_edited_files_of_entries_that_are_not_exported_any_more_stay(boss: User, tmp_path: Path) -> None:
    fill(boss)
    exported(tmp_path)
    edit(tmp_path, "builders/hugo", icon="theirs")

    export = export_registry(tmp_path, only_approved=True)
    again = export_registry(tmp_path, only_approved=True)

    assert (export.removed, export.conflicts) == (sorted(set(KEYS) - {"builders/hugo"}), ["builders/hugo"])
    assert again == Export(conflicts=["builders/hugo"])
    assert (tmp_path / "builders/hugo.json").exists()


def test_folder_of_somebody_else_is_refused_unless_told(boss: User, tmp_path: Path) -> None:
    fill(boss)
    (tmp_path / "thesis.txt").write_text("mine")
    (tmp_path / "builders").mkdir()
    (tmp_path / "builders/hugo.json").write_text("{}")

    assert refusal(tmp_path) == (
        f"{tmp_path} is not empty, and no export of the registry. Say --into-existing to write beside what is there."
    )
    assert sorted(contents(tmp_path)) == ["builders/hugo.json", "thesis.txt"]

    export = export_registry(tmp_path, into_existing=True)

    assert (export.conflicts, len(export.written)) == (["builders/hugo"], 3)
    assert ((tmp_path / "thesis.txt").read_text(), (tmp_path / "builders/hugo.json").read_text()) == ("mine", "{}")


def test_new_repository_of_git_counts_as_empty(boss: User, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    save("provider", SANITY, boss)

    assert export_registry(tmp_path) == Export(written=["providers/cms/sanity"])


def test_nothing_is_written_through_links(boss: User, tmp_path: Path) -> None:
    fill(boss)
    outside, folder = tmp_path / "outside", tmp_path / "registry"
    outside.mkdir()
    exported(folder)
    (folder / "builders/hugo.json").unlink()
    (folder / "builders").rmdir()
    (folder / "builders").symlink_to(outside)
    of_folder = refusal(folder)
    (folder / "builders").unlink()
    exported(folder)
    (folder / "builders/hugo.json").unlink()
    (folder / "builders/hugo.json").symlink_to(outside / "passwd")
    left = export_registry(folder)
    (folder / "builders/hugo.json").unlink()
    (folder / "builders/.hugo.json.new").symlink_to(outside / "passwd")
    written = export_registry(folder)

    assert of_folder == f"{folder / 'builders'} is a link; nothing is written through it."
    assert left.conflicts == ["builders/hugo"]
    assert written.written == ["builders/hugo"]
    assert list(outside.iterdir()) == []
    assert [path for path in folder.rglob("*") if path.is_symlink()] == []


def test_damaged_mark_stops_the_export(boss: User, tmp_path: Path) -> None:
    fill(boss)
    before = exported(tmp_path)
    (tmp_path / MARK).write_text("<<<<<<< HEAD\n")

    assert refusal(tmp_path) == (
        f"{tmp_path / MARK}: It is damaged: line 1, column 1: Expecting value. Bring it back from Git, or export again."
    )
    (tmp_path / MARK).unlink()
    os.mkfifo(tmp_path / MARK)
    assert refusal(tmp_path) == f"{MARK}: file: This is no file."
    assert {path: content for path, content in contents(tmp_path).items() if path != MARK} == {
        path: content for path, content in before.items() if path != MARK
    }


def test_place_that_is_no_folder_is_refused(db: None, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert refusal(tmp_path / "file") == f"{tmp_path / 'file'} cannot be used: File exists."
    assert refusal(tmp_path / "file" / "below") == f"{tmp_path / 'file' / 'below'} cannot be used: Not a directory."
    assert refusal(Path("/proc/registry")).startswith("/proc/registry cannot be used: ")
