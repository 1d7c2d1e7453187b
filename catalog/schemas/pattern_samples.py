"""Texts that fit a pattern, for examples of how two schemas differ; pure, and the same each time."""

from collections.abc import Iterator
from functools import lru_cache
from random import Random

from catalog.schemas.character_sets import Ranges
from catalog.schemas.pattern_reader import Anchor, Characters, Choice, Part, PatternError, Repeat
from catalog.schemas.patterns import compile_pattern

MAX_CHARACTERS = 1_000
TRIES = 16
# What is easy to read comes first: letters, digits, then whatever there is.
PLAIN = ((0x61, 0x7A), (0x30, 0x39), (0x41, 0x5A), (0x21, 0x7E))


@lru_cache(maxsize=1024)
def sample_texts(pattern: str) -> tuple[str, ...]:
    """Some texts in which the pattern is found, short ones first; empty if none was found or the pattern is wrong."""
    try:
        compiled = compile_pattern(pattern)
    except PatternError:
        return ()
    # A seed of its own: the same question has the same answer.
    random = Random(pattern)  # noqa: S311 -- examples, not secrets
    texts = {"".join(_letters(compiled.root, random, greed)) for greed in range(TRIES)}
    return tuple(sorted((text for text in texts if compiled.is_in(text)), key=lambda text: (len(text), text)))


def _letters(part: Part, random: Random, greed: int) -> Iterator[str]:
    """The characters of one text; with growing `greed` repetitions are longer and characters stranger."""
    if isinstance(part, Characters):
        yield _character(part, random, greed)
    elif isinstance(part, Choice):
        for each in random.choice(part.branches):
            yield from _letters(each, random, greed)
    elif isinstance(part, Repeat):
        yield from _repeated(part, random, greed)
    elif isinstance(part, Anchor):
        return


def _repeated(part: Repeat, random: Random, greed: int) -> Iterator[str]:
    most = part.least + 1 + greed // 2 if part.most is None else part.most
    count = part.least if greed == 0 else random.randint(part.least, min(most, part.least + 1 + greed // 2))
    for _ in range(min(count, MAX_CHARACTERS)):
        yield from _letters(part.part, random, greed)


def _character(part: Characters, random: Random, greed: int) -> str:
    plain = _plain(part.ranges)
    ranges = plain if plain and greed < TRIES * 3 // 4 else part.ranges
    if not ranges:
        return ""
    least, most = random.choice(ranges)
    point = random.randint(least, most)
    return chr(point) if not 0xD800 <= point <= 0xDFFF else ""


@lru_cache(maxsize=1024)
def _plain(ranges: Ranges) -> Ranges:
    return tuple(
        (max(least, low), min(most, high))
        for low, high in PLAIN
        for least, most in ranges
        if max(least, low) <= min(most, high)
    )
