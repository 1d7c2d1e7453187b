"""Imports of a folder: round trips are exact, edits of one side arrive, edits of both are left to a person."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from catalog.actions.direction import saving_problems
from catalog.actions.errors import RefusedError
from catalog.actions.imports import count_verdicts
from catalog.actions.repository.importing import DamagedFilesError, Plan, apply_plan, plan_import
from catalog.actions.roles import create_roles
from catalog.documents.canonical import canonical_bytes
from catalog.documents.layout import write_document
from catalog.documents.mapping import key_of
from catalog.documents.sides import Side
from catalog.models import Import, Provider, Revision, find_entry
from tests.catalog.actions.repository.trees import DOCUMENTS, KEYS, contents, edit, exported, fill, imported, write
from tests.catalog.documents.strategies import POOL, kinds_and_documents
from tests.factories import SANITY, builder_document, provider_document, save, stack_document

pytestmark = pytest.mark.django_db
DECAP, SANITY_KEY, HUGO = "providers/cms/decap", "providers/cms/sanity", "builders/hugo"
STACK = "stacks/foundation/marketing"


@pytest.fixture
def pooled(boss: User) -> User:
    """The entries that random documents name are there."""
    for kind, document in POOL:
        save(kind, document, boss, approved=False)
    return boss


def counts(plan: Plan) -> tuple[int, int, int]:
    found = count_verdicts(plan.rows)
    return found["create"], found["update"], found["error"]


def latest(key: str) -> tuple[int, dict[str, Any]]:
    entry = find_entry(key)
    assert entry is not None
    assert entry.latest_revision is not None
    return entry.latest_revision.number, entry.latest_revision.document


def test_export_goes_into_an_empty_registry_and_comes_out_the_same(boss: User, tmp_path: Path) -> None:
    write(tmp_path / "first", *DOCUMENTS)

    plan = imported(tmp_path / "first", boss)
    first = exported(tmp_path / "first")
    second = exported(tmp_path / "second")

    assert counts(plan) == (4, 0, 0)
    assert {key: latest(key) for key in KEYS} == {key_of(kind, document): (1, document) for kind, document in DOCUMENTS}
    assert first == second
    assert set(Revision.objects.values_list("source", "change_note", "author")) == {("import", "From Git", boss.pk)}


def test_import_of_an_export_changes_nothing(boss: User, tmp_path: Path) -> None:
    fill(boss)
    before = exported(tmp_path)

    plan = imported(tmp_path, boss)

    assert (plan.rows, plan.sides) == ([], dict.fromkeys(KEYS, Side.SAME))
    assert (Revision.objects.count(), Import.objects.count(), contents(tmp_path)) == (4, 0, before)


@settings(
    max_examples=6,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(kinds_and_documents, min_size=1, max_size=2, unique_by=lambda example: key_of(*example)))
def test_any_documents_come_through_files_unchanged(
    pooled: User, tmp_path: Path, examples: list[tuple[str, dict[str, Any]]]
) -> None:
    assume(not any(saving_problems(kind, document) for kind, document in examples))
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    # Two entries cannot have the same alias.
    aliases = sorted({alias for _, document in examples for alias in document.pop("aliases", [])})
    examples[0][1].update({"aliases": aliases} if aliases else {})
    write(folder, *examples)

    with transaction.atomic():
        imported(folder, pooled)
        exported(folder / "again")
        transaction.set_rollback(True)

    for kind, document in examples:
        # 3600.0 is 3600 in what is recorded.
        recorded = json.loads(canonical_bytes(document))
        assert (folder / "again" / f"{key_of(kind, document)}.json").read_bytes() == write_document(kind, recorded)


def test_edits_of_files_arrive_as_one_import_of_drafts(boss: User, tmp_path: Path) -> None:
    fill(boss)
    exported(tmp_path)
    edit(tmp_path, SANITY_KEY, icon="edited")
    write(tmp_path, ("stack", stack_document("new", category="composed", providers={"cms": ["tina"]})))
    write(tmp_path, ("provider", provider_document("tina")))

    plan = imported(tmp_path, boss)

    assert counts(plan) == (2, 1, 0)
    assert (latest(SANITY_KEY)[0], latest(SANITY_KEY)[1]["icon"]) == (2, "edited")
    assert Import.objects.count() == 1
    assert imported(tmp_path, boss).rows == []
    before = contents(tmp_path)
    after = exported(tmp_path)
    assert {path for path in after if before[path] != after[path]} == {"providers/cms/sanity.json"}


def test_what_changed_in_the_registry_alone_is_newer_there(boss: User, tmp_path: Path) -> None:
    fill(boss)
    exported(tmp_path)
    save("provider", {**DOCUMENTS[1][1], "icon": "theirs"}, boss)

    plan = imported(tmp_path, boss, overwrite={"all"})

    assert (plan.rows, plan.left_alone(Side.REGISTRY)) == ([], [SANITY_KEY])
    assert latest(SANITY_KEY)[0] == 2


def test_what_changed_on_both_sides_is_left_alone_until_a_person_says(boss: User, tmp_path: Path) -> None:
    fill(boss)
    exported(tmp_path)
    for key, document in ((SANITY_KEY, DOCUMENTS[1][1]), (HUGO, DOCUMENTS[0][1])):
        edit(tmp_path, key, icon="mine")
        save(key.partition("/")[0][:-1], {**document, "icon": "theirs"}, boss)
    edit(tmp_path, STACK, icon="mine")
    before = contents(tmp_path)

    plan = imported(tmp_path, boss)
    one = imported(tmp_path, boss, overwrite={SANITY_KEY})
    again = imported(tmp_path, boss)

    assert (counts(plan), plan.left_alone(Side.BOTH)) == ((0, 1, 0), [HUGO, SANITY_KEY])
    assert (counts(one), one.left_alone(Side.BOTH)) == ((0, 1, 0), [HUGO])
    assert (again.rows, again.left_alone(Side.BOTH)) == ([], [HUGO])
    assert {key: latest(key)[1]["icon"] for key in (SANITY_KEY, HUGO, STACK)} == {
        SANITY_KEY: "mine", HUGO: "theirs", STACK: "mine",
    }  # fmt: skip
    changed = {path for path, content in contents(tmp_path).items() if before[path] != content}
    assert changed == {".registry-export.json"}


def test_the_same_edit_on_both_sides_is_no_conflict(boss: User, tmp_path: Path) -> None:
    fill(boss)
    exported(tmp_path)
    edit(tmp_path, SANITY_KEY, icon="same")
    save("provider", {**DOCUMENTS[1][1], "icon": "same"}, boss)

    plan = imported(tmp_path, boss)
    save("provider", {**DOCUMENTS[1][1], "icon": "later"}, boss)

    assert plan.sides[SANITY_KEY] == Side.SAME
    assert imported(tmp_path, boss).sides[SANITY_KEY] == Side.REGISTRY


def test_files_of_another_registry_are_not_taken_for_old(boss: User, tmp_path: Path) -> None:
    fill(boss)
    exported(tmp_path)
    mark = (tmp_path / ".registry-export.json").read_text()
    # Files and mark agree on a document that this registry has never had.
    write(tmp_path / "other", ("provider", {**SANITY, "icon": "other"}))
    other = plan_import(tmp_path / "other", by=boss)
    shutil.copy(tmp_path / "other/providers/cms/sanity.json", tmp_path / "providers/cms/sanity.json")
    lines = [
        line if SANITY_KEY not in line else f'    "{SANITY_KEY}": "{other.digests[SANITY_KEY]}",'
        for line in mark.splitlines()
    ]
    (tmp_path / ".registry-export.json").write_text("\n".join(lines))

    assert plan_import(tmp_path, by=boss).left_alone(Side.BOTH) == [SANITY_KEY]
    assert other.left_alone(Side.BOTH) == [SANITY_KEY]


def test_files_that_were_taken_away_remove_entries_only_with_a_reason(boss: User, tmp_path: Path) -> None:
    fill(boss)
    exported(tmp_path)
    for key in (STACK, DECAP, HUGO):
        (tmp_path / f"{key}.json").unlink()
    save("builder", {**DOCUMENTS[0][1], "icon": "theirs"}, boss)

    kept = imported(tmp_path, boss)
    removed = imported(tmp_path, boss, removal_reason="Not\nsold any more")

    assert (kept.rows, kept.left_alone(Side.GONE), kept.left_alone(Side.BOTH)) == ([], [STACK], [HUGO])
    assert kept.sides[DECAP] == Side.SAME
    assert counts(removed) == (0, 1, 0)
    lifecycle = latest(STACK)[1]["lifecycle"]
    assert (lifecycle["state"], lifecycle["reason"]) == ("removed", "Not sold any more")
    assert imported(tmp_path, boss, removal_reason="Again").rows == []
    exported(tmp_path)
    assert (tmp_path / f"{STACK}.json").exists()


def test_what_is_used_is_not_removed(boss: User, tmp_path: Path) -> None:
    fill(boss)
    exported(tmp_path)
    (tmp_path / f"{SANITY_KEY}.json").unlink()

    plan = plan_import(tmp_path, by=boss, removal_reason="Old")

    assert [row["problems"][0]["message"] for row in plan.rows] == [
        "providers/cms/sanity cannot be removed while it is used: stacks/foundation/marketing."
    ]
    with pytest.raises(RefusedError, match="Nothing is written while a line is wrong"):
        apply_plan(plan, note="From Git", by=boss)
    with pytest.raises(RefusedError, match=r"^The reason has 501 characters; 500 are allowed\.$"):
        plan_import(tmp_path, by=boss, removal_reason="x" * 501)


def test_damaged_files_stop_the_import_with_all_that_is_wrong(boss: User, tmp_path: Path) -> None:
    fill(boss)
    exported(tmp_path)
    (tmp_path / f"{HUGO}.json").write_text("{")
    edit(tmp_path, SANITY_KEY, display_name="")

    with pytest.raises(DamagedFilesError) as caught:
        plan_import(tmp_path, by=boss)

    assert [problem.path for problem in caught.value.problems] == ["builders/hugo.json", "providers/cms/sanity.json"]
    with pytest.raises(RefusedError, match=r"has no builders, providers or stacks\.$"):
        plan_import(tmp_path / "schemas", by=boss)


def test_rights_are_those_of_any_import(editor: User, boss: User, tmp_path: Path) -> None:
    create_roles()
    fill(boss)
    exported(tmp_path)
    edit(tmp_path, SANITY_KEY, icon="edited")
    write(tmp_path, ("stack", stack_document("new")))

    plan = plan_import(tmp_path, by=editor)

    assert {row["key"]: row["problems"][0]["message"] for row in plan.rows} == {
        SANITY_KEY: "You may not change providers.",
        "stacks/foundation/new": "You may not add stacks.",
    }


def test_what_changed_since_the_plan_is_not_overwritten(boss: User, tmp_path: Path) -> None:
    fill(boss)
    exported(tmp_path)
    edit(tmp_path, SANITY_KEY, icon="mine")
    before = contents(tmp_path)
    plan = plan_import(tmp_path, by=boss)
    save("provider", {**DOCUMENTS[1][1], "icon": "theirs"}, boss)

    with pytest.raises(RefusedError, match=r"somebody has changed providers/cms/sanity just now"):
        apply_plan(plan, note="From Git", by=boss)

    assert (latest(SANITY_KEY)[1]["icon"], contents(tmp_path)) == ("theirs", before)


def test_more_than_people_may_import_at_once_is_no_limit_here(
    boss: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.actions.imports.MAX_WRITES", 2)
    write(tmp_path, *(("provider", provider_document(slug)) for slug in ("a", "b", "c")))

    imported(tmp_path, boss)

    assert Provider.objects.count() == 3


def test_mark_that_cannot_be_written_is_told_after_the_import(boss: User, tmp_path: Path) -> None:
    write(tmp_path, ("builder", builder_document("hugo")))
    plan = plan_import(tmp_path, by=boss)
    (tmp_path / ".registry-export.json").symlink_to("/nowhere")

    with pytest.raises(RefusedError, match=r"^The import is done, but what it was made of could not be noted: "):
        apply_plan(plan, note="From Git", by=boss)

    assert latest(HUGO)[0] == 1


def test_cost_does_not_grow_with_the_files_that_are_the_same(boss: User, tmp_path: Path) -> None:
    def queries(count: int) -> int:
        folder = tmp_path / str(count)
        for at in range(count):
            save("provider", provider_document(f"p{count}-{at}"), boss)
        exported(folder)
        with CaptureQueriesContext(connection) as captured:
            plan_import(folder, by=boss)
        return len(captured)

    assert queries(1) == queries(5)
