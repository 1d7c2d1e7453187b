"""What people typed, kept from turning the direction of the words around it. Templates do the same with `<bdi>`."""

import unicodedata

from django.utils.html import format_html
from django.utils.safestring import SafeString

# From right to left: letters, Arabic letters, Arabic digits, and whatever forces it.
RIGHT_TO_LEFT = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"})
FIRST_STRONG, POP = "\u2068", "\u2069"


def isolated(text: object) -> str:
    """For sentences without markup (messages, titles of pages, labels); as it stands where nothing could turn."""
    words = str(text)
    if not any(unicodedata.bidirectional(character) in RIGHT_TO_LEFT for character in words):
        return words
    kept = "".join(character for character in words if character not in (FIRST_STRONG, POP))
    return f"{FIRST_STRONG}{kept}{POP}"


def isolated_html(text: object) -> SafeString:
    return format_html("<bdi>{}</bdi>", text)
