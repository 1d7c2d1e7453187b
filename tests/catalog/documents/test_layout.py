"""Entries as files: where they lie, and texts that read the same again."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from catalog.documents.canonical import canonical_bytes
from catalog.documents.layout import (
    Mark,
    MarkError,
    digest_of,
    key_at,
    normalise,
    path_of,
    read_mark,
    schema_files,
    write_document,
    write_mark,
)
from catalog.documents.strict_json import read_json
from catalog.schemas.library import load_schema
from tests.catalog.documents.strategies import kinds_and_documents
from tests.factories import SANITY, provider_document

DIGEST = "0" * 64


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(kinds_and_documents)
def test_what_is_written_reads_the_same_and_is_written_the_same(example: tuple[str, dict[str, Any]]) -> None:
    kind, document = example
    recorded = json.loads(canonical_bytes(document))

    content = write_document(kind, recorded)

    read = read_json(content)
    assert canonical_bytes(read) == canonical_bytes(document)
    assert canonical_bytes(normalise(kind, read)) == canonical_bytes(document)
    assert write_document(kind, read) == content


def test_text_has_a_line_for_each_item_and_members_in_the_order_of_their_table() -> None:
    document = provider_document("decap", key_features=["b", "a"], config_schema={"type": "object", "properties": {}})

    assert write_document("provider", dict(reversed(document.items()))).decode() == (
        '{\n  "provider_name": "decap",\n  "provider_type": "cms",\n  "category": "cms_tier_service",\n'
        '  "display_name": "Decap",\n  "key_features": [\n    "b",\n    "a"\n  ],\n'
        '  "config_schema": {\n    "properties": {},\n    "type": "object"\n  },\n'
        '  "cms_type": "git_based",\n  "schema_version": "1.0.0"\n}\n'
    )


def test_paths_are_those_of_entries_only() -> None:
    keys = ("providers/cms/sanity", "builders/hugo", "stacks/cms-tiers/sanity-cms-tier")
    assert [key_at(path_of(key)) for key in keys] == list(keys)
    assert [
        key_at(path)
        for path in (
            "providers/sanity.json", "providers/cms/Sanity.json", "providers/cms/sanity", "builders/a/b.json",
            "stacks/premium/a.json", "providers/cms/../a.json", "builders/a_b.json", "builders/a.json.json",
            "builders/a\n.json", "/builders/a.json",
        )
    ] == [""] * 10  # fmt: skip


def test_schemas_are_the_released_ones() -> None:
    assert {path: json.loads(content) for path, content in schema_files().items()} == {
        f"schemas/{kind}.schema.json": load_schema(kind, "1.0.0") for kind in ("builder", "provider", "stack")
    }


def test_mark_is_read_again_and_its_lines_are_sorted() -> None:
    mark = Mark({"stacks/composed/a": DIGEST, "builders/b": digest_of(SANITY)})

    content = write_mark(mark)

    assert read_mark(content) == Mark(dict(sorted(mark.digests.items())))
    assert [line.strip().split('"')[1] for line in content.decode().splitlines()[4:6]] == [
        "builders/b",
        "stacks/composed/a",
    ]


def test_damaged_marks_are_refused() -> None:
    damaged = "It is damaged. Bring it back from Git, or export again."
    cases = {
        b"<<<<<<< ours": "It is damaged: line 1, column 1: Expecting value. Bring it back from Git, or export again.",
        b"[]": "It is not of a version that is known here.",
        b'{"format": 2, "entries": {}}': "It is not of a version that is known here.",
        b'{"format": 1}': damaged,
        b'{"format": 1, "entries": {"../a": "%s"}}' % DIGEST.encode(): damaged,
        b'{"format": 1, "entries": {"builders/a": "short"}}': damaged,
        b'{"format": 1, "entries": {"builders/a": 5}}': damaged,
    }
    for content, message in cases.items():
        with pytest.raises(MarkError) as caught:
            read_mark(content)
        assert str(caught.value) == message
