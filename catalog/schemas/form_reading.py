"""What a browser posts for a form of `form_fields`, as a config again: pure, and the inverse of `form_writing`.

Inputs are named by the JSON Pointer of their value, rows by numbers that stay theirs; what else a field needs to say
has a mark behind its name, which no pointer can hold. Whether the config is right is said by `configs` alone.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalog.schemas.form_fields import MISSING, FormField
from catalog.schemas.form_names import (
    AGAIN,
    AS_JSON,
    EMPTY,
    EXPLICIT,
    KEPT,
    KEY,
    REST,
    Posted,
    in_lines,
    named_members,
    rows_of,
    same_json,
    sibling_of,
    value_of,
)
from catalog.schemas.form_parts import Condition, Kind
from catalog.schemas.problems import pointer_to
from catalog.schemas.secret_names import keep_secret, secret_name
from catalog.schemas.texts import JsonTextError, read_json

Path = tuple[str | int, ...]
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,99})(\.[0-9]{1,99})?([eE][+-]?[0-9]{1,3})?")
# What a row of a map has if nothing is filled in.
EMPTY_VALUES: Mapping[Kind, Any] = {Kind.TEXT: "", Kind.LONG_TEXT: "", Kind.LIST: [], Kind.CHOICES: [], Kind.MAP: {}}


class UnreadableError(ValueError):
    """What was typed is no value of this kind; the message is for the person."""


@dataclass(frozen=True, slots=True)
class Reading:
    """`errors` are what could not be read, by the name of the input; what is unreadable is not in the config.

    `secrets` are new values by the name of the secret, which the config refers to. `names` say which input a place of
    the config (JSON Pointer) came from, `fields` what each input is.
    """

    config: dict[str, Any]
    errors: Mapping[str, Sequence[str]]
    secrets: Mapping[str, str]
    names: Mapping[str, str]
    fields: Mapping[str, FormField]


def read_form(form: FormField, posted: Posted, *, prefix: str = "") -> Reading:
    """The config that was filled in; `prefix` is what the names of this form's inputs begin with."""
    reader = Reader(posted, prefix)
    config = reader.read(replace(form, is_required=True), prefix, ())
    if config is MISSING:
        config = {}
    if not isinstance(config, dict):
        reader.complain(prefix, "The settings are an object: they start with { and end with }.")
        config = {}
    return Reading(config, reader.errors, reader.secrets, reader.names, reader.fields)


