"""What is too deep or too long to be looked at any closer."""

from collections.abc import Mapping
from typing import Any

from catalog.schemas.validation import Problem

MAX_DEPTH = 40
# Far more than a document may hold, few enough for the judge, who compares the items of a list with each other.
MAX_ITEMS = 2_000


def size_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Level by level, so that no depth exhausts the stack."""
    front: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        if any(len(node) > MAX_ITEMS for node in front):
            return [Problem("", "maxItems", f"A list or object in it has more than {MAX_ITEMS:,} items.")]
        children = (node.values() if isinstance(node, dict) else node for node in front)
        front = [child for nodes in children for child in nodes if isinstance(child, (dict, list))]
        if not front:
            return []
    return [Problem("", "depth", f"It is nested more than {MAX_DEPTH} levels deep.")]
