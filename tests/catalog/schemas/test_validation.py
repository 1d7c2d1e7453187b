"""The judge of documents: strict, complete, and pointing at the member to fix."""

from typing import Any

import pytest

from catalog.schemas.validation import MAX_SCHEMA_DEPTH, Problem, pointer_to, validate_document
from tests.factories import SANITY, builder_document, provider_document, stack_document

SSG = provider_document("hugo", provider_type="ssg", cms_type=None, implementation_language="go")
SHOP = provider_document("foxy", provider_type="ecommerce", cms_type=None, ecommerce_type="hosted_cart")
SOURCE = provider_document(
    "git", provider_type="source", cms_type=None, source_type="repository", backend="git@1", category="source_code"
)
DEPRECATED = {"state": "deprecated", "since": "2024-02-29", "reason": "Its makers gave up."}


def found(kind: str, document: Any) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in validate_document(kind, document)]


def nested_schema(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels - 1):
        schema = {"not": schema}
    return schema


def test_sanity_example_of_the_source_document_is_valid() -> None:
    assert validate_document("provider", {**SANITY, "last_updated": "2024-01-15T10:30:00Z"}) == []


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        ("provider", SSG),
        ("provider", {**SSG, "rendering_modes": ["static"]}),
        ("provider", {**SHOP, "transaction_fee_basis_points": 0}),
        ("provider", SOURCE),
        ("provider", provider_document(lifecycle=DEPRECATED)),
        ("provider", provider_document(monthly_cost_range=[65.0, 65])),
        ("provider", provider_document(config_schema=nested_schema(MAX_SCHEMA_DEPTH))),
        ("provider", provider_document(config_schema={"$defs": {"a": {}}, "$ref": "#/$defs/a"})),
        ("provider", provider_document(description="Two\n\tlines", website_url="https://decapcms.org/docs/?q=1")),
        ("builder", builder_document()),
        ("stack", stack_document(providers={"cms": ["sanity", "decap"]}, builder="hugo")),
    ],
)
def test_valid_document_has_no_problems(kind: str, document: dict[str, Any]) -> None:
    assert validate_document(kind, document) == []


@pytest.mark.parametrize(
    ("members", "path", "code"),
    [
        ({"colour": "red"}, "/colour", "additionalProperties"),
        ({"a/b~c": 1}, "/a~1b~0c", "additionalProperties"),
        ({"display_name": None}, "/display_name", "required"),
        ({"cms_type": None}, "/cms_type", "required"),
        ({"display_name": 5}, "/display_name", "type"),
        ({"display_name": ""}, "/display_name", "minLength"),
        ({"display_name": "x" * 101}, "/display_name", "maxLength"),
        ({"display_name": "two\nlines"}, "/display_name", "pattern"),
        ({"display_name": "ends in a line feed\n"}, "/display_name", "pattern"),
        ({"description": "nul\x00"}, "/description", "pattern"),
        ({"provider_name": "shopify_basic"}, "/provider_name", "pattern"),
        ({"provider_name": "sanity\n"}, "/provider_name", "pattern"),
        ({"complexity_level": "extreme"}, "/complexity_level", "enum"),
        ({"schema_version": "2.0.0"}, "/schema_version", "const"),
        ({"currency": "usd"}, "/currency", "pattern"),
        ({"website_url": "http://sanity.io"}, "/website_url", "pattern"),
        ({"website_url": "https://"}, "/website_url", "pattern"),
        ({"website_url": "https://sanity.io\n"}, "/website_url", "pattern"),
        ({"website_url": "https://a b"}, "/website_url", "format"),
        ({"monthly_cost_range": [280, 65]}, "/monthly_cost_range", "range"),
        ({"monthly_cost_range": [66.0, 65.0]}, "/monthly_cost_range", "range"),
        ({"setup_cost_range": [1]}, "/setup_cost_range", "minItems"),
        ({"setup_cost_range": [1, 2, 3]}, "/setup_cost_range", "items"),
        ({"setup_cost_range": [-1, 2]}, "/setup_cost_range/0", "minimum"),
        ({"setup_cost_range": [1, 1_000_000_001]}, "/setup_cost_range/1", "maximum"),
        ({"setup_cost_range": [1, 2.5]}, "/setup_cost_range/1", "type"),
        ({"setup_cost_range": [True, 2]}, "/setup_cost_range/0", "type"),
        ({"key_features": []}, "/key_features", "minItems"),
        ({"key_features": ["a", "a"]}, "/key_features", "uniqueItems"),
        ({"key_features": ["ok", "Not OK"]}, "/key_features/1", "pattern"),
        ({"aliases": ["sanity"]}, "/aliases/0", "pattern"),
        ({"lifecycle": {"state": "active"}}, "/lifecycle/state", "enum"),
        ({"lifecycle": {**DEPRECATED, "since": "2023-02-29"}}, "/lifecycle/since", "format"),
        ({"lifecycle": {**DEPRECATED, "why": "?"}}, "/lifecycle/why", "additionalProperties"),
        ({"last_updated": "yesterday"}, "/last_updated", "format"),
        ({"last_updated": "2024-01-15"}, "/last_updated", "format"),
    ],
)
def test_wrong_member_is_refused_at_its_place(members: dict[str, Any], path: str, code: str) -> None:
    assert (path, code) in found("provider", provider_document(**members))


