"""What the inputs of a form are called, and how a value is told in one; what reading and writing agree on. Pure."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalog.schemas.form_fields import FormField
from catalog.schemas.form_parts import Kind
from catalog.schemas.problems import pointer_to
from catalog.schemas.texts import JsonTextError, read_json

Posted = Mapping[str, Sequence[str]]
# The value is typed as JSON, whatever the field is. | Which rows there are. | The name of a row of a map.
AS_JSON, ROWS, KEY = "~json", "~rows", "~key"
# It is empty on purpose. | Members that the form does not know. | A default that is in the config nevertheless.
EMPTY, REST, EXPLICIT = "~empty", "~rest", "~explicit"
# The stored secret that stays. | A new value was typed, and did not come back to the browser.
KEPT, AGAIN = "~kept", "~again"
# What is typed here is secret: it must not come back to the browser, also where the form does not know it any more.
HIDDEN = "~secret"
MAX_ROWS = 200
ROW_NUMBER = re.compile("[0-9]{1,4}")
# Items that are typed one a line.
LINE_KINDS = (Kind.TEXT, Kind.NUMBER, Kind.INTEGER, Kind.CHOICE)


def named_members(field: FormField, name: str) -> Iterator[tuple[FormField, str]]:
    """The members of a group with the names of their inputs; one that stands in two branches has two inputs."""
    seen: dict[str, int] = {}
    for member in field.fields:
        seen[member.name] = seen.get(member.name, 0) + 1
        again = f"~{seen[member.name]}" if seen[member.name] > 1 else ""
        yield member, f"{name}{pointer_to([member.name])}{again}"


def text_of(value: Any) -> str:
    """A value of a choice as its input holds it: a text as it stands, unless it would be read as JSON."""
    return value if isinstance(value, str) and _is_no_json(value) else json.dumps(value)


def value_of(text: str) -> Any:
    try:
        return read_json(text)
    except JsonTextError:
        return text


def rows_of(posted: Posted, name: str) -> list[str]:
    """The numbers of the rows, in the order of the page."""
    given = dict.fromkeys(number for number in posted.get(f"{name}{ROWS}", ()) if ROW_NUMBER.fullmatch(number))
    return list(given)[:MAX_ROWS]


def in_lines(field: FormField) -> bool:
    """Whether the items of a list are typed one a line."""
    return field.kind is Kind.LIST and field.items is not None and field.items.kind in LINE_KINDS


def sibling_of(pointer: str) -> str:
    """The member that a condition's pointer names; conditions are about members of their own group."""
    return pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")


def same_json(one: Any, other: Any) -> bool:
    """1, 1.0 and true are three values."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _is_no_json(text: str) -> bool:
    try:
        read_json(text)
    except JsonTextError:
        return bool(text.strip()) and text.strip() == text
    return False
