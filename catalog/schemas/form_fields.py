"""A JSON Schema (draft 2020-12) as a description of the form that it produces: pure, and never the judge.

Whatever this cannot show as inputs (`oneOf` of shapes, tuples of shapes, recursion, depths beyond reason) is one box
for JSON. It takes any schema without raising; what a config must be is said by `validation` alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from catalog.schemas.form_parts import (
    Condition,
    Kind,
    Option,
    Path,
    Schema,
    condition_of,
    filled_condition,
    input_type_of,
    join_schemas,
    kind_of_schema,
    label_of,
    limits_of,
    list_or_nothing,
    map_values,
    mapping_or_nothing,
    options_of,
    order_names,
    resolve,
    show_value,
    takes_empty,
    text_or_nothing,
)
from catalog.schemas.validation import pointer_to

MAX_DEPTH = 6
MAX_FIELDS = 400
MAX_REFERENCES = 200
MISSING = object()


@dataclass(frozen=True, slots=True)
class FormField:
    """One input, or a group of them. `path` is the JSON Pointer of its value in the config, and its name in a form.

    `items` describes one item of a list or one value of a map, `fields` the members of a group; `limits` are plain
    sentences; `shown_when` and `required_when` hold besides what `is_required` says.
    """

    path: str
    name: str
    label: str
    kind: Kind
    help: str = ""
    is_required: bool = False
    default: Any = MISSING
    examples: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    limits: tuple[str, ...] = ()
    input_type: str = "text"
    takes_empty: bool = False
    items: "FormField | None" = None
    fields: "tuple[FormField, ...]" = ()
    shown_when: tuple[Condition, ...] = ()
    required_when: tuple[Condition, ...] = ()

    @property
    def has_default(self) -> bool:
        return self.default is not MISSING

    @property
    def default_text(self) -> str:
        """The default in words, a list's one item a line; empty where there is none."""
        if not self.has_default:
            return ""
        if self.options:
            labels = [option.label for option in self.options if option.value == self.default]
            return labels[0] if labels else show_value(self.default)
        return "\n".join(map(show_value, self.default)) if isinstance(self.default, list) else show_value(self.default)

    @property
    def default_line(self) -> str:
        return ", ".join(self.default_text.splitlines())


def describe_form(schema: Any) -> FormField:
    """The form of a whole config: a group, or one box for JSON if the schema is nothing that has members."""
    root = schema if isinstance(schema, Mapping) else {}
    form = Reader(root).read(root, (), name="")
    if form.kind is not Kind.GROUP and not root:
        return replace(form, kind=Kind.GROUP)
    return form


class Reader:
    """Reads one schema; counts fields, so that a schema that refers to itself cleverly ends soon."""

    def __init__(self, root: Schema) -> None:
        self.root = root
        self.fields_left = MAX_FIELDS
        self.references_left = MAX_REFERENCES

    def read(self, schema: Any, path: Path, *, name: str, is_required: bool = False) -> FormField:
        self.fields_left -= 1
        plain = self.flatten(schema)
        kind = kind_of_schema(plain)
        if len(path) > MAX_DEPTH or self.fields_left < 0:
            kind = Kind.JSON
        field = FormField(
            path=pointer_to(path),
            name=name,
            label=text_or_nothing(plain.get("title")) or label_of(name),
            kind=kind,
            help=text_or_nothing(plain.get("description")),
            is_required=is_required,
            default=plain.get("default", MISSING),
            examples=tuple(show_value(each) for each in list_or_nothing(plain.get("examples"))[:3]),
            limits=tuple(limits_of(plain)),
            input_type=input_type_of(plain),
            takes_empty=takes_empty(plain),
        )
        if kind in (Kind.CHOICE, Kind.CONSTANT):
            return replace(field, options=options_of(plain))
        if kind is Kind.CHOICES:
            return replace(field, options=options_of(self.flatten(plain["items"])))
        if kind is Kind.LIST:
            return replace(field, items=self.read(plain["items"], (*path, "-"), name="Item"))
        if kind is Kind.MAP:
            return replace(field, items=self.read(map_values(plain), (*path, "-"), name="Value"))
        if kind is Kind.GROUP:
            return replace(field, fields=tuple(self.members(plain, path)))
        return field

    def flatten(self, schema: Any) -> Schema:
        """The schema with its `$ref` followed and the plain parts of its `allOf` put into it; empty for no object."""
        found: Schema = dict(schema) if isinstance(schema, Mapping) else {}
        while "$ref" in found and self.references_left > 0:
            self.references_left -= 1
            target = mapping_or_nothing(resolve(self.root, found["$ref"]))
            found = join_schemas({name: value for name, value in found.items() if name != "$ref"}, target)
        for part in list_or_nothing(found.get("allOf")):
            if isinstance(part, Mapping) and "if" not in part:
                found = join_schemas(found, self.flatten(part) if "$ref" in part else part)
        return found

    def members(self, schema: Schema, path: Path) -> Iterator[FormField]:
        """The members of a group in the order of `x-order`, then those that only show under a condition."""
        properties = mapping_or_nothing(schema.get("properties"))
        required = list_or_nothing(schema.get("required"))
        rules = list(self.rules(schema, path))
        for name in order_names(properties, schema.get("x-order")):
            if properties[name] is False or self.fields_left <= 0:
                continue
            field = self.read(properties[name], (*path, name), name=name, is_required=name in required)
            when = tuple(condition for condition, then in rules if name in list_or_nothing(then.get("required")))
            yield replace(field, required_when=() if field.is_required else when)
        for condition, then in rules:
            for name, member in mapping_or_nothing(then.get("properties")).items():
                if name not in properties and isinstance(member, Mapping) and self.fields_left > 0:
                    is_required = name in list_or_nothing(then.get("required"))
                    field = self.read(member, (*path, name), name=name, is_required=is_required)
                    yield replace(field, shown_when=(condition,))

    def rules(self, schema: Schema, path: Path) -> Iterator[tuple[Condition, Schema]]:
        """(condition, what holds then) of `if`, of the `if`s in `allOf`, and of `dependentRequired`."""
        properties = mapping_or_nothing(schema.get("properties"))
        for part in (schema, *list_or_nothing(schema.get("allOf"))):
            if not isinstance(part, Mapping) or "if" not in part:
                continue
            asked = mapping_or_nothing(part["if"])
            for branch, is_negated in (("then", False), ("else", True)):
                if isinstance(part.get(branch), Mapping):
                    condition = condition_of(asked, properties=properties, path=path, is_negated=is_negated)
                    yield condition, self.flatten(part[branch])
        for name, others in mapping_or_nothing(schema.get("dependentRequired")).items():
            yield filled_condition([name], properties=properties, path=path), {"required": others}
