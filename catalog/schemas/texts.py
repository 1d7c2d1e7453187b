"""JSON as a person types it: read strictly, and if it is wrong, say where."""

import json
from collections.abc import Sequence
from typing import Any

MAX_CHARACTERS = 100_000
# Python's words for what is missing -> ours.
MESSAGES = {
    "Expecting value": "a value is missing",
    "Expecting property name enclosed in double quotes": "a name in double quotes is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing",
    "Extra data": "there is more text after the end",
    "Unterminated string starting at": "the closing quote of this text is missing",
    "Illegal trailing comma before end of object": "there is a comma too many",
    "Illegal trailing comma before end of array": "there is a comma too many",
    "Invalid control character at": "a text holds a line break or another control character",
    "Invalid \\escape": "a backslash stands before a character that it cannot stand before",
}


class JsonTextError(ValueError):
    """The text is no JSON; the message names line and column where that is known."""

    def __init__(self, message: str, *, line: int = 0, column: int = 0) -> None:
        self.line, self.column = line, column
        super().__init__(f"Line {line}, column {column}: {message}." if line else f"{message}.")


def read_json(text: str) -> Any:
    """The value of a JSON text. Raises JsonTextError, also for NaN, a name that stands twice, too deep a nesting."""
    if len(text) > MAX_CHARACTERS:
        raise JsonTextError(f"This has {len(text):,} characters; {MAX_CHARACTERS:,} are allowed")
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        message = MESSAGES.get(error.msg, error.msg[:1].lower() + error.msg[1:])
        raise JsonTextError(message, line=error.lineno, column=error.colno) from error
    except JsonTextError:
        raise
    except (RecursionError, ValueError) as error:
        raise JsonTextError("It is nested too deeply, or a number in it is too long") from error


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise JsonTextError(f"The name {twice[:64]!r} stands twice in one object")
    return found


def _refuse_constant(name: str) -> Any:
    raise JsonTextError(f"{name} is no number in JSON")
