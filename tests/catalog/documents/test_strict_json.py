"""JSON that two readers could understand differently is refused, with its place."""

import pytest

from catalog.documents.strict_json import JsonError, read_json


def refusal(content: bytes) -> str:
    with pytest.raises(JsonError) as caught:
        read_json(content)
    return str(caught.value)


def test_values_are_read() -> None:
    assert read_json('{"é": [1, 2.5, null, true, "\\ud83d\\ude00"], "a": {}}'.encode()) == {
        "é": [1, 2.5, None, True, "😀"],
        "a": {},
    }


def test_everything_else_is_refused() -> None:
    cases = {
        b"\xef\xbb\xbf{}": "line 1, column 1: The file begins with a byte order mark; save it as UTF-8 without one.",
        '{"a": 1}'.encode("utf-16"): "line 1, column 1: The file begins with a byte order mark; save it as UTF-8 "
        "without one.",
        '{\n"é": "'.encode() + b'\xff"}': "line 2, column 7: This is not UTF-8.",
        b'{"a":\n\0}': "line 2, column 1: This is no text: it has NUL characters.",
        b'{"a": 1,\n  "b" 2}': "line 2, column 7: Expecting ':' delimiter.",
        b"": "line 1, column 1: Expecting value.",
        b'{"a": 1} x': "line 1, column 10: Extra data.",
        b'{"a": {"b": 1, "b": 1}}': "'b' stands twice in one object.",
        b'{"a": NaN}': "NaN is no number of JSON.",
        b'{"a": -Infinity}': "-Infinity is no number of JSON.",
        b'{"a": 1e999}': "The number 1e999 is too large.",
        b"[" + b"1" * 5_000 + b"]": "A number in it is too long.",
        b"[" * 101 + b"]" * 101: "It is nested more than 100 levels deep.",
        b"[" * 100_000: "It is nested too deeply.",
    }

    assert {content: refusal(content) for content in cases} == cases
    assert read_json(b"[" * 99 + b"]" * 99) is not None
