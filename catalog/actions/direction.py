"""Invisible characters that turn the direction of text: they make one name look like another, so no name has them.

Letters that are written from right to left need none of them; pages isolate what people typed.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.core.validators import RegexValidator

from catalog.schemas.validation import Problem, validate_document

# Marks, embeddings, overrides and isolates. Reference: Unicode Standard Annex 9.
TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
MESSAGE = "Leave out the invisible characters that turn the direction of text"
validate_direction = RegexValidator(f"^[^{TURNING}]*\\Z", f"{MESSAGE}.", "direction")
# The members that are one line in people's own words.
LINES = ("display_name", "tier_name", "best_for")
_turning = re.compile(f"[{TURNING}]")


def saving_problems(kind: str, document: Any) -> list[Problem]:
    """What keeps a document from being saved: what its schema says, and names that turn the direction of text.

    The released schemas allow these, so what is published already stays valid.
    """
    return validate_document(kind, document) + direction_problems(document)


def direction_problems(document: Any) -> list[Problem]:
    if not isinstance(document, Mapping):
        return []
    lifecycle = document.get("lifecycle")
    texts = {f"/{name}": document.get(name) for name in LINES}
    texts["/lifecycle/reason"] = lifecycle.get("reason") if isinstance(lifecycle, Mapping) else None
    return [
        Problem(path, "direction", f"{MESSAGE} (U+{ord(found.group()):04X}, character {found.start() + 1}).")
        for path, text in texts.items()
        if isinstance(text, str) and (found := _turning.search(text))
    ]
