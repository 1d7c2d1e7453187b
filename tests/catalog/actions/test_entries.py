"""Save an entry from a document: relations, aliases and taken keys."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.actions.entries import create_entry, missing_references, save_entry, set_aliases
from catalog.actions.errors import InvalidDocumentError, RefusedError
from catalog.models import Alias, Provider, Revision, Stack
from catalog.schemas.validation import Problem
from tests.factories import SANITY, builder_document, change_by, provider_document, sanity, save, stack_document

pytestmark = pytest.mark.django_db


def aliases() -> dict[str, str]:
    return dict(Alias.objects.values_list("old_key", "key"))


def test_stack_keeps_its_providers_in_their_order(editor: User) -> None:
    for slug in ("a", "b", "c"):
        save("provider", provider_document(slug))
    save("builder", builder_document("hugo"))

    for order in (["c", "a", "b"], ["b", "c"]):
        save("stack", stack_document(providers={"cms": order}, builder="hugo"), editor, approved=False)

        stack = Stack.objects.get()
        assert [row.provider.slug for row in stack.stack_providers.select_related("provider")] == order
        assert stack.builder is not None
        assert stack.builder.slug == "hugo"

    assert [revision.document["providers"] for revision in Revision.objects.filter(entry_key=stack.key)] == [
        {"cms": ["b", "c"]},
        {"cms": ["c", "a", "b"]},
    ]


def test_reference_to_nothing_is_a_problem_at_its_place(editor: User) -> None:
    save("provider", SANITY)
    document = stack_document(providers={"cms": ["sanity", "nowhere"]}, builder="none")

    with pytest.raises(InvalidDocumentError) as refused:
        save_entry("stack", document, change_by(editor))

    problems = [
        Problem("/providers/cms/1", "reference", "There is no entry providers/cms/nowhere."),
        Problem("/builder", "reference", "There is no entry builders/none."),
    ]
    assert refused.value.problems == missing_references(document) == problems
    assert Stack.objects.count() == 0


def test_aliases_are_brought_to_the_document(editor: User) -> None:
    old, older = "providers/cms/sanity_io", "providers/cms/sanity_old"
    save("provider", {**SANITY, "aliases": [old, older]}, editor, approved=False)
    assert aliases() == {old: "providers/cms/sanity", older: "providers/cms/sanity"}

    save("provider", {**SANITY, "aliases": [old]}, editor, approved=False)
    assert aliases() == {old: "providers/cms/sanity"}

    save("provider", SANITY, editor, approved=False)
    assert aliases() == {}
    assert Revision.objects.count() == 3


@pytest.mark.parametrize(
    ("old_key", "why"),
    [
        ("providers/cms/taken", "is an alias of providers/cms/decap already"),
        ("providers/cms/decap", "is an entry of its own"),
        ("providers/cms/sanity", "is an entry of its own"),
    ],
)
def test_taken_alias_is_refused_and_nothing_is_written(old_key: str, why: str, editor: User) -> None:
    save("provider", provider_document("decap", aliases=["providers/cms/taken"]))

    with pytest.raises(RefusedError, match=why):
        save_entry("provider", {**SANITY, "aliases": [old_key]}, change_by(editor))

    assert aliases() == {"providers/cms/taken": "providers/cms/decap"}
    assert [entry.key for entry in Provider.objects.all()] == ["providers/cms/decap"]


def test_alias_cannot_become_an_entry(editor: User) -> None:
    save("provider", provider_document("decap", aliases=["providers/cms/sanity"]))

    with pytest.raises(RefusedError, match="is an alias of providers/cms/decap already"):
        save_entry("provider", SANITY, change_by(editor))

    assert Provider.objects.filter(slug="sanity").count() == 0


def test_create_entry_refuses_a_key_that_is_taken() -> None:
    save("provider", SANITY)

    with pytest.raises(RefusedError, match="There is an entry providers/cms/sanity already"):
        create_entry(Provider(slug="sanity", provider_type="cms"), "providers/cms/sanity")

    assert Provider.objects.count() == 1


def test_aliases_set_twice_are_the_same_rows() -> None:
    set_aliases("builders/hugo", ["builders/b", "builders/a"])
    before = list(Alias.objects.values())

    set_aliases("builders/hugo", ["builders/a", "builders/b", "builders/a"])

    assert list(Alias.objects.values()) == before


def test_saving_costs_the_same_for_one_and_three_providers(editor: User) -> None:
    for slug in ("a", "b", "c"):
        save("provider", provider_document(slug))
    counts = []
    for number, order in enumerate((["a"], ["a", "b", "c"])):
        save("stack", stack_document(), editor, approved=False)
        with CaptureQueriesContext(connection) as queries:
            save_entry("stack", stack_document(providers={"cms": order}), change_by(editor, f"Try {number}"))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_providers_incompatible_builders_are_sorted_in_its_document(editor: User) -> None:
    save("builder", builder_document("hugo"))
    save("builder", builder_document("astro"))

    save("provider", {**SANITY, "incompatible_builders": ["hugo", "astro"]}, editor, approved=False)

    revision = sanity().latest_revision
    assert revision is not None
    assert revision.document["incompatible_builders"] == ["astro", "hugo"]
    assert save_entry("provider", {**SANITY, "incompatible_builders": ["astro", "hugo"]}, change_by(editor)) is None
