"""The columns of a table, explained to who fills it in."""

from dataclasses import dataclass

from catalog.admin.bulk.fields import choices_of, column_label
from catalog.admin.entries.wording import HELP
from catalog.documents.tables import COLUMNS, IDENTITY, Column, Form
from catalog.schemas.library import CURRENT_VERSIONS, load_schema

WORDS = {
    Form.TEXT: "Text",
    Form.WORD: "One word",
    Form.NUMBER: "Whole number",
    Form.TAGS: "Words, separated by commas",
    Form.NAMES: "Names of entries, separated by commas",
    Form.SET: "Names, separated by commas",
    Form.JSON: "JSON",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """One column: its name, title and meaning, what to write, and whether no file may leave it out."""

    name: str
    label: str
    meaning: str
    what: str
    is_identity: bool


def reference(kind: str) -> list[Explained]:
    """Every column of `kind` in its order."""
    return [_explain(kind, column) for column in COLUMNS[kind].values()]


def _explain(kind: str, column: Column) -> Explained:
    properties = load_schema(kind, CURRENT_VERSIONS[kind])["properties"]
    described = properties.get(str(column.path[0]))
    meaning = HELP.get(column.name) or (described.get("description", "") if isinstance(described, dict) else "")
    choices = [value for value, _ in choices_of(kind, column.name)]
    what = f"One of {', '.join(choices)}" if choices else WORDS[column.form]
    return Explained(column.name, column_label(kind, column.name), meaning, what, column.name in IDENTITY[kind])
