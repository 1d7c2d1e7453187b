"""A form with what its inputs hold, for `config_field.html`: drawn from what was posted, or what `form_writing` wrote.

So whatever a person typed comes back as it was typed, but for secrets, whose values no page ever holds. Pure.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from catalog.schemas.form_fields import FormField
from catalog.schemas.form_names import (
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
    sibling_of,
    text_of,
    value_of,
)
from catalog.schemas.form_parts import Condition, Kind, show_value
from catalog.schemas.form_reading import Reading
from catalog.schemas.problems import Problem, pointer_to

Errors = Mapping[str, Sequence[str]]
# The number of a row that is only there to be copied, at each depth; no number that is read.
NEW_ROW = "~new"
DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
WIDGETS = {
    Kind.MAP: "map",
    Kind.CHOICES: "choices",
    Kind.SECRET: "secret",
    Kind.LONG_TEXT: "long_text",
    Kind.NUMBER: "number",
    Kind.INTEGER: "number",
    Kind.GROUP: "group",
}
EMPTY_WIDGETS = ("text", "long_text", "lines", "choices", "map", "rows")


@dataclass(frozen=True, slots=True)
class BoundOption:
    text: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class BoundRow:
    """One item of a list, or one value of a map with its `key`."""

    number: str
    name: str
    item: "BoundField"
    key: str = ""
    key_errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class BoundField:
    """One field on a page. `widget` says which input, `name` what it is called, `text` what it holds.

    `new_row` is what a script copies for one more row; `rest` is what stands in the box for members that the form does
    not know, `conditions` JSON for scripts (see `config_form.js`).
    """

    field: FormField
    name: str
    widget: str
    text: str = ""
    errors: Sequence[str] = ()
    options: Sequence[BoundOption] = ()
    members: "Sequence[BoundField]" = ()
    rows: Sequence[BoundRow] = ()
    new_row: BoundRow | None = None
    rest: str = ""
    rest_errors: Sequence[str] = ()
    is_checked: bool = False
    is_empty: bool = False
    is_explicit: bool = False
    is_asked_again: bool = False
    conditions: str = ""

    @property
    def id(self) -> str:
        return f"f:{quote(self.name, safe='')}"

    @property
    def input_type(self) -> str:
        """Browsers show nothing where a date should be and is none."""
        is_odd = self.field.input_type == "date" and self.text and not DAY.fullmatch(self.text)
        return "text" if is_odd else self.field.input_type

    @property
    def line_count(self) -> int:
        """How high a box for a long text is."""
        return min(max((self.text or self.field.default_text).count("\n") + 1, 2), 16)

    @property
    def is_kept(self) -> bool:
        """Whether a stored secret stays if no new value is typed."""
        return any(option.is_chosen and option.text for option in self.options)

    @property
    def offers_empty(self) -> bool:
        """Whether to ask if it is empty on purpose: else nobody could do without its default."""
        has_default = self.field.has_default and bool(self.field.default)
        return has_default and self.field.takes_empty and self.widget in EMPTY_WIDGETS

    @property
    def default_encoded(self) -> str:
        """The default as an input would hold it, for scripts."""
        return text_of(self.field.default) if self.field.has_default else ""


def bind_form(
    form: FormField, posted: Posted, *, prefix: str = "", errors: Errors | None = None, secrets: Iterable[str] = ()
) -> BoundField:
    """`errors` by the name of the input; `secrets` are the names of those that are stored."""
    return Binder(posted, errors or {}, tuple(secrets)).bind(form, prefix)


def place_problems(reading: Reading, problems: Iterable[Problem]) -> dict[str, list[str]]:
    """By the name of the input that each is about, or of the nearest field around its place."""
    placed: dict[str, list[str]] = {}
    for problem in problems:
        path, beyond = problem.path, ""
        while path and path not in reading.names:
            path, _, last = path.rpartition("/")
            beyond = f"/{last}{beyond}"
        inside, name = beyond.strip("/"), reading.names.get(path, "")
        message = _in_words(problem, reading.fields.get(name))
        where = f"Item {int(inside) + 1}: " if inside.isdecimal() else f"{inside}: " if inside else ""
        placed.setdefault(name, []).append(f"{where}{message}")
    return placed


def _in_words(problem: Problem, field: FormField | None) -> str:
    """Examples say more than a pattern, where there are some."""
    if problem.code == "pattern" and field is not None and field.examples:
        return f"This is not written as it has to be. For instance: {'; '.join(field.examples)}"
    return problem.message


@dataclass(frozen=True, slots=True)
class Binder:
    posted: Posted
    errors: Errors
    secrets: Sequence[str] = field(default=())

    def bind(self, field: FormField, name: str, *, depth: int = 0, is_copy: bool = False) -> BoundField:
        """`is_copy` is inside a row that stands there to be copied, which has no rows by itself."""
        bound = BoundField(
            field,
            name,
            widget=self._widget(field, name),
            text=self._text(name),
            errors=self.errors.get(name, ()),
            is_empty=f"{name}{EMPTY}" in self.posted,
        )
        if bound.widget in ("group", "map", "rows"):
            bind = self._bind_group if bound.widget == "group" else self._bind_rows
            return bind(bound, depth=depth, is_copy=is_copy)
        return self._bind_one(bound)

    def _bind_one(self, bound: BoundField) -> BoundField:
        name = bound.name
        if bound.widget == "json" and f"{name}{AS_JSON}" in self.posted:
            return replace(bound, name=f"{name}{AS_JSON}", text=self._text(f"{name}{AS_JSON}"))
        if bound.widget == "secret":
            return replace(bound, text="", options=self._kept(name), is_asked_again=bool(bound.text))
        if bound.widget == "switch":
            is_checked = bound.text == "true" if name in self.posted else bool(bound.field.default)
            return replace(bound, is_checked=is_checked, is_explicit=f"{name}{EXPLICIT}" in self.posted)
        if bound.widget in ("choice", "choices", "yes_no"):
            return replace(bound, options=self._options(bound))
        return bound

    def _text(self, name: str) -> str:
        values = self.posted.get(name, ())
        return values[-1] if values else ""

    def _widget(self, field: FormField, name: str) -> str:
        if f"{name}{AS_JSON}" in self.posted or field.kind is Kind.JSON:
            return "json"
        if field.kind is Kind.LIST:
            return "lines" if in_lines(field) else "rows"
        if field.kind is Kind.BOOLEAN:
            return "switch" if isinstance(field.default, bool) else "yes_no"
        if field.kind in (Kind.CHOICE, Kind.CONSTANT):
            return "constant" if field.kind is Kind.CONSTANT and field.is_required else "choice"
        if field.kind is Kind.TEXT and "\n" in self._text(name):
            return "long_text"
        return WIDGETS.get(field.kind, "text")

    def _bind_group(self, bound: BoundField, *, depth: int, is_copy: bool) -> BoundField:
        members = [
            replace(
                self.bind(member, at, depth=depth, is_copy=is_copy),
                conditions=_for_scripts(member.shown_when, bound.name),
            )
            for member, at in named_members(bound.field, bound.name)
        ]
        rest = f"{bound.name}{REST}"
        return replace(bound, members=members, rest=self._text(rest), rest_errors=self.errors.get(rest, ()))

    def _bind_rows(self, bound: BoundField, *, depth: int, is_copy: bool) -> BoundField:
        numbers = rows_of(self.posted, bound.name)
        if not numbers and not is_copy:
            # Something to fill in, also without a script.
            numbers = ["0"]
        rows = [self._bind_row(bound, number, depth=depth, is_copy=is_copy) for number in numbers]
        new = self._bind_row(bound, f"{NEW_ROW}{depth}", depth=depth, is_copy=True)
        return replace(bound, rows=rows, new_row=new)

    def _bind_row(self, bound: BoundField, number: str, *, depth: int, is_copy: bool) -> BoundRow:
        name = f"{bound.name}/{number}"
        item = bound.field.items or bound.field
        return BoundRow(
            number,
            name,
            self.bind(item, name, depth=depth + 1, is_copy=is_copy or not rows_of(self.posted, bound.name)),
            key=self._text(f"{name}{KEY}"),
            key_errors=self.errors.get(f"{name}{KEY}", ()),
        )

    def _options(self, bound: BoundField) -> list[BoundOption]:
        """Those chosen first where they are in another order than offered: the order of a list counts."""
        if bound.widget == "yes_no":
            return [BoundOption(text, label, bound.text == text) for text, label in _yes_no(bound.field)]
        given = [text for text in self.posted.get(bound.name, ()) if text]
        labels = {text_of(option.value): option.label for option in bound.field.options}
        gone = {text: f"{show_value(value_of(text))} (no longer offered)" for text in given if text not in labels}
        texts = [*labels, *gone]
        if [text for text in texts if text in given] != given:
            texts = [*dict.fromkeys(given), *(text for text in texts if text not in given)]
        return [BoundOption(text, {**labels, **gone}[text], text in given) for text in texts]

    def _kept(self, name: str) -> list[BoundOption]:
        kept = self._text(f"{name}{KEPT}")
        names = dict.fromkeys([*([kept] if kept else []), *self.secrets])
        if not names:
            return []
        return [BoundOption("", "No secret", not kept), *(BoundOption(each, each, each == kept) for each in names)]


def _yes_no(field: FormField) -> list[tuple[str, str]]:
    return [("", "Choose" if field.is_required else "Not set"), ("true", "Yes"), ("false", "No")]


def _for_scripts(conditions: Sequence[Condition], group: str) -> str:
    """Conditions on inputs by name; those of which only the words are known are left out, so the field shows."""
    found = [
        {
            "tests": [
                [_input_of(pointer, group), [text_of(each) for each in values]] for pointer, values in condition.tests
            ],
            "filled": [_input_of(pointer, group) for pointer in condition.filled],
            "isNegated": condition.is_negated,
        }
        for condition in conditions
        if condition.tests or condition.filled
    ]
    return json.dumps(found) if found else ""


def _input_of(pointer: str, group: str) -> str:
    return f"{group}{pointer_to([sibling_of(pointer)])}"
