"""Texts of spreadsheet cells: lists in one cell, and cells that no spreadsheet program takes for a formula.

Both are exact: what is read back is what was written.
"""

import re
from collections.abc import Sequence

# A program that opens a CSV file runs what starts like this (the wide forms count, too); a reader of ours takes one
# apostrophe off again, so that a text with apostrophes of its own stays itself.
LOOKS_LIKE_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
NEEDS_QUOTES = re.compile(r'^$|^\s|\s$|[,"\r\n]')
ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*(?=[,\n]|$)|([^,\n]*))(?:[,\n]|$)')


def join_list(items: Sequence[str]) -> str:
    """`a, b`; an item with a comma, a quote, a line break or spaces around it stands in quotes, quotes doubled."""
    return ", ".join(_quoted(item) if NEEDS_QUOTES.search(item) else item for item in items)


def split_list(text: str) -> list[str]:
    """The items of `join_list`, or of what a person typed: separated by commas or lines; blank ones do not count."""
    items, at = [], 0
    while at < len(text):
        found = ITEM.match(text, at)
        if found is None or found.end() == at:
            break
        quoted, plain = found.groups()
        if quoted is not None:
            items.append(quoted.replace('""', '"'))
        elif plain.strip():
            items.append(plain.strip())
        at = found.end()
    return items


def as_text(value: str) -> str:
    """The cell for a text: with an apostrophe in front if a program would take it for a formula."""
    return f"'{value}" if LOOKS_LIKE_FORMULA.match(value) else value


def from_text(cell: str) -> str:
    """The text of a cell that `as_text` made."""
    return cell[1:] if cell.startswith("'") and LOOKS_LIKE_FORMULA.match(cell) else cell


def _quoted(item: str) -> str:
    doubled = item.replace('"', '""')
    return f'"{doubled}"'