@pytest.mark.parametrize(
    ("document", "attribute", "value"),
    [
        (SSG, "cms_type", "git_based"),
        (SSG, "ecommerce_type", "hosted_cart"),
        (SSG, "source_type", "archive"),
        (SHOP, "cms_type", "hybrid"),
        (SHOP, "implementation_language", "go"),
        (SHOP, "rendering_modes", ["static"]),
        (SOURCE, "ecommerce_type", "cart_overlay"),
        (SOURCE, "transaction_fee_basis_points", 100),
        (provider_document(), "source_type", "inline"),
        (provider_document(), "transaction_fee_basis_points", 0),
    ],
)
def test_attribute_of_another_type_is_refused(document: dict[str, Any], attribute: str, value: Any) -> None:
    assert validate_document("provider", {**document, attribute: value}) == [
        Problem(f"/{attribute}", "not", "This does not belong to an entry of this type.")
    ]


@pytest.mark.parametrize(
    ("document", "missing"),
    [(SSG, "implementation_language"), (SHOP, "ecommerce_type"), (SOURCE, "source_type"), (SOURCE, "backend")],
)
def test_attribute_of_its_type_is_required(document: dict[str, Any], missing: str) -> None:
    without = {name: value for name, value in document.items() if name != missing}

    assert validate_document("provider", without) == [Problem(f"/{missing}", "required", "This is required.")]


@pytest.mark.parametrize(
    ("schema", "path", "code"),
    [
        ({"$ref": "https://example.com/schema.json"}, "/config_schema/$ref", "$ref"),
        ({"properties": {"a": {"$ref": "other.json#/a"}}}, "/config_schema/properties/a/$ref", "$ref"),
        ({"allOf": [{"$dynamicRef": "//example.com"}]}, "/config_schema/allOf/0/$dynamicRef", "$ref"),
        ({"$ref": 5}, "/config_schema/$ref", "$ref"),
        (nested_schema(MAX_SCHEMA_DEPTH + 1), "/config_schema", "depth"),
        (nested_schema(100_000), "/config_schema", "depth"),
        ({"properties": {"a": {"pattern": "("}}}, "/config_schema/properties/a/pattern", "pattern"),
        ({"properties": {"a": {"type": "text"}}}, "/config_schema/properties/a/type", "schema"),
        ({"required": "a"}, "/config_schema/required", "schema"),
        ([], "/config_schema", "type"),
        ("{}", "/config_schema", "type"),
    ],
)
def test_wrong_config_schema_is_refused_at_its_place(schema: Any, path: str, code: str) -> None:
    assert (path, code) in found("builder", builder_document(config_schema=schema))


def test_all_problems_are_reported_at_once() -> None:
    document = provider_document(
        display_name=None,
        colour="red",
        monthly_cost_range=[2, 1],
        source_type="inline",
        key_features=["a", "B!"],
        config_schema={"$ref": "elsewhere", "type": 5},
    )

    assert found("provider", document) == [
        ("/colour", "additionalProperties"),
        ("/config_schema/$ref", "$ref"),
        ("/config_schema/type", "schema"),
        ("/display_name", "required"),
        ("/key_features/1", "pattern"),
        ("/monthly_cost_range", "range"),
        ("/source_type", "not"),
    ]


@pytest.mark.parametrize("document", [None, [], "sanity", 5, True])
def test_what_is_no_object_is_one_problem(document: Any) -> None:
    assert validate_document("builder", document) == [Problem("", "type", "This must be of type object.")]


def test_message_about_a_long_value_stays_short() -> None:
    (problem,) = validate_document("provider", provider_document(icon="!" * 64))

    assert problem.code == "pattern"
    assert len(problem.message) < 300


@pytest.mark.parametrize(
    ("parts", "pointer"), [((), ""), (("a", 0), "/a/0"), (("a/b", "~"), "/a~1b/~0"), (("~1",), "/~01")]
)
def test_pointer_is_escaped_as_rfc_6901_says(parts: tuple[str | int, ...], pointer: str) -> None:
    assert pointer_to(parts) == pointer
