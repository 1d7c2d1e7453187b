"""Canonical bytes: the examples of RFC 8785, and what has no canonical form here."""

import json
import math
from typing import Any

import pytest
from hypothesis import given

from catalog.documents.canonical import DocumentError, canonical_bytes, sha256_hex
from tests.catalog.documents.strategies import values


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        # RFC 8785, 3.2.2
        (
            {
                "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
                "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
                "literals": [None, True, False],
            },
            (
                '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
                '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
            ),
        ),
        # RFC 8785, 3.2.3: sorted by UTF-16 code units, so that an emoji comes before U+FB33.
        (
            {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7},
            '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
        ),
        ({"b": 1, "a": {"d": [], "c": {}}}, '{"a":{"c":{},"d":[]},"b":1}'),
        ("", '""'),
        ([], "[]"),
    ],
)
def test_canonical_bytes_are_those_of_rfc_8785(value: Any, canonical: str) -> None:
    assert canonical_bytes(value) == canonical.encode()


# RFC 8785, appendix B
@pytest.mark.parametrize(
    ("number", "canonical"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (-5e-324, "-5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740991, "9007199254740991"),
        (-9007199254740991, "-9007199254740991"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (1.0000000000000001e23, "1.0000000000000001e+23"),
        (999999999999999700000.0, "999999999999999700000"),
        (1e21, "1e+21"),
        (9.999999999999997e-7, "9.999999999999997e-7"),
        (0.000001, "0.000001"),
        (333333333.3333332, "333333333.3333332"),
        (65.0, "65"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (1424953923781206.25, "1424953923781206.2"),
    ],
)
def test_numbers_are_written_as_rfc_8785_says(number: float, canonical: str) -> None:
    assert canonical_bytes(number) == canonical.encode()


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        2**53,
        2**53 + 1,
        -(2**53) - 1,
        "a\0b",
        "\ud800",
        "\udc00\ud800",
        {"\0": 1},
        {"\ud800": 1},
        [[{"deep": ["\0"]}]],
    ],
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(DocumentError):
        canonical_bytes({"member": [value]})


def test_deep_nesting_is_refused_and_no_crash() -> None:
    value: Any = []
    for _ in range(100_000):
        value = [value]

    with pytest.raises(DocumentError, match="nested too deeply"):
        canonical_bytes(value)


def test_text_that_only_looks_like_u0000_is_kept() -> None:
    assert json.loads(canonical_bytes("\\u0000")) == "\\u0000"


@given(values)
def test_canonical_bytes_read_back_are_the_same_value(value: Any) -> None:
    again = json.loads(canonical_bytes(value))

    assert again == value
    assert canonical_bytes(again) == canonical_bytes(value)


@given(values, values)
def test_digest_does_not_depend_on_the_order_of_members(one: Any, other: Any) -> None:
    assert sha256_hex(canonical_bytes({"a": one, "b": other})) == sha256_hex(canonical_bytes({"b": other, "a": one}))
