"""Sets of characters as sorted ranges of code points: what an escape or a class of ECMA 262 stands for; pure."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import groupby

Ranges = tuple[tuple[int, int], ...]
LAST = 0x10FFFF


def joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """The same set, sorted, with no two ranges that touch."""
    found: list[tuple[int, int]] = []
    for least, most in sorted(ranges):
        if found and least <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(most, found[-1][1]))
        else:
            found.append((least, most))
    return tuple(found)


def negated(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Every character that is not in the set."""
    found, at = [], 0
    for least, most in joined(ranges):
        if least > at:
            found.append((at, least - 1))
        at = most + 1
    return tuple([*found, (at, LAST)] if at <= LAST else found)


def only(*characters: str) -> Ranges:
    return joined((ord(character), ord(character)) for character in characters)


LINE_ENDS = only("\n", "\r", "\u2028", "\u2029")
ANY = negated(LINE_ENDS)
DIGITS: Ranges = ((0x30, 0x39),)
WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
SPACE = joined(
    (
        *LINE_ENDS,
        *only("\t", "\v", "\f", " ", "\u00a0", "\u1680", "\u202f", "\u205f", "\u3000", "\ufeff"),
        (0x2000, 0x200A),
    )
)
# What a letter after a backslash stands for.
CLASS_ESCAPES: dict[str, Ranges] = {
    "d": DIGITS,
    "D": negated(DIGITS),
    "w": WORD,
    "W": negated(WORD),
    "s": SPACE,
    "S": negated(SPACE),
}
CONTROL_ESCAPES = {"t": 0x09, "n": 0x0A, "v": 0x0B, "f": 0x0C, "r": 0x0D}
CATEGORIES = frozenset((
    "C", "Cc", "Cf", "Cn", "Co", "Cs", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No",
    "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs",
))  # fmt: skip


@cache
def category(name: str) -> Ranges:
    """The characters of a general category of Unicode, such as `Lu`, or of all that begin with `L`.

    Raises KeyError for what is no category.
    """
    if name not in CATEGORIES:
        raise KeyError(name)
    every = _every_category()
    return joined(limits for known, ranges in every.items() if known.startswith(name) for limits in ranges)


@cache
def _every_category() -> dict[str, list[tuple[int, int]]]:
    """Looks at every character, once: a tenth of a second."""
    found: dict[str, list[tuple[int, int]]] = {}
    start = 0
    for name, run in groupby(map(unicodedata.category, map(chr, range(LAST + 1)))):
        length = sum(1 for _ in run)
        found.setdefault(name, []).append((start, start + length - 1))
        start += length
    return found
