"""Restore a revision: what comes back, what is left out with words, what is refused."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User

from catalog.actions.entries import save_entry
from catalog.actions.errors import InvalidDocumentError, RefusedError, StaleEntryError
from catalog.actions.lifecycle import change_lifecycle
from catalog.actions.restore import LeftOut, plan_restore, restore_revision
from catalog.documents.canonical import canonical_bytes, sha256_hex
from catalog.documents.mapping import document_from_row
from catalog.models import Alias, Provider, Revision, Stack, find_entry
from tests.factories import SANITY, builder_document, change_by, provider_document, sanity, save, stack_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema_admin(db: None) -> User:
    person = User.objects.create_user("schema-admin")
    person.user_permissions.add(Permission.objects.get(codename="change_config_schema"))
    return person


def restore(number: int, person: User, *, key: str = "providers/cms/sanity", **given: Any) -> Revision:
    entry = find_entry(key)
    assert entry is not None
    assert entry.latest_revision is not None
    return restore_revision(
        entry,
        number=number,
        **{"by": person, "note": "Back to it", "expected_revision": entry.latest_revision.number, **given},
    )


def save_as(person: User, kind: str, document: dict[str, Any]) -> None:
    save_entry(kind, document, change_by(person))


def remove(key: str, person: User) -> None:
    entry = find_entry(key)
    assert entry is not None
    assert entry.latest_revision is not None
    number = entry.latest_revision.number
    change_lifecycle(entry, state="removed", reason="Gone", by=person, expected_revision=number)


def write_revision(document: dict[str, Any], *, number: int) -> None:
    """A revision as an earlier release of the product may have written it."""
    content = canonical_bytes(document)
    latest = sanity().latest_revision
    assert latest is not None
    Revision.objects.create(
        **{
            **{field.attname: getattr(latest, field.attname) for field in Revision._meta.concrete_fields},
            "id": None,
            "number": number,
            "canonical": content.decode(),
            "sha256": sha256_hex(content),
        }
    )


def test_restored_content_is_a_new_draft_with_its_source_and_note(editor: User) -> None:
    save("provider", SANITY)
    save_as(editor, "provider", {**SANITY, "icon": "new", "key_features": ["other"]})

    revision = restore(1, editor)

    assert (revision.number, revision.document, revision.source) == (3, SANITY, "restore")
    assert (revision.author, revision.change_note) == (editor, "Back to it")
    assert (document_from_row(sanity()), sanity().latest_revision, sanity().is_approved) == (SANITY, revision, False)


def test_relations_and_aliases_come_back(editor: User) -> None:
    for slug in ("a", "b"):
        save("provider", provider_document(slug))
    save("builder", builder_document("hugo"))
    first = stack_document(providers={"cms": ["b", "a"]}, builder="hugo", aliases=["stacks/foundation/old"])
    save("stack", first)
    save_as(editor, "stack", stack_document(providers={"cms": ["a"]}))

    revision = restore(1, editor, key="stacks/foundation/marketing")

    assert revision.document == first
    assert document_from_row(Stack.objects.get()) == first


def test_removed_and_missing_references_are_left_out_with_words(editor: User) -> None:
    for slug in ("a", "b", "c"):
        save("provider", provider_document(slug))
    save("builder", builder_document("hugo"))
    save("stack", stack_document(providers={"cms": ["a", "b", "c"]}, builder="hugo"))
    save_as(editor, "stack", stack_document(providers={"cms": ["b"]}))
    for key in ("providers/cms/a", "providers/cms/c", "builders/hugo"):
        remove(key, editor)

    plan = plan_restore(Stack.objects.get(), number=1)

    assert plan.left_out == [
        LeftOut("/providers/cms/0", "providers/cms/a is removed or does not exist any more."),
        LeftOut("/providers/cms/2", "providers/cms/c is removed or does not exist any more."),
        LeftOut("/builder", "builders/hugo is removed or does not exist any more."),
    ]
    assert plan.document == stack_document(providers={"cms": ["b"]})
    with pytest.raises(RefusedError, match="Nothing would change"):
        restore(1, editor, key="stacks/foundation/marketing")


def test_list_that_loses_its_last_item_goes(editor: User) -> None:
    save("builder", builder_document("hugo"))
    save("provider", {**SANITY, "incompatible_builders": ["hugo"], "icon": "old"})
    save_as(editor, "provider", SANITY)
    remove("builders/hugo", editor)

    assert restore(1, editor).document == {**SANITY, "icon": "old"}


def test_aliases_that_others_took_are_left_out(editor: User) -> None:
    old_keys = ["providers/cms/alias", "providers/cms/entry", "providers/cms/free"]
    save("provider", {**SANITY, "aliases": old_keys})
    save_as(editor, "provider", SANITY)
    save("provider", provider_document("decap", aliases=["providers/cms/alias"]))
    save("provider", provider_document("entry"))

    plan = plan_restore(sanity(), number=1)
    revision = restore(1, editor)

    assert plan.left_out == [
        LeftOut("/aliases", "providers/cms/alias leads to providers/cms/decap by now."),
        LeftOut("/aliases", "providers/cms/entry is an entry by now."),
    ]
    assert revision.document == {**SANITY, "aliases": ["providers/cms/free"]}
    assert Alias.objects.get(old_key="providers/cms/alias").key == "providers/cms/decap"


def test_members_that_the_schema_does_not_know_any_more_are_left_out(editor: User) -> None:
    save("provider", SANITY)
    write_revision(
        {**SANITY, "hue": "blue", "complexity_level": "extreme", "icon": "old", "schema_version": "0.9.0"}, number=7
    )

    plan = plan_restore(sanity(), number=7)

    assert [left.path for left in plan.left_out] == ["/complexity_level", "/hue"]
    assert plan.left_out[1].why == "Entries have no such detail any more."
    assert plan.left_out[0].why.startswith("It is not valid any more: This must be one of low,")
    without = {name: value for name, value in SANITY.items() if name != "complexity_level"}
    assert (plan.document, plan.problems) == ({**without, "icon": "old"}, [])


def test_revision_that_lacks_what_is_needed_is_refused(editor: User) -> None:
    save("provider", SANITY)
    write_revision({name: value for name, value in SANITY.items() if name != "display_name"}, number=7)
    before = document_from_row(sanity())

    assert [problem.path for problem in plan_restore(sanity(), number=7).problems] == ["/display_name"]
    with pytest.raises(InvalidDocumentError):
        restore(7, editor)

    assert document_from_row(sanity()) == before


def test_lifecycle_comes_back_where_that_is_allowed(editor: User) -> None:
    save("provider", SANITY)
    remove("providers/cms/sanity", editor)

    assert restore(1, editor).document == SANITY
    assert restore(2, editor).document["lifecycle"]["state"] == "removed"


def test_removal_does_not_come_back_while_it_is_used(editor: User) -> None:
    save("provider", SANITY)
    remove("providers/cms/sanity", editor)
    save_as(editor, "provider", {**SANITY, "icon": "back"})
    save("stack", stack_document(providers={"cms": ["sanity"]}))

    plan = plan_restore(sanity(), number=2)
    revision = restore(2, editor)

    assert plan.left_out == [
        LeftOut("/lifecycle", "providers/cms/sanity cannot be removed while it is used: stacks/foundation/marketing.")
    ]
    assert revision.document == SANITY


def test_replacement_that_leads_back_by_now_does_not_come_back(editor: User) -> None:
    save("provider", provider_document("decap"))
    lifecycle = {"state": "deprecated", "since": "2026-01-01", "reason": "Old", "replacement": "providers/cms/decap"}
    save("provider", {**SANITY, "lifecycle": lifecycle})
    save_as(editor, "provider", {**SANITY, "icon": "new"})
    back = {**lifecycle, "replacement": "providers/cms/sanity"}
    save_as(editor, "provider", provider_document("decap", lifecycle=back))

    plan = plan_restore(sanity(), number=1)

    assert [left.path for left in plan.left_out] == ["/lifecycle"]
    assert plan.document == SANITY


def test_config_schema_and_backend_stay_for_those_who_may_not_change_them(editor: User, schema_admin: User) -> None:
    guarded = {"config_schema": {"type": "object"}, "backend": "sanity@1"}
    save("provider", {**SANITY, **guarded, "icon": "old"})
    save_as(schema_admin, "provider", {**SANITY, "backend": "sanity@2"})

    plan = plan_restore(sanity(), number=1, may_change_schema=False)
    by_editor = restore(1, editor).document
    by_schema_admin = restore(1, schema_admin).document

    assert [left.path for left in plan.left_out] == ["/backend", "/config_schema"]
    assert by_editor == {**SANITY, "backend": "sanity@2", "icon": "old"}
    assert by_schema_admin == {**SANITY, **guarded, "icon": "old"}


@pytest.mark.parametrize("number", [0, 3, 999_999_999, 10**40])
def test_number_of_no_revision_is_refused(number: int, editor: User) -> None:
    save("provider", SANITY)
    save("provider", provider_document("decap"))
    for icon in ("a", "b"):
        save_as(editor, "provider", provider_document("decap", icon=icon))

    with pytest.raises(RefusedError, match="has no revision"):
        restore(number, editor)


def test_stale_and_changed_plans_are_refused(editor: User) -> None:
    save("provider", {**SANITY, "aliases": ["providers/cms/old"]})
    save_as(editor, "provider", SANITY)
    looked_at = plan_restore(sanity(), number=1).sha256
    save("provider", provider_document("decap", aliases=["providers/cms/old"]))

    with pytest.raises(StaleEntryError):
        restore(1, editor, expected_revision=1)
    with pytest.raises(RefusedError, match="look again"):
        restore(1, editor, expected_sha256=looked_at)

    assert Revision.objects.filter(entry_key="providers/cms/sanity").count() == 2


@pytest.mark.parametrize("note", ["", " \n", "x" * 501])
def test_note_is_needed(note: str, editor: User) -> None:
    save("provider", SANITY)
    save_as(editor, "provider", {**SANITY, "icon": "new"})

    with pytest.raises(RefusedError):
        restore(1, editor, note=note)

    assert document_from_row(sanity())["icon"] == "new"


def test_restoring_what_is_there_now_is_refused(editor: User) -> None:
    save("provider", SANITY)

    with pytest.raises(RefusedError, match="Nothing would change"):
        restore(1, editor)


def test_plan_writes_nothing(editor: User) -> None:
    save("provider", SANITY)
    save_as(editor, "provider", {**SANITY, "icon": "new"})
    before = json.dumps(list(Provider.objects.values()), default=str)

    plan_restore(sanity(), number=1)

    assert (json.dumps(list(Provider.objects.values()), default=str), Revision.objects.count()) == (before, 2)
