"""Words are compared as people see them, not as they were typed."""

import pytest

from catalog.search.words import join_words, split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Décap-CMS v2.1", ["decap", "cms", "v2", "1"]),
        ("real_time_apis", ["real", "time", "apis"]),
        ("Next.js", ["next", "js"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("İstanbul", ["istanbul"]),
        ("ﬁne №5", ["fine", "no5"]),
        ("日本語 テスト", ["日本語", "テスト"]),
        ("\0!?\n\u202e", []),
        ("", []),
        ("x" * 100, ["x" * 64]),
    ],
)
def test_text_is_split_into_folded_words(text: str, words: list[str]) -> None:
    assert split_words(text) == words


def test_words_of_several_texts_are_joined_each_once() -> None:
    assert join_words(["Sanity CMS", "sanity", "", "a cms"]) == ["sanity", "cms", "a"]


def test_splitting_again_changes_nothing() -> None:
    once = split_words("Ünïcode Ǆ ŉ ΐ \u017ft Σίσυφος İ")

    assert split_words(" ".join(once)) == once
