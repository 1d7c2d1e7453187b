"""The bodies of requests: JSON that every part behind can hold, within limits, or 400 and 413 in words.

Reference: RFC 8259 (JSON), RFC 7493 (I-JSON: each name once, no lone surrogates), RFC 9110 (413).
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from registry_site.intake import MAX_BODY_BYTES
from registry_site.problems import TooLargeError

MAX_DEPTH = 64
MAX_INTEGER = 2**53
# No number that is worth sending is longer; reading a long one costs more than its length.
MAX_NUMBER_LENGTH = 100
UNFIT = re.compile("[\x00\ud800-\udfff]")


class StrictJsonParser(BaseParser):
    """The value of a JSON body. Refuses what JSON has no agreed meaning for: names twice, NaN, numbers beyond range."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        content = stream.read(MAX_BODY_BYTES + 1)
        if len(content) > MAX_BODY_BYTES:
            raise TooLargeError
        return read_json(content)


class MergePatchParser(StrictJsonParser):
    """The same under the name that patches have (RFC 7396)."""

    media_type = "application/merge-patch+json"


def read_json(content: bytes) -> Any:
    """The value of JSON text. Raises ParseError in words for people."""
    try:
        value = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError as error:
        raise ParseError("The body is no UTF-8 text.") from error
    except RecursionError as error:
        raise ParseError(f"The JSON is nested more than {MAX_DEPTH} levels deep.") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ParseError(f"The body is no JSON: {error.msg} ({place}).") from error
    _check(value)
    return value


def _check(value: Any) -> None:
    """Level by level, so that no depth exhausts the stack."""
    level, front = 0, [value]
    while front:
        level += 1
        if level > MAX_DEPTH + 1:
            raise ParseError(f"The JSON is nested more than {MAX_DEPTH} levels deep.")
        for text in _texts(front):
            if UNFIT.search(text):
                raise ParseError("A text in the JSON holds the character U+0000 or half of a character.")
        front = [
            child
            for node in front
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
        ]


def _texts(front: list[Any]) -> Iterator[str]:
    for node in front:
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            yield from node


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise ParseError(f"The name {name[:40]!r} stands twice in one object of the JSON.")
    return made


def _integer(text: str) -> int:
    if len(text) > MAX_NUMBER_LENGTH or abs(int(text)) > MAX_INTEGER:
        raise ParseError(
            f"The number {text[:40]} is beyond 2^53 ({MAX_INTEGER}), which not every reader of JSON can hold: "
            "send it as a text."
        )
    return int(text)


def _number(text: str) -> float:
    if len(text) > MAX_NUMBER_LENGTH:
        raise ParseError(f"The number {text[:40]} has more than {MAX_NUMBER_LENGTH} characters.")
    number = float(text)
    if math.isinf(number):
        raise ParseError(f"The number {text[:40]} is too large for JSON.")
    return number


def _refuse_constant(name: str) -> None:
    raise ParseError(f"{name} is no number of JSON.")
