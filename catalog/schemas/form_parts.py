"""What one schema (flat: references followed) says about its input: kind, options, limits, conditions; pure.

Nothing here raises, whatever the schema is: what is no schema has no kind but JSON.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from catalog.schemas.patterns import PatternError, compile_pattern
from catalog.schemas.validation import pointer_to

Schema = Mapping[str, Any]
Path = tuple[str, ...]


class Kind(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"
    CONSTANT = "constant"
    LIST = "list"
    MAP = "map"
    GROUP = "group"
    SECRET = "secret"  # noqa: S105 -- the word, not one
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Option:
    value: Any
    label: str


@dataclass(frozen=True, slots=True)
class Condition:
    """When something holds, in words (`when Content shown is Drafts`) and, where it is that simple, in values.

    `tests` are paths and the values of which each has one, `filled` paths that have any value. Where both are empty
    the schema's condition is more than that, and only the words are known. `is_negated` turns it round.
    """

    text: str
    tests: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    filled: tuple[str, ...] = ()
    is_negated: bool = False


UNKNOWN = Condition("when other settings ask for it")


def kind_of_schema(schema: Schema) -> Kind:
    """The kind of input for a schema that is flat already."""
    if schema.get("format") == "secret":
        return Kind.SECRET
    if "const" in schema:
        return Kind.CONSTANT
    if options_of(schema):
        return Kind.CHOICE
    if {"oneOf", "anyOf", "prefixItems"} & schema.keys() or not _is_limit(schema.get("not", {"pattern": ""})):
        return Kind.JSON
    return _kind_of_type(schema, _type_of(schema))


def _kind_of_type(schema: Schema, name: str) -> Kind:
    if name == "object":
        return _kind_of_object(schema)
    if name == "array":
        return _kind_of_array(schema)
    if name == "string" and _is_long(schema):
        return Kind.LONG_TEXT
    simple = {"string": Kind.TEXT, "number": Kind.NUMBER, "integer": Kind.INTEGER, "boolean": Kind.BOOLEAN}
    return simple.get(name, Kind.JSON)


def _kind_of_object(schema: Schema) -> Kind:
    if schema.get("properties") or "if" in schema:
        return Kind.GROUP
    return Kind.MAP if map_values(schema) else Kind.JSON


def _kind_of_array(schema: Schema) -> Kind:
    items = schema.get("items")
    if not isinstance(items, Mapping) or not items:
        return Kind.JSON
    return Kind.CHOICES if schema.get("uniqueItems") is True and "enum" in items else Kind.LIST


def options_of(schema: Schema) -> tuple[Option, ...]:
    """The values of `enum` or `const`, or of a `oneOf` in which every part is a constant with a title."""
    if "const" in schema:
        return (Option(schema["const"], show_value(schema["const"])),)
    if isinstance(schema.get("enum"), list):
        return tuple(Option(value, show_option(value)) for value in schema["enum"])
    parts = list_or_nothing(schema.get("oneOf"))
    if parts and all(isinstance(part, Mapping) and "const" in part for part in parts):
        return tuple(
            Option(part["const"], text_or_nothing(part.get("title")) or show_option(part["const"])) for part in parts
        )
    return ()


def condition_of(schema: Schema, *, properties: Schema, path: Path, is_negated: bool = False) -> Condition:
    """The condition of an `if` (of its `else`, if negated) on members of the group at `path`."""
    tests = []
    for name, wanted in mapping_or_nothing(schema.get("properties")).items():
        values = tuple(option.value for option in options_of(mapping_or_nothing(wanted)))
        if not values:
            return UNKNOWN
        tests.append((name, values))
    if not tests:
        names = [name for name in list_or_nothing(schema.get("required")) if isinstance(name, str)]
        return filled_condition(names, properties=properties, path=path, is_negated=is_negated)
    words = [
        f"{title_of(properties, name)} is {' or '.join(show_option(value) for value in values)}"
        for name, values in tests
    ]
    return Condition(
        f"{'unless' if is_negated else 'when'} {' and '.join(words)}",
        tests=tuple((pointer_to((*path, name)), values) for name, values in tests),
        is_negated=is_negated,
    )


def filled_condition(names: Sequence[str], *, properties: Schema, path: Path, is_negated: bool = False) -> Condition:
    """The condition that members of the group at `path` have values."""
    if not names:
        return UNKNOWN
    titles = " and ".join(title_of(properties, name) for name in names)
    return Condition(
        f"{'unless' if is_negated else 'when'} {titles} {'is' if len(names) == 1 else 'are'} filled in",
        filled=tuple(pointer_to((*path, name)) for name in names),
        is_negated=is_negated,
    )


def resolve(root: Schema, reference: Any) -> Any:
    """What a reference inside the schema (`#/$defs/name`) points at; None if there is nothing."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    found: Any = root
    for part in reference.removeprefix("#").strip("/").split("/") if reference != "#" else ():
        found = mapping_or_nothing(found).get(part.replace("~1", "/").replace("~0", "~"))
    return found


