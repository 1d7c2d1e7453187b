"""The rules for proposals: what a dry run says about each line, and what it lets through."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User

from catalog.actions.imports import apply_import, try_import
from catalog.models import Alias, Import, TypeLimit
from tests.catalog.actions.dry_runs import HEADER, csv_import, json_import, problems, verdicts
from tests.factories import SANITY, builder_document, provider_document, save, stack_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss")


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
