"""Keys, kinds, references, and which field a member of a document comes from."""

from typing import Any

import pytest

from catalog.documents.mapping import (
    MEMBERS,
    field_names,
    field_of_member,
    fields_from_document,
    key_of,
    kind_of,
    references_of,
)
from catalog.models import ENTRY_MODELS
from catalog.schemas.library import CURRENT_VERSIONS, load_schema
from tests.factories import SANITY, builder_document, provider_document, stack_document

RENDERED = {"last_updated", "serial", "schema_version"}


@pytest.mark.parametrize(
    ("kind", "member", "field"),
    [
        ("provider", "provider_name", "slug"),
        ("provider", "monthly_cost_range", "monthly_cost_min"),
        ("provider", "setup_cost_range", "setup_cost_min"),
        ("provider", "lifecycle", "lifecycle_state"),
        ("provider", "cms_type", "cms_type"),
        ("provider", "incompatible_builders", "incompatible_builders"),
        ("builder", "builder_name", "slug"),
        ("builder", "config_schema", "config_schema"),
        ("stack", "stack_name", "slug"),
        ("stack", "providers", "providers"),
        ("stack", "aliases", "aliases"),
        ("stack", "schema_version", ""),
        ("builder", "no_such_member", ""),
    ],
)
def test_field_of_member_names_the_field_to_edit(kind: str, member: str, field: str) -> None:
    assert field_of_member(kind, member) == field


@pytest.mark.parametrize("kind", sorted(MEMBERS))
def test_mapping_knows_every_member_of_the_schema(kind: str) -> None:
    schema = load_schema(kind, CURRENT_VERSIONS[kind])

    assert {member.name for member in MEMBERS[kind]} == set(schema["properties"]) - RENDERED


@pytest.mark.parametrize("model", ENTRY_MODELS)
def test_mapping_knows_every_column_of_the_row(model: Any) -> None:
    own = {"id", "key", "latest_revision", "approved_revision", "live_revision"}
    columns = {field.name for field in (*model._meta.fields, *model._meta.many_to_many)} - own

    assert set(field_names(model.kind)) - {"aliases"} == columns


def test_fields_of_an_empty_document_are_fresh_each_time() -> None:
    first = fields_from_document("provider", {})
    first["key_features"].append("left_over")

    assert fields_from_document("provider", {})["key_features"] == []


@pytest.mark.parametrize(
    ("kind", "document", "key"),
    [
        ("provider", SANITY, "providers/cms/sanity"),
        ("builder", builder_document("hugo"), "builders/hugo"),
        ("stack", stack_document("marketing"), "stacks/foundation/marketing"),
        ("stack", stack_document("decap-cms-tier", category="cms-tiers"), "stacks/cms-tiers/decap-cms-tier"),
    ],
)
def test_key_is_the_public_path_and_tells_the_kind(kind: str, document: dict[str, Any], key: str) -> None:
    assert key_of(kind, document) == key
    assert kind_of(key) == kind


def test_references_point_at_every_named_entry() -> None:
    stack = stack_document(
        providers={"cms": ["sanity", "decap"], "ssg": ["hugo"]},
        builder="hugo",
        lifecycle={"state": "deprecated", "since": "2024-01-01", "reason": "Old", "replacement": "stacks/composed/new"},
    )

    assert references_of(stack) == [
        ("/providers/cms/0", "providers/cms/sanity"),
        ("/providers/cms/1", "providers/cms/decap"),
        ("/providers/ssg/0", "providers/ssg/hugo"),
        ("/builder", "builders/hugo"),
        ("/lifecycle/replacement", "stacks/composed/new"),
    ]
    assert references_of(provider_document(incompatible_builders=["hugo"])) == [
        ("/incompatible_builders/0", "builders/hugo")
    ]
    assert references_of(SANITY) == []
