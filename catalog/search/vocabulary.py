"""The words of live providers: how many have each, which begin alike, and which are near a misspelt one."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from django.db import transaction
from rapidfuzz import process
from rapidfuzz.distance import OSA

from catalog.models import LiveWord

CHUNK = 500
MAX_NEAR = 8
# Words, or beginnings of words, in groups of the same distance; the nearest group comes first.
Near = list[list[str]]


@transaction.atomic(savepoint=False)
def count_words(changes: Mapping[str, int]) -> None:
    """Add to the counts, or take from them; a word that nobody has any more is forgotten."""
    changed = sorted(word for word, change in changes.items() if change)
    for start in range(0, len(changed), CHUNK):
        words = changed[start : start + CHUNK]
        before = LiveWord.objects.in_bulk(words)
        counts = {word: (before[word].entries if word in before else 0) + changes[word] for word in words}
        LiveWord.objects.filter(pk__in=[word for word, count in counts.items() if count <= 0]).delete()
        LiveWord.objects.bulk_create(
            (LiveWord(text=word, entries=count) for word, count in counts.items() if count > 0),
            update_conflicts=True,
            unique_fields=["text"],
            update_fields=["entries"],
        )


class Vocabulary:
    """All words, sorted; immutable, so that threads may share it."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = sorted(words)

    def has_start(self, start: str) -> bool:
        """Whether a word is, or begins with, `start`."""
        at = bisect_left(self._words, start)
        return at < len(self._words) and self._words[at].startswith(start)

    def near(self, word: str) -> Near:
        """What a word that nobody has may have been meant for.

        If no whole word is near, the beginnings are looked at: whoever types has not come to the end yet.
        """
        cutoff = _cutoff(word)
        if cutoff == 0:
            return []
        return _nearest(word, self._words, cutoff=cutoff) or _nearest(word, self._starts(len(word)), cutoff=cutoff)

    def _starts(self, length: int) -> list[str]:
        return list(dict.fromkeys(word[:length] for word in self._words if len(word) > length))


def read_vocabulary() -> Vocabulary:
    """One query."""
    return Vocabulary(list(LiveWord.objects.values_list("text", flat=True)))


def _cutoff(word: str) -> int:
    """How many letters may be wrong, missing, too many, or swapped."""
    return 0 if len(word) < 3 else 1 if len(word) < 5 else 2 if len(word) < 9 else 3


def _nearest(word: str, words: Sequence[str], *, cutoff: int) -> Near:
    found = process.extract(word, words, scorer=OSA.distance, score_cutoff=cutoff, limit=MAX_NEAR)
    distances = sorted({distance for _, distance, _ in found})
    return [[near for near, distance, _ in found if distance == wanted] for wanted in distances]
