"""The one judge: documents against the released schemas, configs against config schemas, every problem at once.

Reference: JSON Schema draft 2020-12; JSON Pointer (RFC 6901) for paths.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from catalog.schemas.judging import Judge, additional_names, make_judge
from catalog.schemas.library import CURRENT_VERSIONS, load_schema
from catalog.schemas.problems import Problem, pointer_to
from catalog.schemas.rules import MAX_DEPTH, schema_problems

__all__ = (
    "MAX_SCHEMA_DEPTH", "Judge", "Problem", "config_schema_problems", "judge", "pointer_to", "validate_document",
)  # fmt: skip
MAX_SCHEMA_DEPTH = MAX_DEPTH
MAX_SHOWN = 80
MAX_PROBLEMS = 1_000
MAX_EXAMPLES = 2
UNFIT = "does not have the right form"


def validate_document(kind: str, document: Any) -> list[Problem]:
    """Problems of a `provider`, `builder`, `stack` or any other released shape; an empty list means it is valid."""
    problems = judge(_validator(kind, CURRENT_VERSIONS[kind]), document)
    if isinstance(document, Mapping):
        problems += _range_problems(document)
        problems += config_schema_problems(document.get("config_schema"))
    return sorted(set(problems))


def config_schema_problems(schema: Any) -> list[Problem]:
    """Problems of a config schema itself, with paths in its document: no draft 2020-12, or not safe to judge with."""
    if not isinstance(schema, Mapping):
        return []
    return [
        Problem(f"/config_schema{problem.path}", problem.code, problem.message) for problem in schema_problems(schema)
    ]


def judge(validator: Draft202012Validator, instance: Any) -> list[Problem]:
    """Every problem that `validator` finds, a thousand at most, with paths that point at the member to fix."""
    found: set[Problem] = set()
    for error in validator.iter_errors(instance):
        found.update(_problems_of(error))
        if len(found) > MAX_PROBLEMS:
            more = Problem("", "too_many", f"More than {MAX_PROBLEMS:,} things are wrong; these are some of them.")
            return sorted([*sorted(found)[:MAX_PROBLEMS], more])
    return sorted(found)


@cache
def _validator(name: str, version: str) -> Draft202012Validator:
    return make_judge(load_schema(name, version))


def _problems_of(error: ValidationError) -> Iterator[Problem]:
    here = list(error.absolute_path)
    # A schema that is `false` has no keyword.
    code = str(error.validator or "false")
    value: Any = error.validator_value
    schema: Any = error.schema
    instance: Any = error.instance
    if code == "required":
        for name in value:
            if name not in instance:
                yield Problem(pointer_to([*here, name]), code, "This is required.")
    elif code == "additionalProperties" and isinstance(instance, Mapping):
        for name in additional_names(instance, schema) if value is False else ():
            yield Problem(pointer_to([*here, name]), code, "There is no such member here.")
    else:
        yield Problem(pointer_to(here), code, MESSAGES.get(code, _plain)(error))


def _plain(error: ValidationError) -> str:
    return _shorten(error.message)


def _unfit(error: ValidationError, otherwise: str) -> str:
    """A regular expression tells people nothing: what the schema says of the member does, where it says something."""
    words = _words_of(error.schema) if isinstance(error.schema, Mapping) else ""
    return f"{_shorten(repr(error.instance))} {words or otherwise}"


def _words_of(schema: Mapping[str, Any]) -> str:
    """Empty if it says nothing; a default shows the form as well as an example."""
    shown = [*schema.get("examples", ()), schema.get("default")]
    examples = list(dict.fromkeys(each for each in shown if isinstance(each, str) and each))[:MAX_EXAMPLES]
    said = _shorten(schema.get("description") or schema.get("title") or "")
    if examples:
        return f"{UNFIT}, such as {_shorten(' or '.join(examples))}. {said}".strip()
    return f"{UNFIT}: {said}" if said else ""


def _unwanted(error: ValidationError) -> str:
    unwanted: Any = error.validator_value
    if isinstance(unwanted, Mapping) and "pattern" in unwanted:
        return _unfit(error, f"must not fit the pattern {unwanted['pattern']}")
    return "This does not belong to an entry of this type." if unwanted in ({}, True) else "This is not allowed here."


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
    "pattern": lambda error: _unfit(error, f"does not fit the pattern {error.validator_value}"),
    "not": _unwanted,
    "false": lambda _: "Nothing may stand here.",
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
                problems.append(Problem(f"/{name}", "range", f"“From” ({least:,}) is more than “to” ({most:,})."))
    return problems
