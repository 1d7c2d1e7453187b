"""A config schema with what a form needs to know: titles, the order of members, and which input each value wants.

It accepts exactly what the schema accepts. What people wrote themselves (`title`, `x-order`, `x-widget`) stays.
"""

from collections.abc import Mapping
from typing import Any

from catalog.schemas.form_fields import Reader
from catalog.schemas.form_parts import Kind, kind_of_schema, label_of, mapping_or_nothing, order_names
from catalog.schemas.rules import DRAFT
from catalog.schemas.walking import MANY, ONE

# Released programs draw their inputs by these words: they stay.
WIDGETS = {
    Kind.TEXT: "text",
    Kind.LONG_TEXT: "textarea",
    Kind.NUMBER: "number",
    Kind.INTEGER: "number",
    Kind.BOOLEAN: "checkbox",
    Kind.CHOICE: "select",
    Kind.CHOICES: "checkboxes",
    Kind.CONSTANT: "constant",
    Kind.LIST: "list",
    Kind.MAP: "map",
    Kind.GROUP: "group",
    Kind.SECRET: "secret",
    Kind.JSON: "json",
}
# Where the schemas of values stand that a form asks for; not those of conditions and exclusions.
VALUES = ("additionalProperties", "items", "prefixItems", "then", "else", "allOf", "anyOf", "oneOf")


def with_hints(schema: Mapping[str, Any], *, title: str) -> dict[str, Any]:
    """The schema of a whole config; `title` is used where it has none. It must be free of `rules.schema_problems`."""
    hinted = _hinted(Reader(schema), schema)
    whole = {"$schema": DRAFT, "title": title, "type": "object", **hinted}
    return {name: value for name, value in whole.items() if name != "x-widget"}


def _hinted(reader: Reader, schema: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(schema)
    for keyword in ("properties", "$defs", "definitions"):
        if isinstance(schema.get(keyword), Mapping):
            found[keyword] = {
                name: _member(reader, name, child, is_named=keyword == "properties")
                for name, child in schema[keyword].items()
            }
    for keyword in VALUES:
        if keyword in schema:
            found[keyword] = _parts(reader, keyword, schema[keyword])
    if mapping_or_nothing(schema.get("properties")):
        found["x-order"] = order_names(schema["properties"], schema.get("x-order"))
    return found


def _parts(reader: Reader, keyword: str, value: Any) -> Any:
    if keyword in MANY and isinstance(value, list):
        has_widget = keyword == "prefixItems"
        return [_part(reader, child, has_widget=has_widget) for child in value]
    return _part(reader, value, has_widget=keyword in ONE and keyword not in ("then", "else"))


def _part(reader: Reader, schema: Any, *, has_widget: bool) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    hinted = _hinted(reader, schema)
    return {**hinted, "x-widget": _widget(reader, schema)} if has_widget else hinted


def _member(reader: Reader, name: str, schema: Any, *, is_named: bool) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    hinted = {**_hinted(reader, schema), "x-widget": _widget(reader, schema)}
    has_title = "title" in reader.flatten(schema)
    return hinted if has_title or not is_named else {"title": label_of(name), **hinted}


def _widget(reader: Reader, schema: Mapping[str, Any]) -> str:
    plain = reader.flatten(schema)
    given = plain.get("x-widget")
    return given if isinstance(given, str) else WIDGETS[kind_of_schema(plain)]
