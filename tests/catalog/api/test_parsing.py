"""Bodies of requests: what is read as JSON, and the words for what is not."""

import io
from typing import Any

import pytest
from rest_framework.exceptions import ParseError

from catalog.api.parsing import MAX_DEPTH, StrictJsonParser, read_json
from registry_site.intake import MAX_BODY_BYTES
from registry_site.problems import TooLargeError

TOO_DEEP = "The JSON is nested more than 64 levels deep."
UNFIT = "A text in the JSON holds the character U+0000 or half of a character."
SEND_A_TEXT = "which not every reader of JSON can hold: send it as a text."
HOSTILE = {
    b"": "The body is no JSON: Expecting value (line 1, column 1).",
    b"{": "The body is no JSON: Expecting property name enclosed in double quotes (line 1, column 2).",
    b"\xff\xfe": "The body is no UTF-8 text.",
    b"[NaN]": "NaN is no number of JSON.",
    b"[-Infinity]": "-Infinity is no number of JSON.",
    b"[1e999]": "The number 1e999 is too large for JSON.",
    b"[" + b"9" * 5_000 + b"]": f"The number {'9' * 40} is beyond 2^53 (9007199254740992), {SEND_A_TEXT}",
    b"[9007199254740993]": f"The number 9007199254740993 is beyond 2^53 (9007199254740992), {SEND_A_TEXT}",
    b"-9007199254740993": f"The number -9007199254740993 is beyond 2^53 (9007199254740992), {SEND_A_TEXT}",
    b"[0." + b"1" * 99 + b"]": f"The number 0.{'1' * 38} has more than 100 characters.",
    b'{"a": 1, "a": 2}': "The name 'a' stands twice in one object of the JSON.",
    b'["\\u0000"]': UNFIT,
    b'{"a\\u0000": 1}': UNFIT,
    b'[["\\ud800"]]': UNFIT,
    b"[" * 200 + b"]" * 200: TOO_DEEP,
    b"[" * 400_000: TOO_DEEP,
    b'{"a":' * 100_000: TOO_DEEP,
}


@pytest.mark.parametrize("content", HOSTILE, ids=lambda content: content[:12].decode("latin-1"))
def test_hostile_body_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(ParseError) as refused:
        read_json(content)

    assert str(refused.value.detail) == HOSTILE[content]


@pytest.mark.parametrize("value", [None, 1, 2**53, "ü", [], {"a": [1.5, {"b": True}]}])
def test_what_json_holds_is_read(value: Any) -> None:
    content = repr(value).replace("None", "null").replace("True", "true").replace("'", '"').encode()

    assert read_json(content) == value


def test_deepest_nesting_that_is_allowed_is_read() -> None:
    value = read_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)

    assert isinstance(value, list)


def test_body_is_read_up_to_its_limit() -> None:
    text = b'"' + b"a" * (MAX_BODY_BYTES - 2) + b'"'

    assert len(StrictJsonParser().parse(io.BytesIO(text))) == MAX_BODY_BYTES - 2
    with pytest.raises(TooLargeError):
        StrictJsonParser().parse(io.BytesIO(text + b" "))
