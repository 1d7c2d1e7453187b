"""Patterns of schemas, searched in time linear in the text, so that no pattern hangs a worker.

What `pattern_reader` reads is written for RE2 with the meaning of ECMA 262: `$` is the end of the text, `\\d` has ten
digits. Reference: https://github.com/google/re2/wiki/Syntax
"""

from functools import lru_cache
from typing import Any

import re2

from catalog.schemas.pattern_reader import Anchor, Characters, Choice, Part, PatternError, PatternReader

__all__ = ("MAX_LENGTH", "Pattern", "PatternError", "compile_pattern")
MAX_LENGTH = 1_000
# Of a compiled pattern, and of what searching with it keeps: more would take long to compile and to search.
MAX_BYTES = 2**20


class Pattern:
    """A compiled pattern. `size` is the number of its machine's states: a search takes about size times length."""

    __slots__ = ("_compiled", "root", "size")

    def __init__(self, root: Choice, compiled: Any) -> None:
        self.root = root
        self._compiled = compiled
        self.size: int = compiled.programsize

    def is_in(self, text: str) -> bool:
        """Whether it matches anywhere in the text; half a surrogate pair matches nothing."""
        return self._compiled.search(text.encode("utf-8", "surrogatepass")) is not None


@lru_cache(maxsize=2048)
def compile_pattern(pattern: str) -> Pattern:
    """Raises PatternError with words for the person who wrote the pattern."""
    if len(pattern) > MAX_LENGTH:
        raise PatternError(f"it has {len(pattern):,} characters; {MAX_LENGTH:,} are allowed")
    root = PatternReader(pattern).read()
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.max_mem = MAX_BYTES
    try:
        return Pattern(root, re2.compile(write_choice(root), options))
    except re2.error as error:
        raise PatternError("it is too large: its repetitions multiply") from error


def write_choice(choice: Choice) -> str:
    """The same in RE2's words."""
    return "(?:" + "|".join("".join(_write(part) for part in branch) for branch in choice.branches) + ")"


def _write(part: Part) -> str:
    if isinstance(part, Choice):
        return write_choice(part)
    if isinstance(part, Anchor):
        return part.written
    if isinstance(part, Characters):
        if not part.ranges:
            return r"[^\x{0}-\x{10ffff}]"
        return "[" + "".join(rf"\x{{{least:x}}}-\x{{{most:x}}}" for least, most in part.ranges) + "]"
    most = "" if part.most is None else part.most
    return f"(?:{_write(part.part)}){{{part.least},{most}}}"
