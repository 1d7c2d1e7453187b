"""What was typed into one form when another takes its place: what nobody asks for now, and what both ask for. Pure."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog.schemas.form_fields import FormField
from catalog.schemas.form_names import (
    AGAIN,
    AS_JSON,
    EMPTY,
    EXPLICIT,
    HIDDEN,
    KEPT,
    KEY,
    REST,
    ROWS,
    Posted,
    in_lines,
    named_members,
)
from catalog.schemas.form_parts import Kind

Values = Mapping[str, Sequence[str]]
MARKS = (AS_JSON, ROWS, KEY, EMPTY, REST, EXPLICIT, KEPT, AGAIN, HIDDEN)
# Nobody typed these: rows and switches send them in any case.
SAYS_NOTHING = ("", "false")
ROW = re.compile("[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Left:
    """Something that was typed and is not asked for: its name in words, and what was typed; empty for a secret."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Moved:
    """`values` are inputs of the new form; `kept` and `left` say in words what has come along and what has not."""

    values: Values
    kept: Sequence[str]
    left: Sequence[str]


def inputs_of(posted: Posted, prefix: str) -> dict[str, Sequence[str]]:
    """What was posted of the form whose inputs begin with `prefix`."""
    return {name: posted[name] for name in posted if name.startswith((f"{prefix}/", f"{prefix}~"))}


def left_over(form: FormField, posted: Posted, *, prefix: str) -> Iterator[Left]:
    """What was typed into inputs that the form does not have: its schema has changed since the page was made."""
    for name, values in inputs_of(posted, prefix).items():
        base, mark = split_mark(name)
        text = values[-1].strip() if values else ""
        if text in SAYS_NOTHING or mark not in ("", KEY, AS_JSON, REST) or _asks(form, base, mark, prefix):
            continue
        yield Left(_in_words(base.removeprefix(prefix)), "" if f"{base}{HIDDEN}" in posted else text)


def move(before: FormField, after: FormField, posted: Posted, *, prefix: str) -> Moved:
    """From one form to another: members of one name and one kind take what was typed along."""
    others = {member.name: member for member in after.fields}
    values: dict[str, Sequence[str]] = {}
    kept, left = [], []
    for member, name in named_members(before, prefix):
        typed = _of_member(posted, name)
        if not _is_filled(typed):
            continue
        if member.name in others and _is_alike(member, others[member.name]):
            values |= typed
            kept.append(others[member.name].label)
        else:
            left.append(member.label)
    return Moved(values, kept, left)


def put_aside(form: FormField, posted: Posted, *, prefix: str) -> str:
    """What was typed into a form, kept by the page until the form comes back; of secrets only that there was one."""
    typed = inputs_of(posted, prefix)
    hidden = {name for name in typed if f"{name}{HIDDEN}" in typed or _is_secret(form, name, prefix)}
    again = {f"{name}{AGAIN}": ["on"] for name in hidden if any(typed[name])}
    return json.dumps({name: list(values) for name, values in typed.items() if name not in hidden} | again)


def take_back(text: str, *, prefix: str) -> dict[str, Sequence[str]]:
    """The inverse of `put_aside`; nothing for what is no such text, for it comes from a browser."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(found, dict) or not all(_is_texts(values) for values in found.values()):
        return {}
    return inputs_of(found, prefix)


def split_mark(name: str) -> tuple[str, str]:
    return next(((name.removesuffix(mark), mark) for mark in MARKS if name.endswith(mark)), (name, ""))


def member_of(name: str) -> str:
    """`source/files/0~key` -> `source/files`."""
    return "/".join(split_mark(name)[0].split("/")[:2])


def _of_member(posted: Posted, name: str) -> dict[str, Sequence[str]]:
    """`source/branch` and what belongs to it, but not `source/branches`."""
    marked = {f"{name}{mark}" for mark in MARKS}
    return {each: posted[each] for each in posted if each == name or each in marked or each.startswith(f"{name}/")}


def _is_secret(form: FormField, name: str, prefix: str) -> bool:
    found = _field_at(form, name, prefix)
    return found is not None and found.kind is Kind.SECRET


def _is_filled(typed: Values) -> bool:
    return any(
        text.strip() not in SAYS_NOTHING
        for name, values in typed.items()
        if split_mark(name)[1] in ("", KEY, AS_JSON, KEPT, EMPTY)
        for text in values
    )


def _is_alike(one: FormField, other: FormField) -> bool:
    if one.kind is not other.kind or (one.items is None) is not (other.items is None):
        return False
    return one.items is None or other.items is None or _is_alike(one.items, other.items)


def _asks(form: FormField, base: str, mark: str, prefix: str) -> bool:
    """Whether the form has an input of this name. A map, a list of rows or a group has none of its own."""
    field = _field_at(form, base, prefix)
    if field is None:
        return False
    has_parts = field.kind in (Kind.GROUP, Kind.MAP) or (field.kind is Kind.LIST and not in_lines(field))
    return bool(mark) or not has_parts


def _field_at(form: FormField, name: str, prefix: str) -> FormField | None:
    if name == prefix:
        return form
    if form.kind is Kind.GROUP:
        inside = [(each, at) for each, at in named_members(form, prefix) if name == at or name.startswith(f"{at}/")]
        return next((found for each, at in inside if (found := _field_at(each, name, at))), None)
    row, _, _ = name.removeprefix(f"{prefix}/").partition("/")
    if form.items is None or form.kind not in (Kind.MAP, Kind.LIST) or in_lines(form) or not ROW.fullmatch(row):
        return None
    return _field_at(form.items, name, f"{prefix}/{row}")


def _in_words(pointer: str) -> str:
    return " / ".join(part.replace("~1", "/").replace("~0", "~") for part in pointer.strip("/").split("/"))


def _is_texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(each, str) for each in values)
