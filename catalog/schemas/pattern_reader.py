"""Reads a pattern of ECMA 262 into its parts, and says in words what cannot be read; pure.

Look-around and references back are refused: no engine searches them in linear time. Escapes and classes become sets
of characters. Reference: ECMA 262 section 22.2.
"""

import re
from dataclasses import dataclass

from catalog.schemas.character_sets import (
    ANY,
    CLASS_ESCAPES,
    CONTROL_ESCAPES,
    Ranges,
    category,
    joined,
    negated,
    only,
)

MAX_DEPTH = 30
MAX_REPEATS = 1_000
LOOK_AROUND = {"(?=": "look-ahead", "(?!": "look-ahead", "(?<=": "look-behind", "(?<!": "look-behind"}
COUNTS = re.compile(r"\{(\d+)(,(\d*))?\}", re.ASCII)
HEXADECIMAL = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}")
LOW_SURROGATE = re.compile(r"\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})")
PROPERTY = re.compile(r"[pP]\{(?:General_Category=|gc=)?([A-Za-z]{1,2})\}")
GROUP_NAME = re.compile(r"\?<[A-Za-z_$][A-Za-z0-9_$]*>")


class PatternError(ValueError):
    """The pattern cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Characters:
    """One character of a set."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place between characters, in RE2's words: `\\A`, `\\z`, `\\b` or `\\B`."""

    written: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """`most` is None for any number."""

    part: "Part"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several sequences."""

    branches: "tuple[tuple[Part, ...], ...]"


Part = Characters | Anchor | Repeat | Choice

PLAIN_PARTS: dict[str, Part] = {"^": Anchor(r"\A"), "$": Anchor(r"\z"), ".": Characters(ANY)}
SIGNS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class PatternReader:
    """Reads one pattern from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def read(self) -> Choice:
        found = self.read_choice()
        if self.at < len(self.text):
            raise PatternError("a closing parenthesis has no opening one")
        return found

    def read_choice(self) -> Choice:
        branches: list[tuple[Part, ...]] = []
        parts: list[Part] = []
        while self.at < len(self.text) and self.text[self.at] != ")":
            if self.take("|"):
                branches.append(tuple(parts))
                parts = []
                continue
            parts.append(self.read_repeats(self.read_part()))
        return Choice((*branches, tuple(parts)))

    def take(self, word: str) -> bool:
        """Whether the text goes on with `word`; then it is behind us."""
        is_here = self.text.startswith(word, self.at)
        self.at += len(word) if is_here else 0
        return is_here

    def read_part(self) -> Part:
        character = self.text[self.at]
        if character in "*+?":
            raise PatternError(f"{character} has nothing before it to repeat")
        self.at += 1
        if character == "(":
            return self.read_group()
        if character == "[":
            return Characters(self.read_class())
        if character == "\\":
            return self.read_escape()
        return PLAIN_PARTS.get(character) or Characters(only(character))

    def read_group(self) -> Choice:
        for opening, name in LOOK_AROUND.items():
            if self.text.startswith(opening, self.at - 1):
                raise PatternError(f"it has {name} {opening}...), which cannot be searched in linear time")
        named = GROUP_NAME.match(self.text, self.at)
        if named:
            self.at = named.end()
        elif not self.take("?:") and self.text.startswith("?", self.at):
            raise PatternError(f"({self.text[self.at : self.at + 2]} is not in ECMA 262")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise PatternError(f"its groups are nested more than {MAX_DEPTH} deep")
        found = self.read_choice()
        self.depth -= 1
        if not self.take(")"):
            raise PatternError("an opening parenthesis has no closing one")
        return found

    def read_repeats(self, part: Part) -> Part:
        counts = self.read_counts()
        if counts is None:
            return part
        least, most = counts
        if isinstance(part, Anchor):
            raise PatternError("a place between characters cannot be repeated")
        if most is not None and most < least:
            raise PatternError(f"{{{least},{most}}} is the wrong way round")
        if max(least, most or 0) > MAX_REPEATS:
            raise PatternError(f"nothing can be repeated more than {MAX_REPEATS:,} times; use maxLength")
        # Greed means nothing where only "does it match" is asked.
        self.take("?")
        if self.at < len(self.text) and (self.text[self.at] in "*+?" or COUNTS.match(self.text, self.at)):
            raise PatternError("two repetitions stand next to each other")
        return Repeat(part, least, most)

    def read_counts(self) -> tuple[int, int | None] | None:
        """How often what was just read may stand there; None if nothing is said of it."""
        for sign, counts in SIGNS.items():
            if self.take(sign):
                return counts
        found = COUNTS.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        least = int(found[1])
        if found[2] is None:
            return least, least
        return least, int(found[3]) if found[3] else None

    def read_escape(self) -> Part:
        letter = self.peek()
        if letter in ("b", "B"):
            self.at += 1
            return Anchor(f"\\{letter}")
        if letter in "123456789" or letter == "k":
            raise PatternError(f"it refers back (\\{letter}), which cannot be searched in linear time")
        return Characters(self.read_set_escape())

    def read_set_escape(self) -> Ranges:
        """What follows a backslash, as a set of characters."""
        letter = self.peek()
        if letter in CLASS_ESCAPES:
            self.at += 1
            return CLASS_ESCAPES[letter]
        if letter in ("p", "P"):
            return self.read_property()
        point = self.read_point()
        return ((point, point),)

    def read_property(self) -> Ranges:
        found = PROPERTY.match(self.text, self.at)
        try:
            ranges = category(found[1] if found else "")
        except KeyError as error:
            raise PatternError("only general categories of Unicode are known, such as \\p{L} or \\p{Lu}") from error
        is_negated = self.peek() == "P"
        self.at = found.end() if found else self.at
        return negated(ranges) if is_negated else ranges

    def read_point(self) -> int:
        """The code point of an escape for one character."""
        letter = self.peek()
        hexadecimal = HEXADECIMAL.match(self.text, self.at)
        if hexadecimal:
            self.at = hexadecimal.end()
            return self.with_low_surrogate(int(hexadecimal[1] or hexadecimal[2] or hexadecimal[3], 16))
        self.at += 1
        if letter in CONTROL_ESCAPES:
            return CONTROL_ESCAPES[letter]
        if letter == "0" and not self.text[self.at : self.at + 1].isdecimal():
            return 0
        if letter == "c" and re.match("[A-Za-z]", self.text[self.at : self.at + 1]):
            self.at += 1
            return ord(self.text[self.at - 1]) % 32
        if letter.isalnum():
            raise PatternError(f"\\{letter} is not in ECMA 262")
        return ord(letter)

    def with_low_surrogate(self, point: int) -> int:
        """The character that two escapes such as `\\uD83D\\uDE00` are together."""
        if point > 0x10FFFF:
            raise PatternError("there is no such character")
        low = LOW_SURROGATE.match(self.text, self.at) if 0xD800 <= point <= 0xDBFF else None
        if low is None:
            return point
        self.at = low.end()
        return 0x10000 + (point - 0xD800) * 0x400 + int(low[1], 16) - 0xDC00

    def read_class(self) -> Ranges:
        is_negated = self.take("^")
        found: list[tuple[int, int]] = []
        while not self.take("]"):
            least = self.read_class_part()
            if self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at):
                self.at += 1
                least = self.range_between(least, self.read_class_part())
            found += least
        return negated(found) if is_negated else joined(found)

    def range_between(self, first: Ranges, last: Ranges) -> Ranges:
        ends = (first[0][0], first[-1][1], last[0][0], last[-1][1])
        if ends[0] != ends[1] or ends[2] != ends[3]:
            raise PatternError("a range goes from one character to another")
        if ends[0] > ends[3]:
            raise PatternError(f"the range {chr(ends[0])}-{chr(ends[3])} is the wrong way round")
        return ((ends[0], ends[3]),)

    def read_class_part(self) -> Ranges:
        if self.at >= len(self.text):
            raise PatternError("a square bracket is not closed")
        if self.take("\\"):
            if self.take("b"):
                return only("\b")
            return self.read_set_escape()
        self.at += 1
        return only(self.text[self.at - 1])

    def peek(self) -> str:
        if self.at >= len(self.text):
            raise PatternError("it ends in a backslash")
        return self.text[self.at]
