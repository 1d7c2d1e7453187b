"""JSON as strictly as a registry needs it: what two readers could understand differently is refused, with its place."""

import json
import math
from collections import Counter
from typing import Any

MAX_DEPTH = 100
BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class JsonError(ValueError):
    """The content is no such JSON; `line` and `column` count from 1, and are 0 where the place is not known."""

    def __init__(self, message: str, *, line: int = 0, column: int = 0) -> None:
        self.message, self.line, self.column = message, line, column
        super().__init__(f"line {line}, column {column}: {message}" if line else message)


def read_json(content: bytes) -> Any:
    """The value. Raises JsonError for a byte order mark, other encodings than UTF-8, NUL, a name that stands twice in
    one object, NaN and infinities, numbers out of range, and more than a hundred levels.
    """
    if content.startswith(BYTE_ORDER_MARKS):
        raise JsonError("The file begins with a byte order mark; save it as UTF-8 without one.", line=1, column=1)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line, column = _place(content[: error.start])
        raise JsonError("This is not UTF-8.", line=line, column=column) from error
    if "\0" in text:
        line, column = _place(content[: content.index(b"\0")])
        raise JsonError("This is no text: it has NUL characters.", line=line, column=column)
    value = _parse(text)
    _refuse_depth(value)
    return value


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_float, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise JsonError(f"{error.msg}.", line=error.lineno, column=error.colno) from error
    except JsonError:
        raise
    except RecursionError as error:
        raise JsonError("It is nested too deeply.") from error
    except ValueError as error:
        # Python refuses integers of more than 4,300 digits.
        raise JsonError("A number in it is too long.") from error


def _place(before: bytes) -> tuple[int, int]:
    """Line and column after these bytes, which are UTF-8 but for a character that may be cut off."""
    last = before.rpartition(b"\n")[2]
    return before.count(b"\n") + 1, len(last.decode(errors="ignore")) + 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise JsonError(f"{name[:80]!r} stands twice in one object.")
    return made


def _refuse_constant(name: str) -> None:
    raise JsonError(f"{name} is no number of JSON.")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise JsonError(f"The number {text[:40]} is too large.")
    return number


def _refuse_depth(value: Any) -> None:
    """Level by level, so that no depth exhausts the stack."""
    front = [value]
    for _ in range(MAX_DEPTH):
        inner = [node.values() if isinstance(node, dict) else node for node in front if isinstance(node, (dict, list))]
        front = [child for nodes in inner for child in nodes]
        if not front:
            return
    raise JsonError(f"It is nested more than {MAX_DEPTH} levels deep.")
