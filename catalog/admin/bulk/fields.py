"""The fields that many entries can be given at once, as a form shows them and as a person sent it back."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import FieldDoesNotExist

from catalog.actions.bulk import FIELDS, Edit, Operation
from catalog.admin.differences import member_label
from catalog.admin.entries.wording import LABELS
from catalog.admin.pages import KINDS
from catalog.documents.tables import COLUMNS, Form
from catalog.schemas.validation import pointer_to

HELP = {
    Form.TAGS: "Separate several by commas.",
    Form.NAMES: "Names of entries, separated by commas.",
    Form.SET: "Names of entries, separated by commas.",
    Form.NUMBER: "A whole number.",
}
MAX_VALUE = 5_000


@dataclass(slots=True, kw_only=True)
class Field:
    """One field: what can be done with it, and what was chosen and typed; `error` says what is wrong with that."""

    column: str
    label: str
    help: str
    operations: list[tuple[str, str]]
    choices: list[tuple[str, str]]
    operation: str = ""
    value: str = ""
    error: str = ""

    @property
    def shown_value(self) -> str:
        """The value in the words of its choices, where there are some."""
        return dict(self.choices).get(self.value, self.value)

    @property
    def edit(self) -> Edit | None:
        """What was chosen; None to leave the field as it is."""
        if not self.operation or self.error:
            return None
        return Edit(column=self.column, operation=Operation(self.operation), value=self.value)


def fields_of(kind: str, sent: Mapping[str, str]) -> list[Field]:
    """Every field of `kind` with what was `sent` for it (`op-currency`, `value-currency`)."""
    fields = [_field(kind, column) for column in FIELDS[kind]]
    for field in fields:
        field.operation = sent.get(f"op-{field.column}", "")
        field.value = sent.get(f"value-{field.column}", "")
        field.error = _error_of(field)
    return fields


def column_label(kind: str, column: str) -> str:
    """What the forms call a column: `monthly_cost_min` -> `Monthly cost: from`; itself for one that is unknown."""
    known = COLUMNS.get(kind, {}).get(column)
    if known is None:
        return column
    return LABELS.get(column) or member_label(kind, pointer_to(known.path))


def choices_of(kind: str, column: str) -> list[tuple[str, str]]:
    """The values that a column may have, where there are few of them."""
    try:
        field = KINDS[kind]._meta.get_field(column)
    except FieldDoesNotExist:
        return []
    return [(str(value), str(label)) for value, label in getattr(field, "choices", None) or [] if value]


def _field(kind: str, column: str) -> Field:
    form = COLUMNS[kind][column].form
    operations = [operation for operation in Operation if form.is_list or operation in (Operation.SET, Operation.CLEAR)]
    return Field(
        column=column,
        label=column_label(kind, column),
        help=HELP.get(form, ""),
        operations=[(operation.value, operation.label) for operation in operations],
        choices=choices_of(kind, column),
    )


def _error_of(field: Field) -> str:
    if field.operation and field.operation not in dict(field.operations):
        field.operation = ""
        return "Choose what to do."
    if not field.operation:
        return "Choose what to do with this value." if field.value.strip() else ""
    if field.operation == Operation.CLEAR:
        return "To empty it, leave the value empty." if field.value.strip() else ""
    if len(field.value) > MAX_VALUE:
        return f"This has {len(field.value):,} characters; {MAX_VALUE:,} are allowed."
    return "" if field.value.strip() else "Give a value."
