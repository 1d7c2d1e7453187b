"""The one judge: documents against the released schemas, configs against config schemas, every problem at once.

Reference: JSON Schema draft 2020-12; JSON Pointer (RFC 6901) for paths.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import extend

from catalog.schemas.library import CURRENT_VERSIONS, load_schema

MAX_SCHEMA_DEPTH = 20
MAX_SHOWN = 80
MAX_KEPT = 50_000


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: JSON Pointer to it, a stable code (the schema keyword, or ours), a plain message."""

    path: str
    code: str
    message: str


def pointer_to(parts: Sequence[str | int]) -> str:
    """JSON Pointer of a path; empty for the whole document."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def validate_document(kind: str, document: Any) -> list[Problem]:
    """Problems of a `provider`, `builder`, `stack` or any other released shape; an empty list means it is valid."""
    problems = judge(_validator(kind, CURRENT_VERSIONS[kind]), document)
    if isinstance(document, Mapping):
        problems += _range_problems(document)
        problems += config_schema_problems(document.get("config_schema"))
    return sorted(set(problems))


def config_schema_problems(schema: Any) -> list[Problem]:
    """Problems of a config schema itself: not draft 2020-12, too deep, or a `$ref` that leaves the schema."""
    if not isinstance(schema, Mapping):
        return []
    if _depth(schema) > MAX_SCHEMA_DEPTH:
        return [Problem("/config_schema", "depth", f"It is nested more than {MAX_SCHEMA_DEPTH} levels deep.")]
    text = json.dumps(schema)
    check = _schema_problems if len(text) <= MAX_KEPT else _schema_problems.__wrapped__
    return list(check(text))


# Checking costs milliseconds, and most saves and publishes ask about a schema that was asked about before.
@lru_cache(maxsize=512)
def _schema_problems(text: str) -> tuple[Problem, ...]:
    schema = json.loads(text)
    problems = []
    for path, reference in _references(schema, ("config_schema",)):
        if not isinstance(reference, str) or not reference.startswith("#"):
            problems.append(
                Problem(pointer_to(path), "$ref", "A reference must stay inside the schema: start it with #.")
            )
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        path = ("config_schema", *error.absolute_path)
        problems.append(
            Problem(pointer_to(path), "schema", f"This is no JSON Schema 2020-12: {_shorten(error.message)}")
        )
    return tuple(problems)


def judge(validator: Draft202012Validator, instance: Any) -> list[Problem]:
    """Every problem that `validator` finds, with paths that point at the member to fix."""
    return sorted({problem for error in validator.iter_errors(instance) for problem in _problems_of(error)})


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _compiled(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of ECMA 262, where `$` is the end of the text; Python's also matches before a newline at the end."""
    return re.compile(DOLLAR.sub(lambda found: r"\Z" if found[0] == "$" else found[0], pattern))


# An escape, a character class, or a dollar sign that is in neither.
DOLLAR = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$", re.DOTALL)
Judge: type[Draft202012Validator] = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


@cache
def _validator(name: str, version: str) -> Draft202012Validator:
    return Judge(load_schema(name, version), format_checker=Draft202012Validator.FORMAT_CHECKER)


def _problems_of(error: ValidationError) -> Iterator[Problem]:
    here = list(error.absolute_path)
    code = str(error.validator)
    value: Any = error.validator_value
    schema: Any = error.schema
    instance: Any = error.instance
    if code == "required":
        for name in value:
            if name not in instance:
                yield Problem(pointer_to([*here, name]), code, "This is required.")
    elif code == "additionalProperties" and isinstance(instance, Mapping):
        for name in instance if value is False else ():
            if name not in schema.get("properties", {}):
                yield Problem(pointer_to([*here, name]), code, "There is no such member here.")
    else:
        yield Problem(pointer_to(here), code, MESSAGES.get(code, _plain)(error))


def _plain(error: ValidationError) -> str:
    return _shorten(error.message)


MESSAGES: Mapping[str, Callable[[ValidationError], str]] = {
    "type": lambda error: f"This must be of type {_any_of(error.validator_value)}.",
    "enum": lambda error: f"This must be one of {_any_of(error.validator_value)}.",
    "const": lambda error: f"This must be {error.validator_value!r}.",
    "maxLength": lambda error: (
        f"This has {len(str(error.instance)):,} characters; {error.validator_value:,} are allowed."
    ),
    "minLength": lambda error: "This must not be empty." if error.validator_value == 1 else _plain(error),
    "maximum": lambda error: f"This must be at most {error.validator_value:,}.",
    "minimum": lambda error: f"This must be at least {error.validator_value:,}.",
    "format": lambda error: f"{_shorten(repr(error.instance))} is no {error.validator_value}.",
    "pattern": lambda error: f"{_shorten(repr(error.instance))} does not fit the pattern {error.validator_value}",
    "not": lambda _: "This does not belong to an entry of this type.",
    "uniqueItems": lambda _: "The same item stands here twice.",
}


def _any_of(value: Any) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_SHOWN * 2 else f"{text[:MAX_SHOWN]} ... {text[-MAX_SHOWN:]}"


def _range_problems(document: Mapping[str, Any]) -> list[Problem]:
    """JSON Schema cannot compare two values: least <= most is checked here."""
    problems = []
    for name, value in document.items():
        if name.endswith("_cost_range") and isinstance(value, list) and len(value) == 2:
            least, most = value
            # 65.0 is an integer in JSON Schema, too.
            if isinstance(least, (int, float)) and isinstance(most, (int, float)) and least > most:
                problems.append(
                    Problem(f"/{name}", "range", f"The least ({least:,}) is more than the most ({most:,}).")
                )
    return problems


def _depth(value: Any) -> int:
    """Levels of nesting, counted to one past the limit at most: a hostile schema cannot exhaust the stack."""
    level, front = 0, [value]
    while front and level <= MAX_SCHEMA_DEPTH:
        level += 1
        front = [child for node in front for child in _children(node) if isinstance(child, (Mapping, list))]
    return level


def _children(node: Any) -> Sequence[Any]:
    return list(node.values()) if isinstance(node, Mapping) else list(node)


def _references(node: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    items = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ()
    for name, child in items:
        if name in ("$ref", "$dynamicRef"):
            yield (*path, name), child
        else:
            yield from _references(child, (*path, name))
