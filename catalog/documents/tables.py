"""Documents <-> flat rows, for spreadsheets: pure, and inverse of each other.

A row's cells are a dict of column name -> text; empty means that the document has no such member. The columns follow
from the members of `mapping`: `monthly_cost_range` is `monthly_cost_min` and `monthly_cost_max`, `lifecycle` and a
stack's `providers` have a column for each part, lists stand in one cell (`cells.join_list`), the config schema is JSON.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from catalog.documents.cells import join_list, split_list
from catalog.documents.mapping import MEMBERS, Document, LifecycleMember, Member, Plain, ProvidersByType, Range, SetOf
from catalog.models.choices import Lifecycle, ProviderType
from catalog.models.fields import normalise_tag
from catalog.schemas.library import CURRENT_VERSIONS
from catalog.schemas.validation import Problem, pointer_to

Path = tuple[str | int, ...]
Cells = dict[str, str]
# What tells one entry from another; a row without it cannot be placed.
IDENTITY = {
    "provider": ("provider_type", "provider_name"),
    "builder": ("builder_name",),
    "stack": ("category", "stack_name"),
}
# Their spaces are kept as they are; anything else is a word, around which spaces mean nothing.
FREE_TEXTS = ("display_name", "tier_name", "description", "best_for", "lifecycle_reason")
NUMBER = re.compile(r"(-?[0-9]{1,15})(\.0{1,15})?")


class Form(Enum):
    """How a cell's text and the document's value belong together."""

    TEXT = auto()
    WORD = auto()
    NUMBER = auto()
    TAGS = auto()
    NAMES = auto()
    SET = auto()
    JSON = auto()

    @property
    def is_list(self) -> bool:
        return self in (Form.TAGS, Form.NAMES, Form.SET)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, where its value stands in the document, and its form."""

    name: str
    path: Path
    form: Form


class CellError(ValueError):
    """A text that is no value of its column; the message says why."""


def _columns_of(member: Member) -> list[Column]:
    name = member.name
    if isinstance(member, Range):
        return [Column(f"{member.stem}_{end}", (name, at), Form.NUMBER) for at, end in enumerate(("min", "max"))]
    if isinstance(member, LifecycleMember):
        parts = ("state", "since", "reason", "replacement")
        return [Column(f"{name}_{part}", (name, part), _form_of_text(f"{name}_{part}")) for part in parts]
    if isinstance(member, ProvidersByType):
        return [Column(f"{name}_{kind}", (name, kind), Form.NAMES) for kind in ProviderType.values]
    return [Column(name, (name,), _form_of(member))]


def _form_of(member: Member) -> Form:
    if isinstance(member, SetOf):
        return Form.SET
    if not isinstance(member, Plain):
        raise TypeError(f"There is no column for {member.name} yet.")
    forms = {list: Form.TAGS, dict: Form.JSON, type(None): Form.NUMBER}
    return forms.get(type(member.empty)) or _form_of_text(member.name)


def _form_of_text(name: str) -> Form:
    return Form.TEXT if name in FREE_TEXTS else Form.WORD


COLUMNS: dict[str, dict[str, Column]] = {
    kind: {column.name: column for member in members for column in _columns_of(member)}
    for kind, members in MEMBERS.items()
}


def cells_of(kind: str, document: Mapping[str, Any]) -> Cells:
    """Every column of `kind` for a valid document; empty where it has no such member."""
    return {column.name: _write(column.form, _find(document, column.path)) for column in COLUMNS[kind].values()}


def document_from_cells(kind: str, cells: Mapping[str, str]) -> tuple[Document, list[Problem]]:
    """The document of a row, and the cells that hold no value of their column; it is not judged yet."""
    document: Document = {"schema_version": CURRENT_VERSIONS[kind]}
    parts: dict[str, dict[str | int, Any]] = {}
    problems: list[Problem] = []
    for column in COLUMNS[kind].values():
        try:
            value = _read(column.form, cells.get(column.name, ""))
        except CellError as error:
            problems.append(Problem(pointer_to(column.path), "cell", str(error)))
            continue
        if value is None:
            continue
        member, *part = column.path
        if part:
            parts.setdefault(str(member), {})[part[0]] = value
        else:
            document[str(member)] = value
    for name, given in parts.items():
        _put_together(document, name, given, problems)
    return document, problems


def column_of(kind: str, path: str) -> str:
    """The column that a problem at this JSON Pointer is about; empty if it is about none of them."""
    at = path.split("/")[1:]
    columns = COLUMNS.get(kind, {}).values()
    found = [column for column in columns if [str(part) for part in column.path] == at[: len(column.path)]]
    if not found and at:
        # The member as a whole: its first column.
        found = [column for column in columns if str(column.path[0]) == at[0]]
    return found[0].name if found else ""


def read_items(form: Form, text: str) -> list[str]:
    """The items of a list's cell, as they would stand in the document."""
    items = split_list(text)
    if form is Form.TAGS:
        return [normalise_tag(item) for item in items]
    return sorted(items) if form is Form.SET else items


def _put_together(document: Document, name: str, given: dict[str | int, Any], problems: list[Problem]) -> None:
    if name == "lifecycle":
        if given != {"state": Lifecycle.ACTIVE.value}:
            document[name] = given
    elif name.endswith("_range"):
        wrong = {problem.path for problem in problems}
        missing = [pointer_to((name, at)) for at in (0, 1) if at not in given]
        if not missing:
            document[name] = [given[0], given[1]]
        elif missing[0] not in wrong:
            problems.append(Problem(missing[0], "range", "Give both the least and the most, or neither."))
    else:
        document[name] = given


def _find(document: Mapping[str, Any], path: Path) -> Any:
    value: Any = document
    for part in path:
        if isinstance(part, int):
            value = value[part] if isinstance(value, Sequence) else None
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _write(form: Form, value: Any) -> str:
    if value is None:
        return ""
    if form.is_list:
        return join_list(value)
    return json.dumps(value, ensure_ascii=False) if form is Form.JSON else str(value)


def _read(form: Form, text: str) -> Any:
    """The value of a cell, None for an empty one."""
    if form is Form.TEXT:
        return text or None
    if form.is_list:
        return read_items(form, text) or None
    word = text.strip()
    if not word or form is Form.WORD:
        return word or None
    return _read_number(word) if form is Form.NUMBER else _read_json(word)


def _read_number(word: str) -> int:
    found = NUMBER.fullmatch(word)
    if not found:
        raise CellError("Write a whole number without other characters, such as 1440.")
    return int(found[1])


def _read_json(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise CellError(f"This is no JSON: {error.msg} (line {error.lineno}, column {error.colno}).") from error
    except (RecursionError, ValueError) as error:
        raise CellError("It is nested too deeply, or a number in it is not allowed.") from error
    # An empty schema is none.
    return value if value != {} else None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
