"""Documents written one by one and together: by the rules of every other way in, all or none."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from catalog.actions.documents import (
    Item,
    RefusedItemsError,
    Written,
    create_document,
    patch_document,
    replace_document,
    write_documents,
)
from catalog.actions.entries import save_entry
from catalog.actions.errors import (
    InvalidDocumentError,
    NotAllowedError,
    RefusedError,
    StaleEntryError,
    TakenKeyError,
)
from catalog.actions.roles import create_roles
from catalog.models import CatalogEntry, Provider, Revision, TypeLimit, find_entry
from catalog.models.choices import ProviderType
from tests.factories import SANITY, builder_document, change_by, provider_document, sanity, save, stack_document

pytestmark = pytest.mark.django_db
DECAP = "providers/cms/decap"
OLD = {"state": "deprecated", "reason": "Old", "since": "2026-01-01"}


@pytest.fixture
def writer() -> User:
    create_roles()
    person = User.objects.create_user("writer")
    person.groups.add(Group.objects.get(name="Editor"))
    return person


def entry(key: str) -> CatalogEntry:
    found = find_entry(key)
    assert found is not None
    return found


def item(kind: str, document: Any, expected: int = 0) -> Item:
    return Item(kind=kind, document=document, expected_revision=expected)


def document_of(key: str) -> dict[str, Any]:
    latest = entry(key).latest_revision
    assert latest is not None
    return latest.document


def test_entry_is_created_replaced_and_patched(writer: User) -> None:
    created = create_document("provider", provider_document(), change_by(writer))
    replaced = replace_document(
        entry(DECAP), provider_document(description="Edits in Git"), change_by(writer), expected_revision=1
    )
    patched = patch_document(
        entry(DECAP), {"description": None, "icon": "decap"}, change_by(writer), expected_revision=2
    )
    same = patch_document(entry(DECAP), {"icon": "decap"}, change_by(writer), expected_revision=3)

    assert created == Written(key=DECAP, number=1, outcome="created")
    assert replaced == Written(key=DECAP, number=2, outcome="changed")
    assert patched == Written(key=DECAP, number=3, outcome="changed")
    assert same == Written(key=DECAP, number=3, outcome="unchanged")
    assert document_of(DECAP) == provider_document(icon="decap")


def test_members_that_only_answers_have_are_left_aside(writer: User) -> None:
    answered = {"id": "decap", "name": "Decap", "last_updated": "x", "revision": 1, "serial": 3, "icon": ""}

    create_document("provider", {**provider_document(), **answered, "description": ""}, change_by(writer))

    assert document_of(DECAP) == provider_document()


def test_taken_key_is_refused(writer: User) -> None:
    save("provider", provider_document(aliases=["providers/cms/netlify-cms"]))

    for slug in ("decap", "netlify-cms"):
        with pytest.raises(TakenKeyError):
            create_document("provider", provider_document(slug), change_by(writer))

    assert Provider.objects.count() == 1


def test_stale_writer_is_refused(writer: User) -> None:
    save("provider", SANITY)

    for write in (replace_document, patch_document):
        with pytest.raises(StaleEntryError) as refused:
            write(sanity(), {**SANITY, "icon": "s"}, change_by(writer), expected_revision=7)
        assert (refused.value.expected, refused.value.found) == (7, 1)

    assert Revision.objects.count() == 1


def test_document_of_another_entry_is_refused(writer: User) -> None:
    save("provider", SANITY)

    with pytest.raises(InvalidDocumentError) as refused:
        replace_document(sanity(), {**SANITY, "provider_name": "other"}, change_by(writer), expected_revision=1)

    assert [(one.path, one.code) for one in refused.value.problems] == [("", "key")]


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        ([], [("", "type")]),
        ({"provider_type": "cms"}, [("/category", "required"), ("/cms_type", "required")]),
        (provider_document(extra=1), [("/extra", "additionalProperties")]),
        (provider_document(display_name=[1]), [("/display_name", "type")]),
        (provider_document(incompatible_builders=["none"]), [("/incompatible_builders/0", "reference")]),
        (
            provider_document(lifecycle={**OLD, "replacement": DECAP}),
            [("/lifecycle/replacement", "lifecycle")],
        ),
    ],
)
def test_wrong_document_is_refused_with_its_places(document: Any, problems: Any, writer: User) -> None:
    with pytest.raises(InvalidDocumentError) as refused:
        create_document("provider", document, change_by(writer))

    assert [(one.path, one.code) for one in refused.value.problems][: len(problems)] == problems
    assert not Provider.objects.exists()


def test_lifecycle_rules_hold_for_documents_too(writer: User) -> None:
    save("provider", SANITY)
    save("stack", stack_document(providers={"cms": ["sanity"]}))
    removed = {**SANITY, "lifecycle": {"state": "removed", "reason": "Gone", "since": "2026-01-01"}}

    with pytest.raises(InvalidDocumentError) as refused:
        replace_document(sanity(), removed, change_by(writer), expected_revision=1)

    assert [(one.path, one.code) for one in refused.value.problems] == [("/lifecycle/state", "lifecycle")]
    assert "stacks/foundation/marketing" in refused.value.problems[0].message


def test_what_a_person_may_not_write_is_not_allowed(writer: User) -> None:
    save("provider", SANITY)
    viewer = User.objects.create_user("viewer")
    schema = {**SANITY, "config_schema": {"type": "object"}}
    with pytest.raises(NotAllowedError, match="schema admin"):
        replace_document(sanity(), schema, change_by(writer), expected_revision=1)
    with pytest.raises(NotAllowedError, match="You may not change providers"):
        replace_document(sanity(), {**SANITY, "icon": "s"}, change_by(viewer), expected_revision=1)
    TypeLimit.objects.create(person=writer, provider_type=ProviderType.SSG)

    with pytest.raises(NotAllowedError, match="You may only change Static-site generator providers"):
        create_document("provider", provider_document(), change_by(writer))

    assert Revision.objects.count() == 1


def test_many_are_written_in_the_order_that_they_need(writer: User) -> None:
    save("provider", SANITY)
    stack = stack_document(providers={"cms": ["decap", "sanity"]}, builder="zola")
    items = [
        item("stack", stack),
        item("provider", SANITY, 1),
        item("provider", provider_document()),
        item("builder", builder_document("zola")),
    ]

    written = write_documents(items, change_by(writer, "Nightly"))

    assert [(one.key, one.number, one.outcome) for one in written] == [
        ("stacks/foundation/marketing", 1, "created"),
        ("providers/cms/sanity", 1, "unchanged"),
        (DECAP, 1, "created"),
        ("builders/zola", 1, "created"),
    ]
    assert set(Revision.objects.filter(author=writer).values_list("change_note", flat=True)) == {"Nightly"}


def test_nothing_is_written_if_one_is_wrong_and_every_problem_is_named(writer: User) -> None:
    save("provider", SANITY)
    items = [
        item("provider", provider_document("fine")),
        item("provider", provider_document("wrong", category=1, extra=2)),
        item("provider", {**SANITY, "icon": "s"}, 4),
        item("builder", builder_document("new"), 1),
        item("provider", SANITY, 0),
        item("stack", stack_document(builder="nowhere")),
        item("provider", 5),
    ]

    with pytest.raises(RefusedItemsError) as refused:
        write_documents(items, change_by(writer))

    assert [(place, one.path, one.code) for place, one in refused.value.problems] == [
        (1, "/category", "type"),
        (1, "/extra", "additionalProperties"),
        (2, "", "stale"),
        (3, "", "stale"),
        (4, "", "twice"),
        (4, "", "stale"),
        (5, "/builder", "reference"),
        (6, "", "type"),
    ]
    assert str(refused.value) == "Nothing was written, because 6 of 7 items cannot be saved."
    assert Revision.objects.count() == Provider.objects.count() == 1


def test_what_turns_out_wrong_while_writing_undoes_the_rest(writer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse_second(kind: str, document: Any, change: Any) -> Any:
        if document["provider_name"] == "b":
            raise RefusedError("Somebody else has just taken it.")
        return save_entry(kind, document, change)

    monkeypatch.setattr("catalog.actions.documents.save_entry", refuse_second)

    with pytest.raises(RefusedItemsError) as refused:
        write_documents([item("provider", provider_document(slug)) for slug in "ab"], change_by(writer))

    assert [(place, one.code) for place, one in refused.value.problems] == [(1, "refused")]
    assert not Provider.objects.exists()


@pytest.mark.parametrize("count", [0, 501])
def test_too_few_or_too_many_are_refused(count: int, writer: User) -> None:
    with pytest.raises(RefusedError, match="send from 1 to 500"):
        write_documents([item("provider", {})] * count, change_by(writer))


@pytest.mark.parametrize("note", ["", " \n", "x" * 501])
def test_note_is_needed_even_if_nothing_changes(note: str, writer: User) -> None:
    save("provider", SANITY)

    with pytest.raises(RefusedError, match="change note"):
        write_documents([item("provider", SANITY, 1)], change_by(writer, note))
    with pytest.raises(RefusedError, match="change note"):
        replace_document(sanity(), SANITY, change_by(writer, note), expected_revision=1)
