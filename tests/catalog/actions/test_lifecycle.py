"""Deprecate, disable, remove, bring back: what is recorded, and every reason to refuse."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from catalog.actions.errors import InUseError, RefusedError, RefusedFieldError, StaleEntryError
from catalog.actions.lifecycle import change_lifecycle
from catalog.documents.mapping import document_from_row
from catalog.models import Builder, CatalogEntry, Provider, Revision, Stack, find_entry
from catalog.publishing.candidate import collect_changes, find_problems
from catalog.usage import Use, forget_users, register_users
from tests.factories import SANITY, builder_document, provider_document, publish, sanity, save, stack_document

pytestmark = pytest.mark.django_db


def change(entry: CatalogEntry, person: User, **given: Any) -> Revision | None:
    entry.refresh_from_db()
    number = entry.latest_revision.number if entry.latest_revision else 0
    return change_lifecycle(entry, **{"by": person, "expected_revision": number, **given})


def remove(key: str, person: User, **given: Any) -> Revision | None:
    entry = find_entry(key)
    assert entry is not None
    return change(entry, person, **{"state": "removed", "reason": "Gone", **given})


@pytest.fixture
def services() -> Iterator[list[Use]]:
    """What uses `providers/cms/sanity` outside the catalogue."""
    uses: list[Use] = []

    def find(key: str) -> list[Use]:
        return uses if key == "providers/cms/sanity" else []

    register_users(find)
    yield uses
    forget_users(find)


def test_deprecated_entry_says_since_when_why_and_what_instead(editor: User) -> None:
    save("provider", SANITY)
    save("provider", provider_document("decap"))
    since = date(2026, 1, 2)

    revision = change(
        sanity(), editor, state="deprecated", reason=" Too\ndear ", since=since, replacement="providers/cms/decap"
    )

    assert revision is not None
    assert revision.document == {
        **SANITY,
        "lifecycle": {
            "state": "deprecated",
            "since": "2026-01-02",
            "reason": "Too dear",
            "replacement": "providers/cms/decap",
        },
    }
    assert (revision.number, revision.change_note, revision.source) == (2, "Deprecated: Too dear", "admin")
    assert (revision.author, sanity().is_approved) == (editor, False)


def test_since_is_today_and_a_note_of_its_own_is_kept(editor: User) -> None:
    save("provider", SANITY)

    revision = change(sanity(), editor, state="disabled", reason="Outage", note="As agreed")

    assert revision is not None
    assert revision.document["lifecycle"]["since"] == timezone.now().date().isoformat()
    assert revision.change_note == "As agreed"


def test_entry_that_was_handed_in_is_up_to_date_afterwards(editor: User) -> None:
    save("provider", SANITY)
    entry = sanity()

    revision = change(entry, editor, state="disabled", reason="Outage")

    assert (entry.lifecycle_state, entry.latest_revision) == ("disabled", revision)


@pytest.mark.parametrize("state", ["deprecated", "disabled", "removed"])
def test_entry_comes_back_as_a_new_draft(state: str, editor: User) -> None:
    save("provider", SANITY)
    change(sanity(), editor, state=state, reason="Old")

    revision = change(sanity(), editor, state="active", note="Needed after all")

    assert revision is not None
    assert (revision.number, revision.document, revision.change_note) == (3, SANITY, "Needed after all")
    assert document_from_row(sanity()) == SANITY


def test_same_again_records_nothing(editor: User) -> None:
    save("provider", SANITY)
    change(sanity(), editor, state="disabled", reason="Outage", since=date(2026, 1, 2))

    assert change(sanity(), editor, state="disabled", reason="Outage", since=date(2026, 1, 2)) is None
    assert change(sanity(), editor, state="active", note="Back") is not None
    assert change(sanity(), editor, state="active", note="Again") is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"state": "gone", "reason": "Old"}, "state"),
        ({"state": "", "reason": "Old"}, "state"),
        ({"state": "deprecated"}, "reason"),
        ({"state": "deprecated", "reason": " \n\0 "}, "reason"),
        ({"state": "deprecated", "reason": "x" * 501}, "reason"),
        ({"state": "deprecated", "reason": "x" * 1_000_000}, "reason"),
        ({"state": "deprecated", "reason": "Old", "since": date(203, 1, 1)}, "since"),
        ({"state": "deprecated", "reason": "Old", "since": date(9999, 1, 1)}, "since"),
        ({"state": "deprecated", "reason": "Old", "note": "x" * 501}, "note"),
        ({"state": "deprecated", "reason": "Old", "replacement": "providers/cms/sanity"}, "replacement"),
        ({"state": "deprecated", "reason": "Old", "replacement": "providers/cms/nowhere"}, "replacement"),
        ({"state": "deprecated", "reason": "Old", "replacement": "<script>\0"}, "replacement"),
        ({"state": "active"}, "note"),
        ({"state": "active", "note": "Back", "reason": "Old"}, "state"),
        ({"state": "active", "note": "Back", "replacement": "providers/cms/decap"}, "state"),
    ],
)
def test_what_is_wrong_is_named_and_writes_nothing(given: dict[str, Any], field: str, editor: User) -> None:
    save("provider", SANITY)
    save("provider", provider_document("decap"))

    with pytest.raises(RefusedFieldError) as refused:
        change(sanity(), editor, **given)

    assert refused.value.field == field
    assert Revision.objects.count() == 2
    assert document_from_row(sanity()) == SANITY


def test_replacement_that_is_removed_is_refused(editor: User) -> None:
    save("provider", SANITY)
    save("provider", provider_document("decap"))
    remove("providers/cms/decap", editor)

    with pytest.raises(RefusedFieldError, match="removed itself"):
        change(sanity(), editor, state="deprecated", reason="Old", replacement="providers/cms/decap")


@pytest.mark.parametrize("length", [2, 3])
def test_replacements_that_lead_back_are_refused(length: int, editor: User) -> None:
    keys = [save("provider", provider_document(slug)) for slug in "abc"[:length]]
    for key, following in pairwise(keys):
        entry = find_entry(key)
        assert entry is not None
        change(entry, editor, state="deprecated", reason="Old", replacement=following)

    last = find_entry(keys[-1])
    assert last is not None
    with pytest.raises(RefusedFieldError, match="would never end"):
        change(last, editor, state="deprecated", reason="Old", replacement=keys[0])


def test_stale_number_is_refused(editor: User) -> None:
    save("provider", SANITY)

    with pytest.raises(StaleEntryError):
        change(sanity(), editor, state="deprecated", reason="Old", expected_revision=7)

    assert Revision.objects.count() == 1


def test_removal_is_refused_while_others_use_it(editor: User, services: list[Use]) -> None:
    save("provider", SANITY)
    save(
        "provider",
        provider_document(
            "decap",
            lifecycle={
                "state": "deprecated",
                "since": "2026-01-01",
                "reason": "Old",
                "replacement": "providers/cms/sanity",
            },
        ),
    )
    save("stack", stack_document("one", providers={"cms": ["sanity"]}))
    services.append(Use("service", "Shop <1>", "/services/1/"))

    with pytest.raises(InUseError) as refused:
        remove("providers/cms/sanity", editor)

    assert refused.value.users == ["stacks/foundation/one", "providers/cms/decap", "service Shop <1>"]
    assert refused.value.count == 3
    assert sanity().lifecycle_state == "active"
    assert change(sanity(), editor, state="deprecated", reason="Old") is not None


def test_removal_names_a_few_of_many_users(editor: User) -> None:
    save("provider", SANITY)
    for number in range(8):
        save("stack", stack_document(f"stack-{number}", providers={"cms": ["sanity"]}))

    with pytest.raises(InUseError, match=r"stacks/foundation/stack-4 and 3 more\.$"):
        remove("providers/cms/sanity", editor)


def test_builder_is_not_removed_while_stacks_or_providers_name_it(editor: User) -> None:
    save("builder", builder_document("hugo"))
    save("provider", {**SANITY, "incompatible_builders": ["hugo"]})
    save("stack", stack_document(builder="hugo"))

    with pytest.raises(InUseError) as refused:
        remove("builders/hugo", editor)

    assert refused.value.users == ["stacks/foundation/marketing", "providers/cms/sanity"]


def test_what_is_removed_itself_keeps_nothing(editor: User) -> None:
    save("provider", SANITY)
    save("builder", builder_document("hugo"))
    save("stack", stack_document(providers={"cms": ["sanity"]}, builder="hugo"))
    publish()
    for key in ("stacks/foundation/marketing", "providers/cms/sanity", "builders/hugo"):
        remove(key, editor)

    assert {
        entry.lifecycle_state for entry in (Stack.objects.get(), Provider.objects.get(), Builder.objects.get())
    } == {"removed"}


def test_removed_entry_keeps_its_row_and_its_words_may_change(editor: User) -> None:
    save("provider", SANITY)
    remove("providers/cms/sanity", editor)
    save("stack", stack_document(providers={"cms": ["sanity"]}), editor, approved=False)

    revision = remove("providers/cms/sanity", editor, reason="Gone for good")

    assert revision is not None
    assert revision.document["lifecycle"]["reason"] == "Gone for good"


def test_entry_does_not_come_back_before_what_it_needs(editor: User) -> None:
    save("provider", SANITY)
    save("stack", stack_document(providers={"cms": ["sanity"]}))
    remove("stacks/foundation/marketing", editor)
    remove("providers/cms/sanity", editor)

    with pytest.raises(RefusedFieldError, match="It needs providers/cms/sanity, which is removed") as refused:
        change(Stack.objects.get(), editor, state="active", note="Back")

    assert refused.value.field == "state"
    change(sanity(), editor, state="active", note="Back")
    assert change(Stack.objects.get(), editor, state="active", note="Back") is not None


def test_removal_leaves_a_catalogue_that_can_be_published(editor: User) -> None:
    save("provider", SANITY)
    save("provider", provider_document("decap"))
    publish()
    remove("providers/cms/sanity", editor, replacement="providers/cms/decap")
    entry = sanity()
    type(entry).objects.filter(pk=entry.pk).update(approved_revision=entry.latest_revision)

    assert find_problems(collect_changes()) == []


def test_person_with_limits_is_refused(editor: User) -> None:
    save("provider", SANITY)
    editor.type_limits.create(provider_type="ssg")

    with pytest.raises(RefusedError, match="You may only change"):
        change(sanity(), editor, state="deprecated", reason="Old")

    assert document_from_row(sanity()) == SANITY
