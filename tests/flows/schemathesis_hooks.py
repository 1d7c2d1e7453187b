"""What the description cannot say to schemathesis about valid requests; `st run` loads this, no test does."""

import itertools
import os
import re
import uuid
from typing import Any

import schemathesis
from schemathesis import Case, GenerationMode, HookContext

MAX_INTEGER = 2**53
UNKNOWN = "x-schemathesis-unknown-property"
CASES = itertools.count()
KEY = re.compile("[!-~]{1,255}")
# Ids of what there is: of a service, of one that may be removed, and of a deployment.
SERVICE, DOOMED, DEPLOYMENT = (os.environ.get(f"SCHEMATHESIS_{name}") for name in ("SERVICE", "DOOMED", "DEPLOYMENT"))
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

    No id that was made up is one of anything. And a key that was sent with another request is refused before anything
    else is looked at. What is said of an upload is pairs of names and texts in base64, which no pattern makes.
    """
    if case.path.endswith("/events") and case.path_parameters.get("id") == DEPLOYMENT:
        # It was in the answer of another operation. Its events would come for as long as it waits.
        case.path_parameters["id"] = str(uuid.uuid4())
    if KEY.fullmatch(case.headers.get("Idempotency-Key", "")):
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
    if is_valid(case):
        case.query.pop("cursor", None)
        case.headers.pop("Upload-Metadata", None)
        if case.headers.get("If-Match", "").isdecimal():
            # The quotes of the pattern are lost where it takes the shortest text that fits.
            case.headers["If-Match"] = f'"{case.headers["If-Match"]}"'
        found = there_is(case)
        if found:
            case.path_parameters["id"] = found
    return case


def there_is(case: Case[Any]) -> str | None:
    """An id of what the operation is about; every second case does without, for the answers to unknown ids.

    Events of a deployment that is there come for as long as it waits: they have flows of their own.
    """
    if "{id}" not in case.path or case.path.endswith("/events") or next(CASES) % 2:
        return None
    if "targets" in case.path or "uploads" in case.path:
        return None
    if "/deployments/{id}" in case.path:
        return DEPLOYMENT
    return DOOMED if case.method == "DELETE" and case.path.endswith("{id}") else SERVICE


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
