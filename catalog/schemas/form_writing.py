"""A config as a browser would post it from its form: what the inputs hold at first, and the inverse of `form_reading`.

A value that its own input would not give back as it is (it is of another type, or holds what an input cannot) is shown
as JSON, and members that the form does not know stand in a box of their own: opening and saving a form loses nothing.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from catalog.schemas.form_fields import MISSING, FormField
from catalog.schemas.form_names import (
    AS_JSON,
    EMPTY,
    EXPLICIT,
    KEPT,
    KEY,
    MAX_ROWS,
    REST,
    ROWS,
    in_lines,
    named_members,
    same_json,
    text_of,
)
from catalog.schemas.form_parts import Kind
from catalog.schemas.form_reading import Reader

Values = dict[str, list[str]]
# What a page cannot carry as it is; JSON has escapes for these.
UNSAFE = re.compile("[\r\x00\ud800-\udfff]")


def write_form(form: FormField, config: Mapping[str, Any], *, prefix: str = "") -> Values:
    """The values of the inputs, by their names; what is not there is empty."""
    return _write(form, prefix, dict(config))


def write_json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return json.dumps(value, indent=2) if UNSAFE.search(text) else text


def _write(field: FormField, name: str, value: Any) -> Values:
    if field.kind is Kind.GROUP and isinstance(value, Mapping):
        return _write_group(field, name, value)
    if field.kind is Kind.SECRET:
        # Whatever else stands there was never a reference, and is not for showing.
        kept = value.get("$secret") if isinstance(value, Mapping) else None
        return {f"{name}{KEPT}": [kept]} if isinstance(kept, str) else {}
    written = _write_kind(field, name, value)
    is_safe = not any(UNSAFE.search(text) for texts in written.values() for text in texts)
    return written if is_safe and _comes_back(field, name, written, value) else _as_json(name, value)


def _as_json(name: str, value: Any) -> Values:
    return {f"{name}{AS_JSON}": [write_json(value)]}


def _comes_back(field: FormField, name: str, written: Values, value: Any) -> bool:
    reader = Reader(written)
    found = reader.read(field, name, ())
    return not reader.errors and found is not MISSING and same_json(found, value)


def _write_group(field: FormField, name: str, value: Mapping[str, Any]) -> Values:
    written: Values = {} if value else {f"{name}{EMPTY}": ["on"]}
    for member, at in named_members(field, name):
        if member.name in value:
            written |= _write(member, at, value[member.name])
    known = {member.name for member in field.fields}
    rest = {member: each for member, each in value.items() if member not in known}
    return written | ({f"{name}{REST}": [write_json(rest)]} if rest else {})


def _write_kind(field: FormField, name: str, value: Any) -> Values:
    if value in ("", [], {}) and field.kind is not Kind.JSON:
        return {f"{name}{EMPTY}": ["on"]}
    if isinstance(value, list) and field.kind in (Kind.LIST, Kind.CHOICES):
        return _write_list(field, name, value)
    if isinstance(value, Mapping) and field.kind is Kind.MAP:
        return _write_rows(field, name, list(value.values()), keys=list(value))
    is_said = field.kind is Kind.BOOLEAN and isinstance(field.default, bool)
    return {name: [_write_text(field.kind, value)], **({f"{name}{EXPLICIT}": ["on"]} if is_said else {})}


def _write_text(kind: Kind, value: Any) -> str:
    if kind in (Kind.CHOICE, Kind.CONSTANT):
        return text_of(value)
    return value if isinstance(value, str) and kind is not Kind.JSON else write_json(value)


def _write_list(field: FormField, name: str, items: list[Any]) -> Values:
    if field.kind is Kind.CHOICES:
        texts = [text_of(item) for item in items]
        return {name: texts} if len(set(texts)) == len(texts) else {}
    if not in_lines(field):
        return _write_rows(field, name, items, keys=[])
    as_choices = field.items is not None and field.items.kind is Kind.CHOICE
    texts = [item if isinstance(item, str) and not as_choices else text_of(item) for item in items]
    return {name: ["\n".join(texts)]}


def _write_rows(field: FormField, name: str, values: list[Any], *, keys: list[str]) -> Values:
    if len(values) > MAX_ROWS or any("\n" in key for key in keys):
        return {}
    written: Values = {f"{name}{ROWS}": [str(number) for number in range(len(values))]}
    for number, value in enumerate(values):
        row = f"{name}/{number}"
        written |= {f"{row}{KEY}": [keys[number]]} if keys else {}
        written |= _write(field.items, row, value) if field.items else {}
    return written
