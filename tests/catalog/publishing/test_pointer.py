"""The pointer's bytes, and what is no pointer."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta, timezone

import pytest

from catalog.publishing.pointer import Pointer, PointerError, make_pointer, parse_pointer, render_pointer
from catalog.publishing.signing import decode, encode, new_key
from catalog.schemas.validation import validate_document
from tests.factories import KEY

MEMBERS = {"serial": 1, "snapshot": "s", "sha256": "d", "published_at": "p", "expires_at": "e"}
POINTER = Pointer(12, "snapshots/00000012-1f3a5c7e9b02.json", "a" * 64, "2030-01-02T12:00:00Z", "2030-01-09T12:00:00Z")


def test_pointer_says_its_times_in_utc_to_the_second() -> None:
    noon = datetime(2030, 1, 2, 13, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=1)))

    pointer = make_pointer(
        serial=12, path=POINTER.snapshot, sha256="a" * 64, published_at=noon, expires_at=noon + timedelta(days=7)
    )

    assert pointer == POINTER


def test_rendered_pointer_is_read_back() -> None:
    file = render_pointer(POINTER, [KEY])

    assert (file.path, parse_pointer(file.content)) == ("current.json", POINTER)


def test_rendered_pointer_fits_its_schema() -> None:
    envelope = json.loads(render_pointer(POINTER, [KEY]).content)

    assert validate_document("current", envelope) == []
    assert "=" not in envelope["payload"]
    assert [list(signature) for signature in envelope["signatures"]] == [["protected", "signature"]]


def test_rendered_pointer_names_the_keys_that_sign_it() -> None:
    other = new_key()
    payload = json.loads(decode(json.loads(render_pointer(POINTER, [KEY, other]).content)["payload"]))

    assert validate_document("pointer", payload) == []
    assert payload["keys"] == [{"kty": "OKP", "crv": "Ed25519", "x": key.x} for key in (KEY, other)]
    assert render_pointer(POINTER, [KEY, other]) == render_pointer(POINTER, [KEY, other])


def test_pointer_of_an_older_publisher_fits_its_schema() -> None:
    assert validate_document("pointer", asdict(POINTER)) == []


def test_unknown_members_are_ignored() -> None:
    payload = (
        "eyJzZXJpYWwiOjEsInNuYXBzaG90IjoicyIsInNoYTI1NiI6ImQiLCJwdWJsaXNoZWRfYXQiOiJwIiwiZXhwaXJlc19hdCI6ImUiLCJ4IjoxfQ"
    )

    pointer = parse_pointer(json.dumps({"payload": payload, "signatures": [], "later": 1}).encode())

    assert pointer == Pointer(1, "s", "d", "p", "e")


def with_payload(payload: bytes) -> bytes:
    return json.dumps({"payload": encode(payload), "signatures": []}).encode()


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[]", b"null", b"{}", b'{"payload": 1}', b"\xff", b"[" * 100_000),
        *map(with_payload, (b"{}", b"[]", b"[" * 50_000)),
        *(
            with_payload(json.dumps({**MEMBERS, **wrong}).encode())
            for wrong in ({"serial": "1"}, {"serial": True}, {"serial": None}, {"sha256": 1}, {"expires_at": None})
        ),
    ],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(PointerError, match=r"^current\.json is no pointer: "):
        parse_pointer(content)
