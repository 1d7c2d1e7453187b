"""Words as search compares them: lower case, without marks, split where no letter or digit stands; pure."""

import re
import unicodedata
from collections.abc import Iterable

MAX_WORD_LENGTH = 64
WORD = re.compile(r"[^\W_]+")


def split_words(text: str) -> list[str]:
    """`Décap-CMS v2.1` -> `decap`, `cms`, `v2`, `1`; a very long word is cut."""
    # Twice: folding the case of what was decomposed may give marks of its own.
    plain = text.lower() if text.isascii() else _without_marks(_without_marks(text).casefold())
    return [word[:MAX_WORD_LENGTH] for word in WORD.findall(plain)]


def join_words(texts: Iterable[str]) -> list[str]:
    """The different words of all texts, each once, in order of their first use."""
    return list(dict.fromkeys(split_words(" ".join(texts))))


def _without_marks(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
