"""Patterns mean what ECMA 262 says, end at once whatever they are, or are refused with words."""

import re
import signal
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.schemas.pattern_samples import sample_texts
from catalog.schemas.patterns import MAX_LENGTH, PatternError, compile_pattern

# Each takes an engine that goes back longer than the age of the universe.
HOSTILE = ["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*a){25}$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(x+x+)+y", "([^b]*)*b$"]


@pytest.fixture
def at_once() -> Iterator[None]:
    """What takes more than five seconds hangs a worker."""

    def stop(*_: object) -> None:
        raise AssertionError("This takes too long.")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(5)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("pattern", HOSTILE)
@pytest.mark.usefixtures("at_once")
def test_hostile_pattern_answers_at_once(pattern: str) -> None:
    assert not compile_pattern(pattern).is_in("a" * 30 + "!")
    assert not compile_pattern(pattern).is_in("a" * 100_000 + "!")


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        ("^a$", ["a"], ["a\n", "ab", ""]),
        ("a", ["a", "bab"], ["", "b"]),
        (".", ["x", "😀"], ["\n", "\r", "\u2028", ""]),
        (r"^\d+$", ["0123456789"], ["٣", "12 "]),
        (r"^\w$", ["a", "Z", "0", "_"], ["é", "-"]),
        (r"^\s$", [" ", "\t", "\u00a0", "\ufeff", "\u3000", "\n"], ["a", "\u200b", "\x85"]),
        (r"^\S\D\W$", ["aa-", "-b😀"], [" aa", "a1-"]),
        (r"^[\s\d]+$", ["1 2", "\u2003"], ["a"]),
        (r"^[^\S]$", [" "], ["a"]),
        (r"^[^\u0000-\u001F\u007F]*$", ["", "text"], ["a\x00", "\x7f"]),
        (r"^\u{1F600}$", ["😀"], ["a"]),
        (r"^\uD83D\uDE00$", ["😀"], ["\ud83d"]),
        (r"^\x41\cJ\0\t\/\-\.$", ["A\n\0\t/-."], ["A"]),
        (r"^[\b]$", ["\b"], ["b"]),
        (r"\bword\b", ["a word."], ["sword"]),
        ("^(?:ab|cd){2,3}?$", ["abab", "cdabcd"], ["ab", "abababab"]),
        ("^(?<year>[0-9]{4})$", ["2024"], ["24"]),
        ("^[a-]$", ["a", "-"], ["b"]),
        ("^[]$", [], ["", "a"]),
        ("^[^]$", ["a", "\n"], [""]),
        ("^a{,2}$", ["a{,2}"], ["", "a"]),
        (r"^\p{L}\p{Lu}\P{N}$", ["éÜx"], ["1Ax", "ab1"]),
        ("a|", ["", "b"], []),
        ("^é+$", ["éé"], ["e"]),
    ],
)
def test_pattern_means_what_ecma_262_says(pattern: str, fitting: list[str], other: list[str]) -> None:
    compiled = compile_pattern(pattern)

    assert [text for text in fitting if not compiled.is_in(text)] == []
    assert [text for text in other if compiled.is_in(text)] == []


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(?=a)", "look-ahead"),
        ("(?!a)", "look-ahead"),
        ("(?<=a)", "look-behind"),
        ("(?<!a)", "look-behind"),
        (r"(a)\1", "refers back"),
        (r"(?<n>a)\k<n>", "refers back"),
        ("(?i)a", "not in ECMA 262"),
        ("(?P<n>a)", "not in ECMA 262"),
        (r"\Aa\Z", "not in ECMA 262"),
        (r"\p{Script=Greek}", "general categories"),
        ("(", "no closing one"),
        (")", "no opening one"),
        ("[a", "not closed"),
        ("[z-a]", "wrong way round"),
        (r"[\d-z]", "from one character to another"),
        ("a{3,2}", "wrong way round"),
        ("a{99999999999}", "more than 1,000 times"),
        ("a{1001}", "more than 1,000 times"),
        ("(a{1000}){1000}", "too large"),
        ("*a", "nothing before it"),
        ("a**", "next to each other"),
        ("^*", "cannot be repeated"),
        ("a\\", "ends in a backslash"),
        ("(" * 40 + ")" * 40, "nested more than"),
        ("(" * 5_000, "characters"),
        ("a" * (MAX_LENGTH + 1), "characters"),
        (r"\u{110000}", "no such character"),
    ],
)
def test_pattern_is_refused_with_words(pattern: str, words: str) -> None:
    with pytest.raises(PatternError, match=re.escape(words)):
        compile_pattern(pattern)


@given(pattern=st.text(alphabet="ab01(|)[]^$.*+?{},\\-dwsSpu:<>!=x", max_size=20), text=st.text(max_size=20))
def test_any_pattern_is_compiled_or_refused(pattern: str, text: str) -> None:
    try:
        compiled = compile_pattern(pattern)
    except PatternError:
        return
    assert compiled.is_in(text) in (True, False)


@given(
    pattern=st.from_regex(r"\A\^?([ab]|\[ab\]|\.|\(a\|b\))([*+?]|\{1,2\})?([ab.])?\$?\Z"),
    text=st.text(alphabet="ab\n", max_size=6),
)
def test_plain_pattern_agrees_with_python(pattern: str, text: str) -> None:
    expected = re.search(pattern.replace("$", r"\Z"), text)

    assert compile_pattern(pattern).is_in(text) == bool(expected)


@pytest.mark.parametrize(
    "pattern", ["^[a-z]{2,5}$", "^(ab|c)+$", r"^\d{4}-\d{2}$", "^[^/]+/[^/]+$", r"^https://\S+$", "^x{200}$", ""]
)
def test_sample_texts_fit_and_are_the_same_each_time(pattern: str) -> None:
    texts = sample_texts(pattern)

    assert texts
    assert all(compile_pattern(pattern).is_in(text) for text in texts)
    sample_texts.cache_clear()
    assert sample_texts(pattern) == texts


@pytest.mark.parametrize("pattern", ["(?=a)", "^[]$", "("])
def test_no_samples_of_what_fits_nothing(pattern: str) -> None:
    assert sample_texts(pattern) == ()
