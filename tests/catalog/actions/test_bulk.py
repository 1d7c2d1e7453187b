"""Bulk edits: what each operation does to each entry, and that they are written together or not at all."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.actions import bulk
from catalog.actions.bulk import FIELDS, Edit, Operation, apply_edits, propose_edits
from catalog.actions.errors import RefusedError
from catalog.documents.tables import COLUMNS
from catalog.models import Provider, Revision, find_entry
from tests.factories import SANITY, builder_document, provider_document, sanity, save, stack_document

pytestmark = pytest.mark.django_db
ICON = Edit(column="hosting_pattern", operation=Operation.SET, value="edge")


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss")


def numbers() -> dict[int, int]:
    return {entry.pk: entry.latest_revision.number for entry in Provider.objects.all() if entry.latest_revision}


@pytest.mark.parametrize(
    ("column", "operation", "value", "member", "expected"),
    [
        ("currency", "set", "EUR", "currency", "EUR"),
        ("currency", "clear", "", "currency", None),
        ("monthly_cost_min", "set", "10", "monthly_cost_range", [10, 280]),
        ("complexity_level", "set", "low", "complexity_level", "low"),
        ("best_for", "set", " Anybody, really ", "best_for", " Anybody, really "),
        ("best_for", "clear", "", "best_for", None),
        ("template_variants", "set", "One Two, three", "template_variants", ["one_two", "three"]),
        ("ssg_engine_options", "add", "hugo, Astro, jekyll", "ssg_engine_options",
         ["nextjs", "astro", "gatsby", "eleventy", "hugo", "jekyll"]),
        ("ssg_engine_options", "remove", "astro, hugo, eleventy", "ssg_engine_options", ["nextjs", "gatsby"]),
        ("ssg_engine_options", "clear", "", "ssg_engine_options", None),
        ("incompatible_builders", "add", "zola, hugo", "incompatible_builders", ["hugo", "zola"]),
    ],
)  # fmt: skip
def test_operation_changes_one_member(
    column: str, operation: str, value: str, member: str, expected: object, boss: User
) -> None:
    save("provider", SANITY, boss)
    for slug in ("hugo", "zola"):
        save("builder", builder_document(slug), boss)

    edit = Edit(column=column, operation=Operation(operation), value=value)
    [proposal] = propose_edits("provider", [sanity().pk], [edit], by=boss)

    document = {**SANITY, member: expected}
    if expected is None:
        del document[member]
    assert (proposal.document, proposal.before, proposal.number, proposal.problems) == (document, SANITY, 1, [])


def test_edits_are_written_together(boss: User) -> None:
    save("provider", SANITY, boss)
    save("provider", provider_document("decap", hosting_pattern="edge"), boss)
    save("provider", provider_document("tina"), boss)
    edits = [ICON, Edit(column="key_features", operation=Operation.REMOVE, value="webhook_automation")]

    count = apply_edits("provider", numbers(), edits, note="Edge", by=boss)

    revisions = Revision.objects.filter(change_note="Edge").values_list("entry_key", "number", "source", "author")
    assert count == 2
    assert sorted(revisions) == [
        ("providers/cms/sanity", 2, "admin", boss.pk),
        ("providers/cms/tina", 2, "admin", boss.pk),
    ]
    assert sanity().key_features == [name for name in SANITY["key_features"] if name != "webhook_automation"]


def test_stack_takes_providers_and_builder(boss: User) -> None:
    for slug in ("decap", "tina"):
        save("provider", provider_document(slug), boss)
    save("builder", builder_document("hugo"), boss)
    stack = find_entry(save("stack", stack_document(providers={"cms": ["tina"]}), boss))
    assert stack is not None
    edits = [
        Edit(column="providers_cms", operation=Operation.ADD, value="decap"),
        Edit(column="builder", operation=Operation.SET, value="hugo"),
        Edit(column="providers_ssg", operation=Operation.ADD, value="nobody"),
    ]

    [refused] = propose_edits("stack", [stack.pk], edits, by=boss)
    count = apply_edits("stack", {stack.pk: 1}, edits[:2], note="More", by=boss)

    assert [problem.message for problem in refused.problems] == ["There is no entry providers/ssg/nobody."]
    assert count == 1
    assert Revision.objects.get(entry_key=stack.key, number=2).document == stack_document(
        providers={"cms": ["tina", "decap"]}, builder="hugo"
    )


def test_problems_are_said_for_each_entry_and_nothing_is_written(boss: User) -> None:
    save("provider", SANITY, boss)
    ssg = provider_document("astro", provider_type="ssg", implementation_language="js", cms_type=None)
    save("provider", ssg, boss)
    edits = [Edit(column="cms_type", operation=Operation.SET, value="hybrid")]

    proposals = propose_edits("provider", numbers(), edits, by=boss)
    with pytest.raises(RefusedError, match="providers/ssg/astro: This does not belong to an entry of this type"):
        apply_edits("provider", numbers(), edits, note="Type", by=boss)

    assert [(proposal.key, len(proposal.problems)) for proposal in proposals] == [
        ("providers/ssg/astro", 1),
        ("providers/cms/sanity", 0),
    ]
    assert sanity().cms_type == "api_based"


def test_edits_are_refused_if_an_entry_changed_meanwhile(boss: User) -> None:
    save("provider", SANITY, boss)
    save("provider", provider_document("tina"), boss)
    shown = numbers()
    save("provider", provider_document("tina", icon="theirs"), boss)

    with pytest.raises(RefusedError, match=r"providers/cms/tina \(revision 2, was 1\)"):
        apply_edits("provider", shown, [ICON], note="Edge", by=boss)
    with pytest.raises(RefusedError, match="some of the entries are not there any more"):
        apply_edits("provider", {**numbers(), 999: 1}, [ICON], note="Edge", by=boss)

    assert Revision.objects.filter(change_note="Edge").count() == 0


@pytest.mark.parametrize(
    ("kind", "edits", "message"),
    [
        ("provider", [], "Choose at least one field to change."),
        ("thing", [ICON], "There are no such entries."),
        ("provider", [Edit(column="slug", operation=Operation.SET)], "slug cannot be changed in many entries at once."),
        (
            "provider",
            [Edit(column="config_schema", operation=Operation.CLEAR)],
            "config_schema cannot be changed in many entries at once.",
        ),
        ("provider", [Edit(column="currency", operation=Operation.ADD)], "currency is no list: set it, or empty it."),
    ],
)
def test_what_is_not_for_many_is_refused(kind: str, edits: list[Edit], message: str, boss: User) -> None:
    with pytest.raises(RefusedError) as proposed:
        propose_edits(kind, [1], edits, by=boss)
    with pytest.raises(RefusedError) as applied:
        apply_edits(kind, {1: 1}, edits, note="a", by=boss)

    assert [str(proposed.value), str(applied.value)] == [message, message]


def test_too_many_entries_and_no_note_are_refused(boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    save("provider", SANITY, boss)
    with pytest.raises(RefusedError, match="Say in the change note why"):
        apply_edits("provider", numbers(), [ICON], note=" ", by=boss)
    monkeypatch.setattr(bulk, "MAX_ENTRIES", 2)
    with pytest.raises(RefusedError, match="3 entries are too many at once; 2 are allowed"):
        propose_edits("provider", [1, 2, 3], [ICON], by=boss)


def test_person_without_the_permission_is_refused(editor: User) -> None:
    save("provider", SANITY, None)
    save("stack", stack_document(), None)
    editor.user_permissions.set(Permission.objects.filter(codename="change_stack"))
    person = User.objects.get(pk=editor.pk)

    [proposal] = propose_edits("provider", numbers(), [ICON], by=person)
    with pytest.raises(RefusedError, match="You may not change providers"):
        apply_edits("provider", numbers(), [ICON], note="Edge", by=person)

    assert [problem.message for problem in proposal.problems] == ["You may not change providers."]


def test_preview_costs_the_same_for_one_and_three(boss: User) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            propose_edits("provider", numbers(), [ICON], by=boss)
        return len(queries)

    save("provider", SANITY, boss)
    for_one = count()
    save("provider", provider_document("tina"), boss)
    save("provider", provider_document("decap"), boss)

    # The revision's number of each entry is read by the test itself.
    assert count() - 2 == for_one


def test_fields_are_columns() -> None:
    assert {kind: set(fields) - set(COLUMNS[kind]) for kind, fields in FIELDS.items()} == {
        "provider": set(),
        "builder": set(),
        "stack": set(),
    }
