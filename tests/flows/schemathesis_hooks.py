"""What the description cannot say to schemathesis about valid requests; `st run` loads this, no test does."""

from typing import Any

import schemathesis
from schemathesis import Case, GenerationMode, HookContext

MAX_INTEGER = 2**53
UNKNOWN = "x-schemathesis-unknown-property"
# Pieces of uploads are bytes.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


@schemathesis.hook
def filter_case(context: HookContext, case: Case[Any]) -> bool:
    """The API takes I-JSON (RFC 7493) without U+0000, also where any object is welcome. Headers more than it knows are
    no mistake of HTTP."""
    if not is_valid(case):
        return UNKNOWN not in (case.headers or {})
    return fits(case.body)


@schemathesis.hook
def map_case(context: HookContext, case: Case[Any]) -> Case[Any]:
    """No cursor that was made up is a valid one: they are signed, and belong to one list in one order.

    What is said of an upload is pairs of names and texts in base64, which no pattern makes.
    """
    if is_valid(case):
        case.query.pop("cursor", None)
        case.headers.pop("Upload-Metadata", None)
    return case


def is_valid(case: Case[Any]) -> bool:
    """Whether it was made to keep to the description, and not to break it."""
    return case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE


def fits(value: object) -> bool:
    if isinstance(value, str):
        return "\0" not in value
    if isinstance(value, int):
        return abs(value) <= MAX_INTEGER
    if isinstance(value, dict):
        return all(fits(name) and fits(member) for name, member in value.items())
    return not isinstance(value, list) or all(map(fits, value))
