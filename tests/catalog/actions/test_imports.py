"""Imports: the dry run says what would happen, the confirmation does exactly that or nothing."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.actions.errors import RefusedError
from catalog.actions.exports import export_entries
from catalog.actions.imports import apply_import, count_verdicts, try_import
from catalog.actions.starter import load_starter_catalog
from catalog.documents.files import FORMATS
from catalog.models import ENTRY_MODELS, Alias, AuditRecord, Import, Provider, Revision, Stack, TypeLimit, find_entry
from tests.catalog.documents.sheets import csv_bytes
from tests.factories import SANITY, builder_document, provider_document, sanity, save, stack_document

pytestmark = pytest.mark.django_db
HEADER = ("provider_type", "provider_name", "display_name", "category", "cms_type")


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss")


def csv_import(by: User, *rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> Import:
    return try_import(csv_bytes([header, *rows]), file_name="list.csv", by=by)


def json_import(by: User, *documents: Any) -> Import:
    return try_import(json.dumps(documents).encode(), file_name="list.json", by=by)


def verdicts(found: Import) -> list[tuple[int, str, str]]:
    return [(row["line"], row["key"], row["verdict"]) for row in found.rows]


def problems(found: Import) -> list[list[tuple[str, str]]]:
    return [[(problem["column"], problem["message"]) for problem in row.get("problems", [])] for row in found.rows]


def refusal(pk: int, by: User, note: str = "Because") -> str:
    with pytest.raises(RefusedError) as caught:
        apply_import(pk, note=note, by=by)
    return str(caught.value)


@pytest.mark.parametrize("file_format", FORMATS)
def test_export_then_import_of_the_starter_catalogue_is_no_change(file_format: str, boss: User) -> None:
    load_starter_catalog()

    for model in ENTRY_MODELS:
        content = export_entries(model._default_manager.all(), file_format=file_format, by=boss)
        found = try_import(content, file_name=f"all.{file_format}", by=boss)

        count = model._default_manager.count()
        assert count_verdicts(found.rows) == {"create": 0, "update": 0, "unchanged": count, "error": 0}
        assert [row for row in found.rows if "document" in row] == []
        assert refusal(found.pk, boss) == "Nothing would change, so there is nothing to write."


def test_dry_run_says_what_would_happen_and_writes_nothing(boss: User) -> None:
    save("provider", SANITY, boss)
    save("provider", provider_document("decap"), boss)

    found = csv_import(
        boss,
        ("cms", "sanity", "Sanity", "cms_tier_service", "api_based"),
        ("cms", "decap", "Decap", "cms_tier_service", "git_based"),
        ("cms", "tina", "Tina", "cms_tier_service", "hybrid"),
        ("cms", "bad", "", "cms_tier_service", "wrong"),
    )

    assert verdicts(found) == [
        (2, "providers/cms/sanity", "update"),
        (3, "providers/cms/decap", "unchanged"),
        (4, "providers/cms/tina", "create"),
        (5, "providers/cms/bad", "error"),
    ]
    assert [row["number"] for row in found.rows] == [1, 1, 0, 0]
    assert found.rows[0]["document"] == {**SANITY, "display_name": "Sanity"}
    assert problems(found)[3] == [
        ("cms_type", "This must be one of git_based, api_based, hybrid."),
        ("display_name", "This is required."),
    ]
    assert Revision.objects.count() == 2
    assert refusal(found.pk, boss) == (
        "Nothing is written while a line is wrong. Put the file right and upload it again."
    )


def test_missing_column_leaves_and_empty_cell_clears(boss: User) -> None:
    save("provider", SANITY, boss)

    found = csv_import(
        boss, ("cms", "sanity", "", "70"), header=("provider_type", "provider_name", "tier_name", "monthly_cost_min")
    )

    expected = {**SANITY, "monthly_cost_range": [70, 280]}
    del expected["tier_name"]
    assert found.rows[0]["document"] == expected


def test_json_document_is_the_whole_entry(boss: User) -> None:
    save("provider", SANITY, boss)
    document = {name: value for name, value in SANITY.items() if name != "tier_name"}

    same = json_import(boss, {**SANITY, "last_updated": "2026-01-01T00:00:00Z", "serial": 4})
    less = json_import(boss, document)

    assert verdicts(same) == [(1, "providers/cms/sanity", "unchanged")]
    assert less.rows[0]["document"] == document


def test_confirmation_writes_exactly_what_was_shown(boss: User) -> None:
    save("provider", SANITY, boss)
    found = json_import(
        boss,
        stack_document("new-stack", providers={"cms": ["tina", "sanity"]}, builder="hugo"),
        {**SANITY, "icon": "new", "lifecycle": {
            "state": "deprecated", "since": "2026-01-01", "reason": "Old", "replacement": "providers/cms/tina"}},
        provider_document("tina", incompatible_builders=["hugo"], aliases=["providers/cms/tina_cms"]),
        builder_document("hugo"),
    )  # fmt: skip
    shown = {row["key"]: row["document"] for row in found.rows}

    applied = apply_import(found.pk, note="  Autumn\nprices ", by=boss)

    written = {
        revision.entry_key: (revision.document, revision.number, revision.source, revision.change_note, revision.author)
        for revision in Revision.objects.exclude(entry_key="providers/cms/sanity", number=1)
    }
    numbers = {key: 2 if key == "providers/cms/sanity" else 1 for key in shown}
    assert written == {key: (shown[key], numbers[key], "import", "Autumn prices", boss) for key in shown}
    assert applied.applied_at is not None
    assert [row for row in Import.objects.get().rows if "document" in row] == []
    noted = AuditRecord.objects.filter(verb="imported").values_list("object_name", "detail", "by__username")
    assert list(noted) == [("list.json", "3 created, 1 changed: Autumn prices", "boss")]


def test_second_confirmation_is_refused(boss: User) -> None:
    found = json_import(boss, SANITY)
    apply_import(found.pk, note="Once", by=boss)

    assert refusal(found.pk, boss) == "This import is written already."
    assert Revision.objects.count() == 1


def test_confirmation_needs_a_note_and_the_same_person(boss: User, editor: User) -> None:
    found = json_import(boss, SANITY)

    assert refusal(found.pk, boss, note=" \n") == "Say in the change note why this changes."
    assert refusal(found.pk, editor) == "This import is not there any more; upload the file again."
    assert Provider.objects.count() == 0


def test_confirmation_is_refused_as_a_whole_if_an_entry_changed_meanwhile(boss: User) -> None:
    save("provider", SANITY, boss)
    save("provider", provider_document("decap"), boss)
    found = json_import(boss, {**SANITY, "icon": "mine"}, provider_document("decap"), provider_document("tina"))
    save("provider", provider_document("decap", icon="theirs"), boss)
    save("provider", provider_document("tina", icon="theirs"), boss)

    assert refusal(found.pk, boss) == (
        "Nothing was written: somebody else has changed entries since you looked.\n"
        "providers/cms/decap (revision 2, was 1)\n"
        "providers/cms/tina (revision 1, was 0)"
    )
    assert sanity().icon == ""
    assert Import.objects.get().applied_at is None


def test_confirmation_is_refused_as_a_whole_if_something_became_wrong(boss: User) -> None:
    save("builder", builder_document("hugo"), boss)
    found = json_import(boss, provider_document("first"), provider_document("tina", aliases=["providers/cms/old_one"]))
    save("provider", provider_document("decap", aliases=["providers/cms/old_one"]), boss)

    assert refusal(found.pk, boss) == (
        "Nothing was written, because this cannot be saved:\n"
        "providers/cms/tina: providers/cms/old_one is an alias of providers/cms/decap already."
    )
    assert find_entry("providers/cms/first") is None


def test_line_twice_and_lines_that_are_no_entries_are_errors(boss: User) -> None:
    found = json_import(boss, SANITY, {**SANITY, "icon": "a"}, 5, {"builder_name": "a", "stack_name": "b"}, [])
    table = csv_import(boss, ("cms", "a"), header=("provider_type", "provider_name", "display_name"))

    unknown = "This is no document of an entry: it needs exactly one of provider_name or builder_name or stack_name."
    assert problems(found) == [[], [("", "Line 1 is about the same entry.")], *[[("", unknown)]] * 3]
    assert problems(table)[0][0] == (
        "", "This line has 2 cells, the header has 3. Look for a quote that is missing."
    )  # fmt: skip


def test_references_lead_to_entries_that_exist_or_are_in_the_file(boss: User) -> None:
    save("builder", builder_document("hugo"), boss)

    found = json_import(
        boss,
        stack_document("good", providers={"cms": ["tina"]}, builder="hugo"),
        stack_document("bad", providers={"cms": ["nobody"]}, builder="nothing"),
        provider_document("tina"),
    )

    assert problems(found) == [
        [],
        [
            ("providers_cms", "There is no entry providers/cms/nobody."),
            ("builder", "There is no entry builders/nothing."),
        ],
        [],
    ]


def test_aliases_may_move_within_a_file(boss: User) -> None:
    save("provider", provider_document("decap", aliases=["providers/cms/old_one", "providers/cms/tina"]), boss)

    found = json_import(
        boss,
        provider_document("tina", aliases=["providers/cms/old_one"]),
        provider_document("decap"),
    )
    apply_import(found.pk, note="Move", by=boss)

    assert list(Alias.objects.values_list("old_key", "key")) == [("providers/cms/old_one", "providers/cms/tina")]


def test_aliases_that_are_taken_are_errors(boss: User) -> None:
    save("provider", provider_document("decap", aliases=["providers/cms/old_one", "providers/cms/taken"]), boss)

    found = json_import(
        boss,
        provider_document("a", aliases=["providers/cms/old_one"]),
        provider_document("b", aliases=["providers/cms/decap", "providers/cms/fresh"]),
        provider_document("c", aliases=["providers/cms/a", "providers/cms/fresh"]),
        provider_document("taken"),
    )

    assert problems(found) == [
        [("aliases", "providers/cms/old_one is an alias of providers/cms/decap already.")],
        [("aliases", "providers/cms/decap is an entry of its own and cannot be an alias.")],
        [
            ("aliases", "providers/cms/a is an entry of its own and cannot be an alias."),
            ("aliases", "providers/cms/fresh is an alias of providers/cms/b already."),
        ],
        [("", "providers/cms/taken is an alias of providers/cms/decap already.")],
    ]


def test_entries_that_name_each_other_cannot_both_be_new(boss: User) -> None:
    lifecycle = {"state": "deprecated", "since": "2026-01-01", "reason": "Old"}

    found = json_import(
        boss,
        provider_document("a", lifecycle={**lifecycle, "replacement": "providers/cms/b"}),
        provider_document("b", incompatible_builders=["hugo"]),
        builder_document("hugo", lifecycle={**lifecycle, "replacement": "providers/cms/b"}),
    )

    message = "It and another new entry name each other; make one of them first."
    assert problems(found) == [[], [("", message)], [("", message)]]


def test_lifecycle_has_the_rules_of_its_page(boss: User) -> None:
    save("provider", SANITY, boss)
    save("provider", provider_document("decap"), boss)
    save("stack", stack_document(providers={"cms": ["sanity"]}), boss)
    gone = {"state": "removed", "since": "2026-01-01", "reason": "Gone"}
    old = {**gone, "state": "deprecated"}

    found = json_import(
        boss,
        {**SANITY, "lifecycle": gone},
        provider_document("decap", lifecycle={**old, "replacement": "providers/cms/decap"}),
        provider_document("free", lifecycle=gone),
        stack_document("uses-free", providers={"cms": ["free"]}),
    )

    assert problems(found) == [
        [("lifecycle_state", "providers/cms/sanity cannot be removed while it is used: stacks/foundation/marketing.")],
        [("lifecycle_replacement", "Following the replacements would never end.")],
        [],
        [("providers_cms", "providers/cms/free is to be removed.")],
    ]


def test_replacements_that_go_in_a_circle_are_errors(boss: User) -> None:
    for slug in ("a", "b"):
        save("provider", provider_document(slug), boss)
    old = {"state": "deprecated", "since": "2026-01-01", "reason": "Old"}

    found = json_import(
        boss,
        provider_document("a", lifecycle={**old, "replacement": "providers/cms/b"}),
        provider_document("b", lifecycle={**old, "replacement": "providers/cms/a"}),
    )

    assert problems(found) == [[("lifecycle_replacement", "Following the replacements would never end.")]] * 2


def test_person_may_import_only_what_they_may_change(editor: User) -> None:
    save("provider", SANITY, None)
    save("builder", builder_document("hugo", config_schema={"type": "object"}), None)
    editor.user_permissions.set(
        Permission.objects.filter(codename__in=["change_provider", "add_builder", "change_builder"])
    )

    found = json_import(
        User.objects.get(pk=editor.pk),
        {**SANITY, "icon": "a"},
        provider_document("tina"),
        builder_document("hugo", icon="a", config_schema={}),
        builder_document("astro"),
        stack_document(),
    )

    schema = "Only a schema admin may change the config schema or the backend of an entry."
    assert problems(found) == [
        [],
        [("", "You may not add providers.")],
        [("config_schema", schema)],
        [],
        [("", "You may not add stacks.")],
    ]


def test_type_limits_are_said_in_the_dry_run(editor: User) -> None:
    save("provider", SANITY, None)
    editor.user_permissions.set(Permission.objects.filter(codename__in=["add_provider", "change_provider"]))
    TypeLimit.objects.create(person=editor, provider_type="ssg")
    ssg = provider_document("astro", provider_type="ssg", implementation_language="js", cms_type=None)

    found = json_import(User.objects.get(pk=editor.pk), {**SANITY, "icon": "a"}, ssg, SANITY | {"provider_name": "b"})

    refused = [("", "You may only change Static-site generator providers.")]
    assert problems(found) == [refused, [], refused]


def test_what_is_unchanged_needs_no_permission(editor: User) -> None:
    save("provider", SANITY, None)

    assert verdicts(json_import(editor, SANITY)) == [(1, "providers/cms/sanity", "unchanged")]


def test_messages_speak_as_the_forms_do(boss: User) -> None:
    header = (*HEADER, "website_url", "key_features", "aliases", "lifecycle_state", "lifecycle_since", "currency")

    found = csv_import(
        boss,
        ("cms", "A b", "A", "x y", "hybrid", "http://a", "gut, ök", "old", "deprecated", "tomorrow", "eur"),
        header=header,
    )

    assert problems(found) == [
        [
            ("aliases", "'old': Write whole keys, such as providers/ecommerce/shopify_basic."),
            ("category", "'x y': Use lower-case letters and digits, words joined by underscores."),
            ("currency", "'eur': Use the three capital letters of ISO 4217, such as USD."),
            ("key_features", "'ök': Use lower-case letters and digits, words joined by underscores."),
            ("lifecycle_reason", "This is required."),
            ("lifecycle_since", "'tomorrow' is no date. Write it like 2026-11-24."),
            ("provider_name", "'A b': Use lower-case letters and digits, words joined by hyphens."),
            ("website_url", "'http://a': Use an address that starts with https://."),
        ]
    ]
    assert (found.rows[0]["key"], found.rows[0]["name"]) == ("", "A")


HOSTILE: list[Any] = [
    {**SANITY, "display_name": "\ud800"},
    {**SANITY, "display_name": "a\0"},
    {**SANITY, "provider_name": "\ud800\0" * 200},
    {**SANITY, "\ud800" * 500: 1},
    {**SANITY, "key_features": [["a"]] * 3_000},
    {**SANITY, "key_features": [1, "a"] * 30},
    {**SANITY, "config_schema": {"a": [1, "b"] * 1_500}},
    {**SANITY, "lifecycle": "active"},
    {**SANITY, "monthly_cost_range": {"a": 1}},
    {**SANITY, "monthly_cost_range": [1e400]},
    {**SANITY, "providers": [[]]},
    {**SANITY, "display_name": json.loads("[" * 300 + "]" * 300)},
    {**SANITY, **{f"member-{number}": 1 for number in range(1_000)}},
    {**SANITY, "display_name": "x" * 1_000_000},
    {**SANITY, "config_schema": {"$ref": "https://example.com/"}},
    {"provider_name": None},
    {"stack_name": {}, "category": 5, "providers": {"cms": {"a": 1}}},
]


@pytest.mark.parametrize("document", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_document_is_an_error_of_its_line(document: Any, boss: User) -> None:
    text = json.dumps([document, builder_document("hugo")]).replace("Infinity", "1e400")

    found = try_import(text.encode(), file_name="\0\ud800/../" + "x" * 400, by=boss)

    assert [row["verdict"] for row in Import.objects.get(pk=found.pk).rows] == ["error", "create"]
    assert len(found.rows[0]["problems"]) <= 20
    assert len(json.dumps(found.rows)) < 20_000
    assert len(found.file_name) <= 200
    assert json.dumps(found.rows, ensure_ascii=False).encode()


def test_old_dry_runs_are_forgotten(boss: User) -> None:
    kept, applied, old = (json_import(boss, provider_document(slug)) for slug in ("a", "b", "c"))
    apply_import(applied.pk, note="Now", by=boss)
    long_ago = timezone.now() - timedelta(days=1, minutes=1)
    Import.objects.filter(pk__in=[applied.pk, old.pk]).update(requested_at=long_ago)

    new = json_import(boss, SANITY)

    assert set(Import.objects.values_list("pk", flat=True)) == {kept.pk, applied.pk, new.pk}


def test_file_that_cannot_be_used_leaves_nothing_behind(boss: User) -> None:
    with pytest.raises(RefusedError, match="The file is empty"):
        try_import(b"", file_name="a", by=boss)

    assert Import.objects.count() == 0


def test_dry_run_costs_the_same_for_one_and_three_of_each(boss: User) -> None:
    def count(number: int) -> int:
        documents = [
            document
            for at in range(number)
            for document in (
                provider_document(f"p{at}", aliases=[f"providers/cms/old_{at}"], incompatible_builders=["hugo"]),
                stack_document(f"s{at}", providers={"cms": ["sanity", f"p{at}"]}),
            )
        ]
        with CaptureQueriesContext(connection) as queries:
            found = json_import(boss, *documents, {**SANITY, "icon": f"new-{number}"})
        assert count_verdicts(found.rows)["error"] == 0
        return len(queries)

    save("provider", SANITY, boss)
    save("builder", builder_document("hugo"), boss)
    for_one = count(1)

    assert count(3) == for_one
    assert Stack.objects.count() == 0
