"""The database refuses what breaks a rule, even when no form and no action is in the way."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import (
    Alias,
    Builder,
    Provider,
    Revision,
    Snapshot,
    SnapshotChange,
    Stack,
    StackProvider,
    find_entry,
)
from catalog.models.snapshots import SnapshotState
from tests.factories import SANITY, builder_document, publish, sanity, save, stack_document

pytestmark = pytest.mark.django_db
BROKEN_LIFECYCLES: list[dict[str, Any]] = [
    {"lifecycle_state": "deprecated"},
    {"lifecycle_state": "removed", "lifecycle_since": date(2024, 1, 1)},
    {"lifecycle_state": "disabled", "lifecycle_reason": "Because"},
    {"lifecycle_since": date(2024, 1, 1)},
    {"lifecycle_reason": "Because"},
    {"lifecycle_replacement": "providers/cms/decap"},
]
BROKEN_PRICES: list[dict[str, Any]] = [
    {"monthly_cost_min": 281, "monthly_cost_max": 280},
    {"monthly_cost_min": None, "monthly_cost_max": 280},
    {"monthly_cost_min": 65, "monthly_cost_max": None},
    {"setup_cost_min": 2, "setup_cost_max": 1},
    {"setup_cost_min": -1, "setup_cost_max": 1},
    {"currency": "usd"},
    {"currency": ""},
    {"currency": "US"},
]
BROKEN_NAMES: list[dict[str, Any]] = [
    {"slug": "Bad Slug"},
    {"slug": "../../etc"},
    {"slug": ""},
    {"display_name": ""},
    {"lifecycle_state": "sleeping", "lifecycle_since": date(2024, 1, 1), "lifecycle_reason": "Because"},
]
BROKEN_FIT: list[dict[str, Any]] = [{"complexity_level": "huge"}, {"performance_tier": "warp"}]
BROKEN_PROVIDERS: list[dict[str, Any]] = [
    {"ecommerce_type": "hosted_cart"},
    {"transaction_fee_basis_points": 0},
    {"implementation_language": "go"},
    {"rendering_modes": ["static"]},
    {"source_type": "archive"},
    {"provider_type": "ecommerce"},
    {"provider_type": "fax", "cms_type": ""},
]


@pytest.mark.parametrize(
    "columns", [*BROKEN_NAMES, *BROKEN_LIFECYCLES, *BROKEN_PRICES, *BROKEN_FIT, *BROKEN_PROVIDERS], ids=repr
)
def test_provider_refuses_broken_row(columns: dict[str, Any]) -> None:
    save("provider", SANITY)

    with pytest.raises(IntegrityError), transaction.atomic():
        Provider.objects.update(**columns)


@pytest.mark.parametrize("columns", [*BROKEN_NAMES, *BROKEN_LIFECYCLES, {"category": "magic"}], ids=repr)
def test_builder_refuses_broken_row(columns: dict[str, Any]) -> None:
    save("builder", builder_document())

    with pytest.raises(IntegrityError), transaction.atomic():
        Builder.objects.update(**columns)


@pytest.mark.parametrize(
    "columns", [*BROKEN_NAMES, *BROKEN_LIFECYCLES, *BROKEN_PRICES, *BROKEN_FIT, {"category": "magic"}], ids=repr
)
def test_stack_refuses_broken_row(columns: dict[str, Any]) -> None:
    save("stack", stack_document(monthly_cost_range=[65, 280]))

    with pytest.raises(IntegrityError), transaction.atomic():
        Stack.objects.update(**columns)


@pytest.mark.parametrize(
    "columns",
    [
        {"lifecycle_state": "deprecated", "lifecycle_since": date(2024, 1, 1), "lifecycle_reason": "Because"},
        {"monthly_cost_min": 280, "monthly_cost_max": 280},
        {"monthly_cost_min": None, "monthly_cost_max": None},
        {"currency": "CHF"},
        {"cms_type": ""},
    ],
    ids=repr,
)
def test_provider_takes_sound_row(columns: dict[str, Any]) -> None:
    save("provider", SANITY)

    assert Provider.objects.update(**columns) == 1


def test_key_is_made_by_the_database_from_its_parts() -> None:
    save("provider", SANITY)
    save("builder", builder_document("hugo"))
    save("stack", stack_document("marketing"))

    Provider.objects.update(provider_type="source", cms_type="", slug="other")
    Builder.objects.update(slug="jekyll")
    Stack.objects.update(category="composed")

    assert [model.objects.get().key for model in (Provider, Builder, Stack)] == [
        "providers/source/other",
        "builders/jekyll",
        "stacks/composed/marketing",
    ]


@pytest.mark.parametrize("model", [Provider, Builder, Stack])
def test_key_is_unique(model: Any) -> None:
    columns = {"slug": "a", "display_name": "A"}
    group = "provider_type" if model is Provider else "category"
    columns[group] = model._meta.get_field(group).choices[0][0]
    model.objects.bulk_create([model(**columns)])

    with pytest.raises(IntegrityError, match=r"key|unique|UNIQUE"), transaction.atomic():
        model.objects.bulk_create([model(**columns)])


def test_same_slug_may_stand_under_two_types() -> None:
    Provider.objects.bulk_create(
        [Provider(slug="astro", display_name="Astro", provider_type=kind) for kind in ("ssg", "source")]
    )

    assert Provider.objects.filter(slug="astro").count() == 2


def test_alias_leads_to_one_entry_only() -> None:
    Alias.objects.create(old_key="builders/old", key="builders/new")

    with pytest.raises(IntegrityError), transaction.atomic():
        Alias.objects.create(old_key="builders/old", key="builders/newer")


def test_stack_has_provider_once() -> None:
    save("provider", SANITY)
    save("stack", stack_document(providers={"cms": ["sanity"]}))

    with pytest.raises(IntegrityError), transaction.atomic():
        StackProvider.objects.create(stack=Stack.objects.get(), provider=sanity(), position=9)


@pytest.mark.parametrize(
    "columns",
    [
        {"number": 1},
        {"number": 0},
        {"change_note": ""},
        {"source": "admin"},
        {"source": "api"},
        {"source": "import"},
        {"source": "restore"},
    ],
    ids=repr,
)
def test_revision_refuses_broken_row(columns: dict[str, Any]) -> None:
    save("provider", SANITY)
    revision = Revision.objects.get()
    fields = {field.attname: getattr(revision, field.attname) for field in Revision._meta.fields if field.name != "id"}

    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.bulk_create([Revision(**{**fields, "number": 2, **columns})])


@pytest.mark.parametrize("first", ["pending", "publishing", "live"])
def test_only_one_snapshot_is_in_each_state(first: str) -> None:
    columns: dict[str, Any] = {"state": first, "requested_at": timezone.now(), "published_at": timezone.now()}
    Snapshot.objects.create(serial=1, path="a", sha256="a", **columns)

    with pytest.raises(IntegrityError), transaction.atomic():
        Snapshot.objects.create(serial=2, path="b", sha256="b", **columns)


def test_many_snapshots_may_have_failed_with_one_serial() -> None:
    now = timezone.now()
    Snapshot.objects.bulk_create(Snapshot(state=SnapshotState.FAILED, serial=1, requested_at=now) for _ in range(2))

    assert Snapshot.objects.filter(state=SnapshotState.FAILED, serial=1).count() == 2


@pytest.mark.parametrize(
    "columns",
    [
        {"serial": None},
        {"path": ""},
        {"sha256": ""},
        {"published_at": None},
        {"state": "replaced", "sha256": ""},
    ],
    ids=repr,
)
def test_live_snapshot_refuses_broken_row(columns: dict[str, Any]) -> None:
    save("provider", SANITY)
    publish()

    with pytest.raises(IntegrityError), transaction.atomic():
        Snapshot.objects.update(**columns)


def test_published_serial_is_given_once() -> None:
    save("provider", SANITY)
    live = publish()

    with pytest.raises(IntegrityError), transaction.atomic():
        Snapshot.objects.create(
            state=SnapshotState.REPLACED,
            serial=live.serial,
            path="x",
            sha256="x",
            requested_at=live.requested_at,
            published_at=live.published_at,
        )


def test_snapshot_changes_each_entry_once() -> None:
    save("provider", SANITY)
    publish()
    change = SnapshotChange.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        SnapshotChange.objects.create(
            snapshot=change.snapshot, entry_key=change.entry_key, new_revision=change.new_revision
        )


def test_find_entry_looks_in_the_folder_of_the_key() -> None:
    save("provider", SANITY)

    assert find_entry("providers/cms/sanity") == sanity()
    assert [find_entry(key) for key in ("providers/cms/none", "builders/sanity", "nowhere/sanity", "")] == [None] * 4
