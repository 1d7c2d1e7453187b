"""A text that somebody typed as terms to look for, misspelt words replaced by near ones; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalog.search.query import MAX_WORDS
from catalog.search.vocabulary import Near, Vocabulary
from catalog.search.words import join_words

# Each costs a look at the whole vocabulary.
MAX_MISSPELT = 3


@dataclass(frozen=True, slots=True)
class Term:
    """What stands for one typed word: any of `starts` begins a word; `nearest` are the words most like it."""

    starts: tuple[str, ...]
    nearest: tuple[str, ...]


def read_terms(text: str, *, vocabulary: Vocabulary, near: Callable[[str], Near]) -> list[Term] | None:
    """A term for each different word; None if nothing can have all of them.

    A word that begins a known one stands for itself; `near` says what another may have been meant for.
    """
    words = join_words([text])[:MAX_WORDS]
    unknown = [word for word in words if not vocabulary.has_start(word)]
    if not words or len(unknown) > MAX_MISSPELT:
        return None
    terms = [_near_term(near(word)) if word in unknown else Term((word,), (word,)) for word in words]
    known = [term for term in terms if term is not None]
    return known if len(known) == len(terms) else None


def _near_term(groups: Near) -> Term | None:
    words = _flat(groups)
    return Term(words, tuple(groups[0])) if words else None


def _flat(groups: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple(word for group in groups for word in group)
