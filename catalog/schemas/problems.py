"""What is wrong with a document, a config or a schema: where, a stable code, and words."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: JSON Pointer to it, a stable code (the schema keyword, or ours), a plain message."""

    path: str
    code: str
    message: str


def pointer_to(parts: Sequence[str | int]) -> str:
    """JSON Pointer of a path; empty for the whole document. Reference: RFC 6901."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
