"""Which words there are, and which are near a misspelt one."""

import pytest

from catalog.models import LiveWord
from catalog.search.terms import MAX_MISSPELT, Term, read_terms
from catalog.search.vocabulary import Vocabulary, count_words, read_vocabulary

WORDS = ["astro", "contentful", "gatsby", "hugo", "sanity", "shop", "shopify", "tina"]
VOCABULARY = Vocabulary(WORDS)


def terms(text: str) -> list[Term] | None:
    return read_terms(text, vocabulary=VOCABULARY, near=VOCABULARY.near)


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("santy", [["sanity"]]),
        ("sainty", [["sanity"]]),
        ("shopfy", [["shopify"], ["shop"]]),
        ("tna", [["tina"]]),
        ("kontenfull", [["contentful"]]),
        ("contnt", [["conten"]]),
        ("hu", []),
        ("zzzzzz", []),
    ],
)
def test_near_words_come_in_groups_of_their_distance(word: str, near: list[list[str]]) -> None:
    assert VOCABULARY.near(word) == near


def test_beginnings_are_known() -> None:
    known = {start: VOCABULARY.has_start(start) for start in ("a", "astro", "astros", "b", "z", "shopi", "")}

    assert known == {"a": True, "astro": True, "astros": False, "b": False, "z": False, "shopi": True, "": True}
    assert not Vocabulary([]).has_start("a")


def test_known_words_stand_for_themselves_and_others_for_near_ones() -> None:
    assert terms("Shop santy") == [Term(("shop",), ("shop",)), Term(("sanity",), ("sanity",))]
    assert terms("shopfy") == [Term(("shopify", "shop"), ("shopify",))]
    assert terms("sanity zzzzzz") is None
    assert terms("!") is None


def test_no_more_than_a_few_misspelt_words_are_looked_up() -> None:
    asked: list[str] = []
    misspelt = " ".join(f"{letter}{'q' * 8}" for letter in "abcd"[: MAX_MISSPELT + 1])

    found = read_terms(misspelt, vocabulary=VOCABULARY, near=lambda word: asked.append(word) or [])  # type: ignore[func-returns-value]

    assert (found, asked) == (None, [])


@pytest.mark.django_db
def test_words_are_counted_until_nobody_has_them() -> None:
    count_words({"sanity": 2, "tina": 1, "unchanged": 0})
    count_words({"sanity": -1, "tina": -1, "hugo": 3})

    assert dict(LiveWord.objects.values_list("text", "entries")) == {"sanity": 1, "hugo": 3}
    assert read_vocabulary().has_start("hug")