def join_schemas(schema: Schema, part: Schema) -> dict[str, Any]:
    """One schema of two that hold together, as far as a form shows them; the first says what both say."""
    properties = {**mapping_or_nothing(part.get("properties")), **mapping_or_nothing(schema.get("properties"))}
    required = [*list_or_nothing(schema.get("required")), *list_or_nothing(part.get("required"))]
    return {
        **part,
        **schema,
        **({"properties": properties} if properties else {}),
        **({"required": required} if required else {}),
    }


def map_values(schema: Schema) -> Any:
    """The schema of a map's values; empty if the object is no map."""
    patterns = list(mapping_or_nothing(schema.get("patternProperties")).values())
    if isinstance(schema.get("additionalProperties"), Mapping):
        return schema["additionalProperties"]
    return patterns[0] if len(patterns) == 1 and isinstance(patterns[0], Mapping) else {}


def _type_of(schema: Schema) -> str:
    given = schema.get("type")
    names = [name for name in (given if isinstance(given, list) else [given]) if name != "null"]
    if len(names) == 1 and isinstance(names[0], str):
        return names[0]
    if given is None and ("properties" in schema or "if" in schema):
        return "object"
    return "array" if given is None and "items" in schema else ""


def order_names(properties: Schema, order: Any) -> list[str]:
    first = [name for name in list_or_nothing(order) if isinstance(name, str) and name in properties]
    return list(dict.fromkeys([*first, *properties]))


def limits_of(schema: Schema) -> Iterator[str]:
    least, most = schema.get("minimum"), schema.get("maximum")
    if _is_number(least) and _is_number(most):
        yield f"From {least:,} to {most:,}"
    elif _is_number(least):
        yield f"At least {least:,}"
    elif _is_number(most):
        yield f"At most {most:,}"
    for keyword, words, noun in (
        ("maxLength", "At most", "character"),
        ("maxItems", "At most", "item"),
        ("minItems", "At least", "item"),
        ("maxProperties", "At most", "row"),
    ):
        number = schema.get(keyword)
        if _is_number(number):
            yield f"{words} {number:,} {noun}{'' if number == 1 else 's'}"


def input_type_of(schema: Schema) -> str:
    types = {"date": "date", "email": "email", "uri": "url"}
    given = schema.get("format")
    return types.get(given, "text") if isinstance(given, str) else "text"


def takes_empty(schema: Schema) -> bool:
    """Whether an empty text, list or map may be a value, as far as this schema says by itself."""
    if any(schema.get(keyword) for keyword in ("minLength", "minItems", "minProperties", "format")):
        return False
    pattern = schema.get("pattern", "")
    try:
        return isinstance(pattern, str) and compile_pattern(pattern).is_in("")
    except PatternError:
        return False


def _is_limit(unwanted: Any) -> bool:
    """Whether what must not be is only a pattern, which leaves the kind of input as it is."""
    return isinstance(unwanted, Mapping) and unwanted.keys() == {"pattern"}


def _is_long(schema: Schema) -> bool:
    return schema.get("x-widget") in ("textarea", "code") or schema.get("contentMediaType") is not None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def title_of(properties: Schema, name: str) -> str:
    return text_or_nothing(mapping_or_nothing(properties.get(name)).get("title")) or label_of(name)


def label_of(name: str) -> str:
    """`sourceFolder` -> `Source folder`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_-]+", " ", name).split()
    text = " ".join(word if word.isupper() else word.lower() for word in words)
    return text[:1].upper() + text[1:]


def show_option(value: Any) -> str:
    return value.replace("_", " ").capitalize() if isinstance(value, str) and value.islower() else show_value(value)


def show_value(value: Any) -> str:
    """A value of a config in words."""
    if isinstance(value, bool) or value is None:
        return {True: "Yes", False: "No", None: "Nothing"}[value]
    if isinstance(value, list):
        return ", ".join(show_value(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def text_or_nothing(value: Any) -> str:
    return value if isinstance(value, str) else ""


def list_or_nothing(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def mapping_or_nothing(value: Any) -> Schema:
    return value if isinstance(value, Mapping) else {}
