"""Moving in: one import by a person, twice is once, and parity before and after."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from catalog.actions.errors import RefusedError
from catalog.actions.imports import count_verdicts
from catalog.actions.moving_in import Move, check_parity, move_in, try_moving_in
from catalog.actions.roles import create_roles
from catalog.actions.starter import load_starter_catalog
from catalog.documents.legacy.outcome import Choices
from catalog.models import Alias, AuditRecord, Import, Revision, Stack, find_entry
from tests.catalog.documents.legacy.platform_stack_factory import PlatformStackFactory
from tests.factories import SANITY, builder_document, save, stack_document

pytestmark = pytest.mark.django_db
SOURCE = PlatformStackFactory.STACK_METADATA
LEAVING_OUT = Choices(left_out=frozenset({"support_hours"}))
SMALL: dict[str, Any] = {"sanity_cms_tier": {"cms_provider": "sanity", "cms_type": "hybrid", "builder": "hugo"}}


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss")


def moving(source: Any, by: User, choices: Choices | None = None) -> Move:
    return try_moving_in(source, choices or Choices(), by=by)


def differing(source: Any) -> list[str]:
    parity, _ = check_parity(source, Choices())
    return [each.path for each in parity.differences]


def test_realistic_dictionary_moves_into_an_empty_registry(boss: User) -> None:
    move = moving(SOURCE, boss, LEAVING_OUT)
    assert count_verdicts(move.rows) == {"create": 30, "update": 0, "unchanged": 0, "error": 0}
    assert Revision.objects.count() == Import.objects.count() == 0

    made = move_in(move, file_name="factory.py", note="Moved in", by=boss)

    assert made.applied_at is not None
    assert set(Revision.objects.values_list("source", "author", "change_note")) == {("import", boss.pk, "Moved in")}
    assert list(Stack.objects.exclude(approved_revision=None)) == []
    assert (
        Alias.objects.get(old_key="stacks/foundation/modern_performance").key == "stacks/foundation/modern-performance"
    )
    assert Alias.objects.get(old_key="providers/ecommerce/shopify_basic").key == "providers/ecommerce/shopify-basic"
    noted = AuditRecord.objects.filter(verb="imported").values_list("object_name", "detail")
    assert list(noted) == [("factory.py", "30 created, 0 changed: Moved in")]
    assert differing(SOURCE) == ["developer.support_hours"]


def test_moving_in_has_the_parity_that_the_dry_run_told_and_twice_is_once(boss: User) -> None:
    load_starter_catalog()
    before, others = check_parity(SOURCE, Choices())

    move = moving(SOURCE, boss, LEAVING_OUT)
    move_in(move, file_name="factory.py", note="Once", by=boss)

    after, _ = check_parity(SOURCE, Choices())
    assert (len(before.differences) > 50, others) == (True, 0)
    assert move.parity == after
    assert ([each.path for each in after.differences], after.compared) == (["developer.support_hours"], 176)
    again = moving(SOURCE, boss, LEAVING_OUT)
    assert count_verdicts(again.rows) == {"create": 0, "update": 0, "unchanged": 15, "error": 0}
    count = Revision.objects.count()
    with pytest.raises(RefusedError, match=r"^Nothing would change, so there is nothing to write\.$"):
        move_in(again, file_name="factory.py", note="Twice", by=boss)
    assert Revision.objects.count() == count


def test_stacks_that_only_the_registry_has_are_counted(boss: User) -> None:
    save("stack", stack_document("ours"))
    save("stack", stack_document("gone", lifecycle={"state": "removed", "since": "2026-01-01", "reason": "Old"}))

    parity, others = check_parity({"marketing": {}}, Choices())

    assert ([each.path for each in parity.differences], others) == (["marketing"], 1)


def test_nothing_is_imported_while_something_would_be_lost(boss: User) -> None:
    move = moving(SOURCE, boss)

    assert [(each.path, each.unknown) for each in move.mapped.complaints] == [
        ("developer.support_hours", "support_hours")
    ]
    assert move.rows == []
    with pytest.raises(RefusedError, match="while something of the dictionary would be lost"):
        move_in(move, file_name="factory.py", note="Once", by=boss)


def test_rights_and_schemas_are_those_of_any_import(boss: User, editor: User) -> None:
    create_roles()
    save("provider", SANITY, boss)
    save("builder", builder_document("hugo"), boss)
    source = {**SMALL, "wrong_template": {"hosting_pattern": "é", "monthly_cost_range": (5, 1)}}

    refused = {row["key"]: [each["message"] for each in row["problems"]] for row in moving(source, editor).rows}
    editor.groups.add(Group.objects.get(name="Editor"))
    allowed = moving(SMALL, User.objects.get(pk=editor.pk))

    assert refused == {
        "stacks/cms-tiers/sanity-cms-tier": ["You may not add stacks."],
        "providers/cms/sanity": ["You may not change providers."],
        "stacks/templates/wrong-template": [
            "'é': Use lower-case letters and digits, words joined by underscores.",
            "“From” (5) is more than “to” (1).",
        ],
    }
    assert count_verdicts(allowed.rows) == {"create": 1, "update": 1, "unchanged": 0, "error": 0}


def test_what_changed_since_the_dry_run_is_not_overwritten(boss: User, editor: User) -> None:
    save("provider", SANITY, boss)
    save("builder", builder_document("hugo"), boss)
    move = moving(SMALL, boss)
    save("provider", {**SANITY, "icon": "theirs"}, editor)

    with pytest.raises(RefusedError, match=r"somebody has changed providers/cms/sanity just now; try again\.$"):
        move_in(move, file_name="small.json", note="Once", by=boss)

    assert (Stack.objects.count(), Import.objects.count()) == (0, 0)


def test_entries_are_found_by_names_that_they_had_before(boss: User) -> None:
    save("provider", SANITY, boss)
    save("builder", builder_document("hugo", aliases=["builders/old_hugo"]), boss)
    save("stack", stack_document("sanity", aliases=["stacks/cms-tiers/sanity_cms_tier"], category="cms-tiers"), boss)
    source = {"sanity_cms_tier": {"cms_provider": "sanity", "builder": "old_hugo", "best_for": "Teams"}}

    move = moving(source, boss)
    move_in(move, file_name="small.json", note="Once", by=boss)

    assert count_verdicts(move.rows) == {"create": 0, "update": 1, "unchanged": 0, "error": 0}
    stack = find_entry("stacks/cms-tiers/sanity")
    assert isinstance(stack, Stack)
    assert (stack.best_for, stack.builder and stack.builder.slug, Stack.objects.count()) == ("Teams", "hugo", 1)


def test_what_is_no_dictionary_is_complained_of(boss: User) -> None:
    sources: tuple[Any, ...] = (None, [], {}, "text")
    for source in sources:
        move = moving(source, boss)
        assert ([each.message for each in move.mapped.complaints], move.rows, check_parity(source, Choices())[1]) == (
            ["This is no dict of stacks, or an empty one."], [], 0,
        )  # fmt: skip


def test_texts_that_no_database_can_hold_are_refused_in_words(boss: User) -> None:
    texts = {"best_for": "a\0b", "tier_name": "\ud800", "icon": "\0"}
    lost = moving({"a\0b": {}, "x_template": {"\0": 1}}, boss)

    found = moving({"x_template": texts}, boss)

    assert [each.message for each in lost.mapped.complaints] == [
        "This is no name of a stack: letters and digits, joined by underscores or hyphens.",
        "The registry has no place for this.",
    ]
    assert count_verdicts(found.rows) == {"create": 0, "update": 0, "unchanged": 0, "error": 1}
    assert check_parity({"x_template": texts}, Choices())[0].compared == 1
