"""The judge of configs: what a service gives to a provider or a builder, against the schema that guards it; pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator

from catalog.schemas.formats import KNOWN_FORMATS
from catalog.schemas.judging import MAX_STEPS, TooMuchWorkError, limited, make_judge
from catalog.schemas.problems import Problem, pointer_to
from catalog.schemas.rules import MAX_KEPT, schema_problems
from catalog.schemas.validation import judge
from catalog.schemas.walking import count_nodes, resolve, walk

MAX_DEPTH = 40
MAX_NODES = 20_000
SECRET = "secret"  # noqa: S105 -- the name of a format
# Schemas of a config that stand for one value; a reference may repeat them without end.
MAX_SCHEMAS = 50


@dataclass(frozen=True, slots=True)
class Judgement:
    """`errors` are everything that is wrong at once; `warnings` do not make a config invalid."""

    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def is_valid(self) -> bool:
        return not self.errors


def judge_config(schema: Any, config: Any, *, steps: int = MAX_STEPS) -> Judgement:
    """What is wrong with a config. Never raises, and ends within about a second, whatever the two are.

    A schema that may not be judged with (see `rules`) makes every config invalid.
    """
    wrong = schema_problems(schema)
    if wrong:
        message = f"The schema cannot be used: {wrong[0].path or 'as a whole'}: {wrong[0].message}"
        return Judgement((Problem("", "schema", message),))
    errors = _size_problems(config) or tuple(judge_within(_validator_of(schema), config, steps=steps))
    return Judgement(errors, tuple(sorted(set(_warnings(schema, config)))))


def judge_within(validator: Draft202012Validator, instance: Any, *, steps: int = MAX_STEPS) -> list[Problem]:
    """Like `judge`, for what others wrote: a problem says if it would take too long."""
    try:
        with limited(steps):
            return judge(validator, instance)
    except (TooMuchWorkError, RecursionError):
        return [Problem("", "too_complex", "Checking this takes too long: it is too large for what its schema asks.")]


def _size_problems(config: Any) -> tuple[Problem, ...]:
    if not isinstance(config, Mapping):
        return (Problem("", "type", "A config is an object."),)
    nodes, levels = count_nodes(config, most=MAX_NODES, deepest=MAX_DEPTH)
    if levels > MAX_DEPTH:
        return (Problem("", "depth", f"It is nested more than {MAX_DEPTH} levels deep."),)
    if nodes > MAX_NODES:
        return (Problem("", "size", f"It has more than {MAX_NODES:,} values."),)
    return ()


def _validator_of(schema: Any) -> Draft202012Validator:
    text = json.dumps(schema)
    return _kept_validator(text) if len(text) <= MAX_KEPT else make_judge(schema)


@lru_cache(maxsize=256)
def _kept_validator(text: str) -> Draft202012Validator:
    return make_judge(json.loads(text))


def _warnings(schema: Any, config: Any) -> Iterator[Problem]:
    for _, part in walk(schema):
        name = part.get("format") if isinstance(part, Mapping) else None
        if isinstance(name, str) and name not in KNOWN_FORMATS and name != SECRET:
            yield Problem("", "format_unknown", f"The schema names the format {name[:64]!r}, which is not checked.")
    if not _size_problems(config):
        yield from _value_warnings(schema, [schema], config, ())


def _value_warnings(root: Any, schemas: list[Any], value: Any, path: tuple[str | int, ...]) -> Iterator[Problem]:
    """What is to be said about a value for which all of the schemas hold."""
    parts = _parts_of(root, schemas)
    if path and any(part.get("deprecated") is True for part in parts):
        yield Problem(pointer_to(path), "deprecated", "This setting is deprecated.")
    if isinstance(value, str) and value and any(part.get("format") == SECRET for part in parts):
        message = 'A secret is never sent readably: store it, and give its name as {"$secret": "name"}.'
        yield Problem(pointer_to(path), "plain_secret", message)
    for name, child in _children(value) if parts else ():
        yield from _value_warnings(root, [_schema_of(part, name) for part in parts], child, (*path, name))


def _parts_of(root: Any, schemas: list[Any]) -> list[Mapping[str, Any]]:
    """The schemas with what their `$ref` and `allOf` add, each once."""
    found: dict[int, Mapping[str, Any]] = {}
    waiting = list(schemas)
    while waiting and len(found) < MAX_SCHEMAS:
        part = waiting.pop()
        if isinstance(part, Mapping) and id(part) not in found:
            found[id(part)] = part
            waiting += part.get("allOf", [])
            waiting += [resolve(root, part["$ref"])] if "$ref" in part else []
    return list(found.values())


def _children(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _schema_of(part: Mapping[str, Any], name: str | int) -> Any:
    if isinstance(name, str):
        return part.get("properties", {}).get(name, part.get("additionalProperties"))
    prefix = part.get("prefixItems", [])
    return prefix[name] if name < len(prefix) else part.get("items")
