"""Imports: the dry run says what would happen, the confirmation does exactly that or nothing."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.actions import imports
from catalog.actions.errors import RefusedError
from catalog.actions.exports import export_entries
from catalog.actions.imports import apply_import, count_verdicts, try_import
from catalog.actions.starter import load_starter_catalog
from catalog.documents.files import FORMATS
from catalog.models import ENTRY_MODELS, AuditRecord, Import, Provider, Revision, Stack, find_entry
from tests.catalog.actions.dry_runs import csv_import, json_import, problems, verdicts
from tests.factories import SANITY, builder_document, provider_document, sanity, save, stack_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss")


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


def test_old_dry_runs_are_forgotten(boss: User) -> None:
    kept, applied, old = (json_import(boss, provider_document(slug)) for slug in ("a", "b", "c"))
    apply_import(applied.pk, note="Now", by=boss)
    long_ago = timezone.now() - timedelta(days=1, minutes=1)
    Import.objects.filter(pk__in=[applied.pk, old.pk]).update(requested_at=long_ago)

    new = json_import(boss, SANITY)

    assert set(Import.objects.values_list("pk", flat=True)) == {kept.pk, applied.pk, new.pk}


def test_more_than_may_be_written_at_once_is_refused(boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "MAX_WRITES", 2)
    save("provider", SANITY, boss)
    documents = [provider_document(slug) for slug in ("a", "b", "c")]

    found, fits = json_import(boss, SANITY, *documents), json_import(boss, SANITY, *documents[:2])

    assert refusal(found.pk, boss) == "At most 2 entries are written at once. Split the file."
    assert [row for row in found.rows if "document" in row] == []
    apply_import(fits.pk, note="Two", by=boss)
    assert Provider.objects.count() == 3


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
