"""Signatures: the vectors of the standards, and every way in which a signature or a key is wrong."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from catalog.publishing.signing import KeyPair, SignatureError, decode, encode, new_key, sign, thumbprint, verify

# RFC 8037, appendix A.
D = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
KID = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
SIGNED = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
SIGNATURE = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"

PAYLOAD = b'{"serial":1}'
OLD, NEW = new_key(), new_key()


def rfc_key() -> KeyPair:
    return KeyPair(Ed25519PrivateKey.from_private_bytes(decode(D)))


def trust(*keys: KeyPair) -> dict[str, str]:
    return {key.kid: key.x for key in keys}


def flip(text: str, at: int) -> str:
    """The text with another letter of base64url at this place."""
    return text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1 :]


def signed_with_header(key: KeyPair, header: Any) -> dict[str, Any]:
    """An envelope that is signed well, with this protected header."""
    body, protected = encode(PAYLOAD), encode(json.dumps(header).encode())
    signature = encode(key.private.sign(f"{protected}.{body}".encode()))
    return {"payload": body, "signatures": [{"protected": protected, "signature": signature}]}


def test_public_key_and_thumbprint_are_those_of_the_standard() -> None:
    key = rfc_key()

    assert (key.x, key.kid, thumbprint(X)) == (X, KID, KID)


def test_id_of_a_new_key_is_never_taken_for_an_option() -> None:
    assert not [key for key in (new_key() for _ in range(1_000)) if key.kid.startswith("-")]


def test_signature_is_that_of_the_standard() -> None:
    assert encode(rfc_key().private.sign(SIGNED.encode())) == SIGNATURE


def test_signed_payload_is_verified() -> None:
    envelope = sign(PAYLOAD, [OLD])

    assert verify(envelope, trust(OLD)) == PAYLOAD
    assert decode(envelope["payload"]) == PAYLOAD
    assert [json.loads(decode(one["protected"])) for one in envelope["signatures"]] == [
        {"alg": "Ed25519", "kid": OLD.kid}
    ]


def test_signature_is_the_same_each_time() -> None:
    assert sign(PAYLOAD, [OLD]) == sign(PAYLOAD, [OLD])
    assert sign(PAYLOAD, [OLD]) != sign(PAYLOAD, [NEW])


@pytest.mark.parametrize("trusted", [[OLD], [NEW], [OLD, NEW]], ids=["old", "new", "both"])
def test_each_of_two_signatures_is_enough(trusted: list[KeyPair]) -> None:
    assert verify(sign(PAYLOAD, [OLD, NEW]), trust(*trusted)) == PAYLOAD


@pytest.mark.parametrize("part", ["payload", "signature", "protected"])
def test_every_changed_letter_is_refused(part: str) -> None:
    whole = sign(PAYLOAD, [OLD])
    text = whole["payload"] if part == "payload" else whole["signatures"][0][part]
    accepted = []

    for at in range(len(text)):
        envelope = sign(PAYLOAD, [OLD])
        place = envelope if part == "payload" else envelope["signatures"][0]
        place[part] = flip(text, at)
        try:
            accepted.append((at, verify(envelope, trust(OLD))))
        except ValueError:
            continue

    assert (accepted, len(text) > 10) == ([], True)


@pytest.mark.parametrize("last", "BCDEFGHIJKLMNOPQRSTUVWXYZ")
def test_second_way_to_write_the_same_signature_is_refused(last: str) -> None:
    """64 bytes leave four bits of the last letter unused; whoever ignores them accepts 15 other texts."""
    envelope = sign(PAYLOAD, [OLD])
    signature = envelope["signatures"][0]["signature"]
    if signature[-1] == last:
        last = "A"
    envelope["signatures"][0]["signature"] = signature[:-1] + last

    with pytest.raises(ValueError, match=r"signature of the key|not written as base64url"):
        verify(envelope, trust(OLD))


@pytest.mark.parametrize("alg", ["EdDSA", "none", "HS256", "ed25519", "", None])
def test_other_algorithm_is_refused(alg: str | None) -> None:
    envelope = signed_with_header(OLD, {"alg": alg, "kid": OLD.kid})

    with pytest.raises(SignatureError, match=r"^None of its signatures is by a trusted key\.$"):
        verify(envelope, trust(OLD))


@pytest.mark.parametrize("kid", [NEW.kid, "", "x", None, 1, ["a"], {}], ids=range(7))
def test_unknown_key_is_refused(kid: object) -> None:
    envelope = signed_with_header(OLD, {"alg": "Ed25519", "kid": kid})

    with pytest.raises(SignatureError, match=r"^None of its signatures is by a trusted key\.$"):
        verify(envelope, trust(OLD))


@pytest.mark.parametrize("header", [[], "Ed25519", 1, None, {}, {"alg": "Ed25519"}])
def test_header_that_names_no_key_is_refused(header: object) -> None:
    with pytest.raises(SignatureError, match=r"^None of its signatures is by a trusted key\.$"):
        verify(signed_with_header(OLD, header), trust(OLD))


def test_header_that_is_no_json_is_refused() -> None:
    envelope = sign(PAYLOAD, [OLD])
    envelope["signatures"][0]["protected"] = encode(b"{")

    with pytest.raises(ValueError, match="Expecting property name"):
        verify(envelope, trust(OLD))


def test_signature_by_another_key_under_a_trusted_name_is_refused() -> None:
    envelope = signed_with_header(NEW, {"alg": "Ed25519", "kid": OLD.kid})

    with pytest.raises(SignatureError, match=f"^The signature of the key {OLD.kid} is wrong"):
        verify(envelope, trust(OLD))


def test_nobody_trusted_and_nothing_signed_are_refused() -> None:
    for envelope, trusted in ((sign(PAYLOAD, [OLD]), {}), (sign(PAYLOAD, []), trust(OLD))):
        with pytest.raises(SignatureError, match=r"^None of its signatures is by a trusted key\.$"):
            verify(envelope, trusted)


def test_wrong_signature_is_not_made_good_by_a_second_one() -> None:
    envelope = sign(PAYLOAD, [OLD, NEW])
    envelope["signatures"][0]["signature"] = encode(bytes(64))

    with pytest.raises(SignatureError, match=f"^The signature of the key {OLD.kid} is wrong"):
        verify(envelope, trust(OLD, NEW))


@pytest.mark.parametrize("signature", ["", "AA", encode(bytes(63)), encode(bytes(65))])
def test_signature_of_another_length_is_refused(signature: str) -> None:
    envelope = sign(PAYLOAD, [OLD])
    envelope["signatures"][0]["signature"] = signature

    with pytest.raises(SignatureError, match="is wrong"):
        verify(envelope, trust(OLD))


@pytest.mark.parametrize("text", ["AA=", "A", "A A", "A+A/", "AB", "AA\n", "ÄÄ", "A.AA"])
def test_text_that_is_no_base64url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(text)


@pytest.mark.parametrize("content", [b"", b"\0", b"\xff\xfe", b"\xfb\xef\xbe", bytes(range(256))])
def test_encoded_bytes_are_read_back(content: bytes) -> None:
    assert decode(encode(content)) == content
    assert set(encode(content)) & set("+/=") == set()
