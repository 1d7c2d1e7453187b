"""The judge: jsonschema with keywords whose time is bounded, whatever the schema and the instance are.

Patterns are searched in linear time, nothing is ever fetched, and with a budget judging ends early instead of late.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import FormatError, ValidationError
from jsonschema.validators import extend
from referencing.jsonschema import EMPTY_REGISTRY

from catalog.schemas.formats import FORMATS
from catalog.schemas.patterns import compile_pattern

Check = Callable[[Any, Any, Any, Any], Iterable[ValidationError] | None]
# Steps that judging a config may take: about a second.
MAX_STEPS = 100_000
# A step is about as long as searching so many characters with a pattern of one state.
CHARACTERS_A_STEP = 2_000


class TooMuchWorkError(Exception):
    """Judging would take too long; the schema asks for too much, or the instance is too large."""


class Budget:
    """How much may still be done."""

    __slots__ = ("left",)

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise TooMuchWorkError


_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def limited(steps: int = MAX_STEPS) -> Iterator[Budget]:
    """Within it all judging together takes so many steps at most; then it raises TooMuchWorkError."""
    budget = Budget(steps)
    token = _budget.set(budget)
    try:
        yield budget
    finally:
        _budget.reset(token)


def spend(steps: int) -> None:
    """Take steps from the budget that runs, if one does. Raises TooMuchWorkError once it is used up."""
    budget = _budget.get()
    if budget is not None:
        budget.spend(steps)


def make_judge(schema: Any) -> Draft202012Validator:
    """The judge of instances of `schema`, which must be free of `schema_problems` if people wrote it."""
    if isinstance(schema, Mapping):
        # The library would look at these for another judge, or another place to begin references from.
        schema = {keyword: value for keyword, value in schema.items() if keyword not in ("$schema", "$id")}
    return Judge(schema, format_checker=FORMATS, registry=EMPTY_REGISTRY)


def freeze(value: Any) -> Any:
    """The same for values that are equal in JSON, and hashable: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, Mapping):
        return ("object", frozenset((name, freeze(child)) for name, child in value.items()))
    if isinstance(value, list):
        return ("array", tuple(freeze(child) for child in value))
    return ("boolean", value) if isinstance(value, bool) else value


def fits(pattern: str, text: str) -> bool:
    """Whether the pattern is in the text; counted, like everything that is judged."""
    compiled = compile_pattern(pattern)
    spend(compiled.size * len(text) // CHARACTERS_A_STEP)
    return compiled.is_in(text)


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not fits(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _format(_: Any, name: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    try:
        FORMATS.check(instance, name)
    except FormatError as error:
        yield ValidationError(error.message, cause=error.cause)


def _pattern_properties(validator: Any, patterns: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
    for pattern, schema in patterns.items() if isinstance(instance, dict) else ():
        spend(len(instance))
        for name, value in instance.items():
            if fits(pattern, name):
                yield from validator.descend(value, schema, path=name, schema_path=pattern)


def additional_names(instance: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """The members of an object that its schema says nothing about but in `additionalProperties`."""
    properties, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    names = [name for name in instance if name not in properties]
    return [name for name in names if not any(fits(pattern, name) for pattern in patterns)]


def _additional_properties(validator: Any, extra: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    spend(len(instance))
    names = additional_names(instance, schema)
    if extra is False and names:
        yield ValidationError("There are members that do not belong here")
    for name in names if isinstance(extra, dict) else ():
        yield from validator.descend(instance[name], extra, path=name)


def _required(_: Any, names: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    # One error for all of them: each name is then told of once.
    if isinstance(instance, dict) and any(name not in instance for name in names):
        yield ValidationError("Something that is required is missing")


def _unique_items(_: Any, wanted: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    if wanted and isinstance(instance, list):
        spend(len(instance))
        if len({freeze(item) for item in instance}) < len(instance):
            yield ValidationError("The same item stands here twice")


def _counted(check: Check) -> Check:
    def counted(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        spend(1 + len(value) if isinstance(value, (list, dict)) else 1)
        for error in check(validator, value, instance, schema) or ():
            # The message repeats the instance, which may be long.
            spend(1 + len(error.message) // 500)
            yield error

    return counted


CHECKS: dict[str, Check] = {
    **Draft202012Validator.VALIDATORS,
    "additionalProperties": _additional_properties,
    "format": _format,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "required": _required,
    "uniqueItems": _unique_items,
}
Judge: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {keyword: _counted(check) for keyword, check in CHECKS.items()}
)
