"""Tables for terminals: aligned, and no wider than what they are printed on."""

import shutil
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Any

from django.core.management.base import OutputWrapper

# What a log can take; a terminal says its own width.
LOG_WIDTH = 140
LEAST_WIDTH = 8
GAP = "  "
MAX_SHOWN = 300


def width_of(stream: OutputWrapper) -> int:
    """The columns that lines printed there may have."""
    return shutil.get_terminal_size().columns if stream.isatty() else LOG_WIDTH


def table(rows: Sequence[Sequence[str]], *, width: int, indent: str = "") -> list[str]:
    """Lines of columns, their cells wrapped where the widest ones would not fit."""
    if not rows:
        return []
    widths = _fit([max(map(columns_of, column)) for column in zip(*rows, strict=True)], width - len(indent))
    return [indent + line for row in rows for line in _lines(row, widths)]


def show(value: Any) -> str:
    """A value of a dictionary or document in one line that can do nothing to a terminal."""
    is_set = isinstance(value, (set, frozenset)) and value
    text = f"{{{', '.join(map(repr, sorted(value, key=str)))}}}" if is_set else repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def plain(text: str) -> str:
    """A text of somebody else's in one line that can do nothing to a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def columns_of(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def _fit(widths: list[int], width: int) -> list[int]:
    """The widest columns give way, one column of characters after another."""
    available = max(width - len(GAP) * (len(widths) - 1), LEAST_WIDTH * len(widths))
    while sum(widths) > available:
        widest = widths.index(max(widths))
        widths[widest] -= 1
    return widths


def _lines(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    cells = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
    height = max(map(len, cells))
    lines = []
    for at in range(height):
        parts = [cell[at] if at < len(cell) else "" for cell in cells]
        padded = [part + " " * (width - columns_of(part)) for part, width in zip(parts, widths, strict=True)]
        lines.append(GAP.join(padded).rstrip())
    return lines
