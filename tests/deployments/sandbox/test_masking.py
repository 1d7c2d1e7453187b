import base64
import json
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.sandbox.masking import MASK, Masker

SECRET = "s3cr3t/+ä?&pass word"
KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7\n-----END KEY-----\n"


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET),
        SECRET.replace(" ", "+").replace("/", "%2F").replace("+ä?&", "%2B%C3%A4%3F%26"),
        json.dumps(SECRET)[1:-1],
    ],
)
def test_secret_is_masked_however_it_is_written(written: str) -> None:
    assert Masker(SECRET).mask(f"a {written} b {written}") == f"a {MASK} b {MASK}"


@pytest.mark.parametrize("before", ["", "u", "us", "user:", "user-name:"])
@pytest.mark.parametrize("alphabet", ["+/", "-_"])
def test_secret_is_masked_in_base64_wherever_it_starts(before: str, alphabet: str) -> None:
    secret = "correct>>>horse???battery"
    encoded = base64.b64encode(f"{before}{secret}.".encode(), altchars=alphabet.encode()).decode()
    start, end = -(-len(before) * 8 // 6), len(before + secret) * 8 // 6
    assert Masker(secret).mask(encoded) == f"{encoded[:start]}{MASK}{encoded[end:]}"


def test_secret_over_lines_is_masked_in_each() -> None:
    wrapped = base64.encodebytes(b"x" * 50 + b"correct-horse-battery-staple" + b"y" * 50).decode().splitlines()
    masker = Masker("correct-horse-battery-staple")
    lines = [*(ready for line in wrapped for ready in masker.feed(line)), *masker.flush()]
    assert (len(lines), [MASK in line for line in lines]) == (3, [True, True, False])


def test_key_of_several_lines_is_masked_whole_and_by_line() -> None:
    masker = Masker(KEY)
    assert masker.mask(KEY).replace(MASK, "").strip() == ""
    assert masker.mask("found MIIEvQIBADANBgkqhkiG9w0BAQEFAASC!") == f"found {MASK}!"


def test_line_that_may_begin_a_secret_waits_for_the_next() -> None:
    masker = Masker("abcdef")
    assert [masker.feed("one"), masker.feed("x abc"), masker.feed("def y"), masker.flush()] == [
        ["one"],
        [],
        [f"x {MASK}", f"{MASK} y"],
        [],
    ]


@pytest.mark.parametrize("cut", [1, 5, 8, 9, 20, 27])
def test_long_secret_waits_wherever_the_line_ends(cut: int) -> None:
    secret = "correct-horse-battery-staple"
    masker = Masker(secret)
    assert [masker.feed(secret[:cut]), masker.feed(secret[cut:] + "!")] == [[], [MASK, f"{MASK}!"]]


def test_line_that_was_no_secret_after_all_is_shown_as_it_was() -> None:
    masker = Masker("abcdef")
    assert [masker.feed("x abc"), masker.flush(), masker.feed("y")] == [[], ["x abc"], ["y"]]


def test_lines_do_not_wait_without_end() -> None:
    masker = Masker("abcdef")
    ready = [line for line in ["abc"] + [""] * 250 for line in masker.feed(line)]
    assert (ready[0], len(ready) > 150) == ("abc", True)


@pytest.mark.parametrize("secret", ["", "abc", " ab "])
def test_short_secret_is_not_masked_and_that_is_said(secret: str) -> None:
    masker = Masker()
    assert (masker.add(secret), masker.mask("abc ab")) == (False, "abc ab")


def test_secret_of_four_characters_is_masked() -> None:
    masker = Masker()
    assert (masker.add("abcd"), masker.mask("xabcdx")) == (True, f"x{MASK}x")


def test_secrets_that_overlap_are_hidden_as_one() -> None:
    assert Masker("abcdef", "defghi").mask("-abcdefghi-") == f"-{MASK}-"


@given(
    secret=st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=8, max_size=40),
    cuts=st.lists(st.integers(0, 60), max_size=6),
)
def test_secret_cut_anywhere_is_not_shown(secret: str, cuts: list[int]) -> None:
    text = f"<<{secret}>>"
    places = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    masker = Masker(secret)
    lines = [text[start:end] for start, end in pairwise(places)]
    shown = [*(ready for line in lines for ready in masker.feed(line)), *masker.flush()]
    assert "".join(shown).replace(MASK, "") == "<<>>"


@given(st.lists(st.text("abcdef \n", max_size=10), max_size=10))
def test_lines_come_out_in_number_and_order(lines: list[str]) -> None:
    lines = [line.replace("\n", "") for line in lines]
    masker = Masker("abcdabcd")
    shown = [*(ready for line in lines for ready in masker.feed(line)), *masker.flush()]
    assert [line if MASK not in line else "" for line in shown] == [
        line if MASK not in seen else "" for line, seen in zip(lines, shown, strict=True)
    ]
