"""The formats of texts that the judge knows; every one takes time that is bounded.

Reference: JSON Schema draft 2020-12, validation, section 7.3.
"""

import re
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import FormatError

from catalog.schemas.patterns import PatternError, compile_pattern

# Nothing that has a format is longer.
MAX_CHARACTERS = 4_096
LIBRARY = Draft202012Validator.FORMAT_CHECKER
NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
# The library that reads these takes seconds to import and is slow.
AS_ADDRESSES = {"iri": "uri", "iri-reference": "uri-reference"}
KNOWN_FORMATS = frozenset(LIBRARY.checkers) | frozenset(AS_ADDRESSES)


class BoundedFormats(FormatChecker):
    """jsonschema's formats, with a limit of length; whatever a library raises for a text makes it wrong."""

    def check(self, instance: object, format: str) -> None:  # noqa: A002 -- the name of the base class
        if not isinstance(instance, str) or format not in KNOWN_FORMATS:
            return
        if len(instance) > MAX_CHARACTERS:
            raise FormatError(f"A {format} has at most {MAX_CHARACTERS:,} characters")
        try:
            is_right = _is_right(instance, format)
        except Exception as error:
            raise FormatError(f"{instance!r} is no {format}", cause=error) from error
        if not is_right:
            raise FormatError(f"{instance!r} is no {format}")


def _is_right(text: str, name: str) -> bool:
    if name == "regex":
        return _is_pattern(text)
    if name in AS_ADDRESSES:
        text = NOT_ASCII.sub(lambda found: quote(found[0], safe=""), text)
        name = AS_ADDRESSES[name]
    check: Any = LIBRARY.checkers[name][0]
    return bool(check(text))


def _is_pattern(text: str) -> bool:
    try:
        compile_pattern(text)
    except PatternError:
        return False
    return True


FORMATS = BoundedFormats()