class Reader:
    """Reads what was posted for one form."""

    def __init__(self, posted: Posted, prefix: str = "") -> None:
        self.posted, self.prefix = posted, prefix
        self.errors: dict[str, list[str]] = {}
        self.secrets: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.fields: dict[str, FormField] = {}
        # How many values somebody gave, other than those that are there in any case.
        self.given = 0

    def complain(self, name: str, message: str) -> None:
        self.errors.setdefault(name, []).append(message)

    def read(self, field: FormField, name: str, path: Path) -> Any:
        """The value at `path` of the config, MISSING if nothing was filled in or it could not be read."""
        self.names[pointer_to(path)] = name
        self.fields[name] = field
        try:
            if f"{name}{AS_JSON}" in self.posted:
                return self._note(_read_json_box(self.text(f"{name}{AS_JSON}")))
            return self._read_kind(field, name, path)
        except UnreadableError as error:
            self.complain(name, str(error))
            return MISSING

    def _note(self, value: Any) -> Any:
        self.given += value is not MISSING
        return value

    def text(self, name: str) -> str:
        """Browsers send each line break as two characters."""
        values = self.posted.get(name, ())
        return values[-1].replace("\r\n", "\n") if values else ""

    def _read_kind(self, field: FormField, name: str, path: Path) -> Any:
        if field.kind in (Kind.GROUP, Kind.MAP) or (field.kind is Kind.LIST and not in_lines(field)):
            read = {Kind.GROUP: self._read_group, Kind.MAP: self._read_map}.get(field.kind, self._read_rows)
            return read(field, name, path)
        if field.kind is Kind.LIST:
            return self._read_lines(field, name)
        if field.kind is Kind.CHOICES:
            return self._or_empty([value_of(each) for each in self.posted.get(name, ())], field, name)
        if field.kind is Kind.CONSTANT and field.is_required:
            return field.options[0].value
        return self._note(self._read_one(field, name, path))

    def _read_one(self, field: FormField, name: str, path: Path) -> Any:
        if field.kind is Kind.SECRET:
            return self._read_secret(name, path)
        if field.kind is Kind.BOOLEAN:
            return self._read_boolean(field, name)
        text = self.text(name)
        return "" if not text.strip() and f"{name}{EMPTY}" in self.posted else read_scalar(field.kind, text)

    def _or_empty(self, found: Any, field: FormField, name: str) -> Any:
        """What nothing is in: left out, unless that is meant or it has to be there."""
        is_given = bool(found) or f"{name}{EMPTY}" in self.posted
        self.given += is_given
        return found if is_given or field.is_required else MISSING

    def _read_boolean(self, field: FormField, name: str) -> Any:
        text = self.text(name)
        if text not in ("true", "false"):
            return MISSING
        is_default = text == json.dumps(field.default) if isinstance(field.default, bool) else False
        return MISSING if is_default and f"{name}{EXPLICIT}" not in self.posted else text == "true"

    def _read_lines(self, field: FormField, name: str) -> Any:
        kind = field.items.kind if field.items else Kind.TEXT
        found = []
        for number, line in enumerate(self.text(name).split("\n"), start=1):
            try:
                found += [read_scalar(kind, line.strip())] if line.strip() else []
            except UnreadableError as error:
                self.complain(name, f"Line {number}: {error}")
        return self._or_empty(found, field, name)

    def _read_rows(self, field: FormField, name: str, path: Path) -> Any:
        found: list[Any] = []
        for number in rows_of(self.posted, name):
            value = self.read(field.items, f"{name}/{number}", (*path, len(found))) if field.items else MISSING
            found += [] if value is MISSING else [value]
        return self._or_empty(found, field, name)

    def _read_map(self, field: FormField, name: str, path: Path) -> Any:
        found: dict[str, Any] = {}
        for number in rows_of(self.posted, name):
            row, key = f"{name}/{number}", self.text(f"{name}/{number}{KEY}").strip()
            before = len(self.errors)
            value = self.read(field.items, row, (*path, key)) if field.items else MISSING
            if not key:
                if value is not MISSING:
                    self.complain(f"{row}{KEY}", "Give it a name.")
                continue
            if key in found:
                self.complain(f"{row}{KEY}", f"The name {key[:64]} stands here twice.")
                continue
            if value is MISSING and field.items:
                value = EMPTY_VALUES.get(field.items.kind, MISSING)
            if value is MISSING and len(self.errors) == before:
                self.complain(row, "Give it a value.")
            found |= {} if value is MISSING else {key: value}
        return self._or_empty(found, field, name)

    def _read_group(self, field: FormField, name: str, path: Path) -> Any:
        known = {member.name: member for member in field.fields}
        found: dict[str, Any] = {}
        before = self.given
        self.given += f"{name}{EMPTY}" in self.posted
        for member, at in named_members(field, name):
            if all(holds(condition, found, known) for condition in member.shown_when):
                value = self.read(member, at, (*path, member.name))
                found |= {} if value is MISSING else {member.name: value}
        rest = self._read_rest(name, known)
        self.given += bool(rest)
        return {**rest, **found} if field.is_required or self.given > before else MISSING

    def _read_rest(self, name: str, known: Mapping[str, FormField]) -> dict[str, Any]:
        try:
            rest = _read_json_box(self.text(f"{name}{REST}"))
        except UnreadableError as error:
            self.complain(f"{name}{REST}", str(error))
            return {}
        if rest is MISSING:
            return {}
        if not isinstance(rest, dict):
            self.complain(f"{name}{REST}", "This is an object: it starts with { and ends with }.")
            return {}
        return {member: value for member, value in rest.items() if member not in known}

    def _read_secret(self, name: str, path: Path) -> Any:
        """A value that is typed replaces the secret that is kept, or becomes one that is called after the field."""
        kept, typed = self.text(f"{name}{KEPT}"), self.text(name)
        if not typed and f"{name}{AGAIN}" in self.posted:
            raise UnreadableError("Type the value once more; or leave it empty now to do without the new value.")
        if not typed:
            return {"$secret": kept} if kept else MISSING
        return keep_secret(self.secrets, kept or secret_name((self.prefix, *path)), typed)


def read_scalar(kind: Kind, text: str) -> Any:
    """One value that was typed, MISSING for nothing. Raises UnreadableError."""
    if kind is Kind.LONG_TEXT:
        return text or MISSING
    text = text.strip()
    if not text:
        return MISSING
    if kind in (Kind.NUMBER, Kind.INTEGER):
        return _read_number(text, kind)
    if kind in (Kind.CHOICE, Kind.CONSTANT):
        return value_of(text)
    return _read_json_box(text) if kind is Kind.JSON else text


def _read_number(text: str, kind: Kind) -> int | float:
    if NUMBER.fullmatch(text):
        number: int | float = json.loads(text)
        if abs(number) != float("inf"):
            return number
    raise UnreadableError(
        "This is no whole number. Give digits only, such as 5."
        if kind is Kind.INTEGER
        else "This is no number. Give digits, with a point before decimals, such as 1.5."
    )


def _read_json_box(text: str) -> Any:
    if not text.strip():
        return MISSING
    try:
        return read_json(text)
    except JsonTextError as error:
        raise UnreadableError(f"This is no JSON. {error}") from error


def holds(condition: Condition, values: Mapping[str, Any], known: Mapping[str, FormField]) -> bool:
    """Whether a condition on other members holds, also where nobody can say: then what it asks for is shown."""
    tests = []
    for pointer, wanted in condition.tests:
        member = sibling_of(pointer)
        value = values.get(member, known[member].default if member in known else MISSING)
        if value is MISSING:
            return True
        tests.append(any(same_json(value, each) for each in wanted))
    if not condition.tests and not condition.filled:
        return True
    tests += [sibling_of(pointer) in values for pointer in condition.filled]
    return all(tests) is not condition.is_negated
