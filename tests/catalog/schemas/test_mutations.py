"""No document passes once a rule is broken, whichever valid document it was."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.schemas.validation import validate_document
from tests.catalog.documents.strategies import DOCUMENTS, Document, kinds_and_documents

REQUIRED = {
    "provider": ("provider_name", "provider_type", "display_name", "category", "schema_version"),
    "builder": ("builder_name", "display_name", "category", "backend", "schema_version"),
    "stack": ("stack_name", "category", "display_name", "schema_version"),
}
# A value that is wrong for the member, whatever the rest of the document is.
WRONG: dict[str, list[Any]] = {
    "display_name": ["", None, 5, "a\nb", "x" * 101, "a\u2028b"],
    "description": [None, [], "x" * 2001, "\0", "\x1b[31m"],
    "icon": ["", "Two Words", "a--b", "-a", "x" * 65],
    "website_url": ["http://example.com", "javascript:alert(1)", "https://", "//example.com", "https://a\n"],
    "best_for": ["x" * 501, "a\tb", 1.5],
    "aliases": [[], None, ["x"], ["builders/a", "builders/a"], ["builders/A"], ["builders/../x"]],
    "lifecycle": [{}, None, {"state": "active"}, {"state": "removed", "since": "2024-01-01"}],
    "schema_version": ["1", "1.0.1", 1, None],
    "serial": [0, -1, "1", 1.5],
    "last_updated": ["yesterday", "", 5, "2024-01-15T25:00:00Z"],
}
WRONG_BY_KIND: dict[str, dict[str, list[Any]]] = {
    "provider": {
        "provider_name": ["", "Sanity", "a_b", "a\n", None, "x" * 65],
        "provider_type": ["", "CMS", None, []],
        "monthly_cost_range": [[2, 1], [1], [1, 2, 3], [-1, 1], ["1", "2"], 5, None, [0.5, 1], [2.0, 1.0]],
        "currency": ["", "usd", "EURO", "€", 5],
        "complexity_level": ["", "huge", None],
        "target_market": [[], ["A"], ["a", "a"], "a", [None], ["a_"]],
        "incompatible_builders": [[], ["A_B"], ["a", "a"], "hugo"],
        "config_schema": [[], "", {"$ref": "https://x"}, {"type": "text"}, {"pattern": "("}],
    },
    "builder": {
        "builder_name": ["", "a b", None],
        "backend": ["hugo", "hugo@0", "Hugo@1", "hugo@1\n", "hugo@99999", None],
        "category": ["", "cms", None],
        "tier_name": ["Builders have none"],
    },
    "stack": {
        "stack_name": ["", "modern_performance"],
        "category": ["", "tiers", None],
        "providers": [{}, None, {"cms": []}, {"dns": ["a"]}, {"cms": "sanity"}, {"cms": ["a", "a"]}],
        "setup_cost_range": [[2, 1], [], None],
        "builder": ["", None, "A", ["hugo"]],
        "config_schema": [{}],
    },
}
BREAKS = [
    (kind, member, value)
    for kind in WRONG_BY_KIND
    for member, wrong in {**WRONG, **WRONG_BY_KIND[kind]}.items()
    for value in wrong
]


def broken_members(kind: str, document: Document) -> set[str]:
    return {problem.path.split("/")[1] for problem in validate_document(kind, document)}


@given(st.sampled_from(BREAKS), st.data())
@settings(max_examples=500, deadline=None)
def test_wrong_value_never_passes(broken: tuple[str, str, Any], drawn: st.DataObject) -> None:
    kind, member, value = broken
    document = drawn.draw(DOCUMENTS[kind])

    assert member in broken_members(kind, {**document, member: value})


@pytest.mark.parametrize(("kind", "member"), [(kind, member) for kind, names in REQUIRED.items() for member in names])
@given(drawn=st.data())
@settings(max_examples=10, deadline=None)
def test_missing_member_never_passes(kind: str, member: str, drawn: st.DataObject) -> None:
    document = drawn.draw(DOCUMENTS[kind])

    assert member in broken_members(kind, {name: value for name, value in document.items() if name != member})


@given(kinds_and_documents, st.text(min_size=1, max_size=20).map("x-{}".format), st.none() | st.integers())
@settings(max_examples=100, deadline=None)
def test_unknown_member_never_passes(made: tuple[str, Document], name: str, value: object) -> None:
    kind, document = made

    problems = validate_document(kind, {**document, name: value})

    assert [problem.code for problem in problems] == ["additionalProperties"]


@given(st.sampled_from(sorted(DOCUMENTS)), st.sampled_from(sorted(DOCUMENTS)), st.data())
@settings(max_examples=50, deadline=None)
def test_document_of_another_kind_never_passes(kind: str, other: str, drawn: st.DataObject) -> None:
    document = drawn.draw(DOCUMENTS[other])

    assert (validate_document(kind, document) == []) == (kind == other)
