"""The pointer's bytes, and what is no pointer."""

import json
from datetime import UTC, datetime

import pytest

from catalog.publishing.pointer import Pointer, PointerError, make_pointer, parse_pointer, render_pointer
from catalog.publishing.tree import TreeFile
from catalog.schemas.validation import validate_document

POINTER = Pointer(12, "snapshots/00000012-1f3a5c7e9b02.json", "a" * 64, "2030-01-02T12:00:00Z", "2030-01-09T12:00:00Z")


def test_pointer_is_valid_for_a_week() -> None:
    snapshot = TreeFile("snapshots/00000012-1f3a5c7e9b02.json", b"{}")
    noon = datetime(2030, 1, 2, 12, tzinfo=UTC)

    assert make_pointer(snapshot, serial=12, sha256="a" * 64, published_at=noon) == POINTER


def test_rendered_pointer_is_read_back() -> None:
    file = render_pointer(POINTER)

    assert (file.path, parse_pointer(file.content)) == ("current.json", POINTER)


def test_rendered_pointer_fits_its_schema() -> None:
    envelope = json.loads(render_pointer(POINTER).content)

    assert validate_document("current", envelope) == []
    assert "=" not in envelope["payload"]
    assert envelope["signatures"] == []


def test_unknown_members_are_ignored() -> None:
    payload = (
        "eyJzZXJpYWwiOjEsInNuYXBzaG90IjoicyIsInNoYTI1NiI6ImQiLCJwdWJsaXNoZWRfYXQiOiJwIiwiZXhwaXJlc19hdCI6ImUiLCJ4IjoxfQ"
    )

    pointer = parse_pointer(json.dumps({"payload": payload, "signatures": [], "later": 1}).encode())

    assert pointer == Pointer(1, "s", "d", "p", "e")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b"{}", b'{"payload": 1}', b'{"payload": "e30"}', b'{"payload": "W10"}', b"\xff"]
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(PointerError, match=r"^current\.json is no pointer: "):
        parse_pointer(content)
