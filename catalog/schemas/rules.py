"""What a schema that people write must keep to, so that judging with it is safe and means one thing everywhere; pure.

Nothing leads out of it, nothing leads round in circles, its patterns are searched in linear time, and its size is
bounded. The rest is draft 2020-12.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from catalog.schemas.patterns import PatternError, compile_pattern
from catalog.schemas.problems import Problem, pointer_to
from catalog.schemas.walking import IN_PLACE, Path, children_of, count_nodes, place_of, resolve, walk

MAX_DEPTH = 20
MAX_NODES = 5_000
MAX_KEPT = 50_000
MAX_SHOWN = 80
# Of all patterns of a schema together, in states of their machines; and how many wrong ones are told of.
MAX_PATTERN_SIZE = 150_000
MAX_WRONG_PATTERNS = 10
DRAFT = "https://json-schema.org/draft/2020-12/schema"
NO_FORMATS = Draft202012Validator.FORMAT_CHECKER.__class__(formats=())


def schema_problems(schema: Any) -> list[Problem]:
    """Everything that is wrong with a schema, with paths in it; empty if it may be judged with. Never raises."""
    if not isinstance(schema, (Mapping, bool)):
        return [Problem("", "type", "A schema is an object, or true or false.")]
    nodes, levels = count_nodes(schema, most=MAX_NODES, deepest=MAX_DEPTH)
    if levels > MAX_DEPTH:
        return [Problem("", "depth", f"It is nested more than {MAX_DEPTH} levels deep.")]
    if nodes > MAX_NODES:
        return [Problem("", "size", f"It has more than {MAX_NODES:,} values; make it smaller.")]
    text = json.dumps(schema)
    find = _find_problems if len(text) <= MAX_KEPT else _find_problems.__wrapped__
    return list(find(text))


# Checking costs milliseconds, and most saves and publishes ask about a schema that was asked about before.
@lru_cache(maxsize=512)
def _find_problems(text: str) -> tuple[Problem, ...]:
    schema = json.loads(text)
    places = {tuple(str(part) for part in path): node for path, node in walk(schema)}
    problems = [problem for path, node in walk(schema) for problem in _node_problems(path, node, places)]
    problems += _mixture_problems(places)
    problems += _pattern_problems(places)
    problems += _draft_problems(schema)
    if not problems:
        problems += _circle_problems(schema)
    return tuple(dict.fromkeys(problems))


def _node_problems(path: Path, node: Any, places: Mapping[tuple[str, ...], Any]) -> Iterator[Problem]:
    if not isinstance(node, Mapping):
        return
    for keyword in ("$id", "$schema") if path else ():
        if keyword in node:
            message = f"Only the whole schema may have {keyword}: inside, it would change what the schema means."
            yield Problem(pointer_to((*path, keyword)), keyword, message)
    if not path and node.get("$schema", DRAFT) not in (DRAFT, f"{DRAFT}#"):
        yield Problem(pointer_to((*path, "$schema")), "$schema", f"Schemas are of draft 2020-12: {DRAFT}.")
    yield from _reference_problems(path, node, places)


def _reference_problems(path: Path, node: Any, places: Mapping[tuple[str, ...], Any]) -> Iterator[Problem]:
    if "$dynamicRef" in node:
        message = "A reference must stay inside the schema, and lead to one place: use $ref."
        yield Problem(pointer_to((*path, "$dynamicRef")), "$ref", message)
    if "$ref" not in node:
        return
    where, reference = pointer_to((*path, "$ref")), node["$ref"]
    if not isinstance(reference, str) or not reference.startswith("#"):
        yield Problem(where, "$ref", "A reference must stay inside the schema: start it with #.")
        return
    try:
        is_known = tuple(str(part) for part in place_of(reference)) in places
    except ValueError:
        yield Problem(where, "$ref", "Write the reference as a path in the schema, such as #/$defs/name.")
        return
    if not is_known:
        yield Problem(where, "$ref", f"There is no schema at {_shorten(reference)}.")


def _pattern_problems(places: Mapping[tuple[str, ...], Any]) -> Iterator[Problem]:
    """Patterns that cannot be searched in linear time; compiling them ends early, too."""
    size = wrong = 0
    for where, pattern in (found for path, node in places.items() for found in _patterns(path, node)):
        try:
            size += compile_pattern(pattern).size
        except PatternError as error:
            wrong += 1
            yield Problem(pointer_to(where), "pattern", f"This pattern cannot be used: {error}.")
        if size > MAX_PATTERN_SIZE:
            yield Problem("", "size", "Its patterns are too large together; use fewer repetitions.")
        if size > MAX_PATTERN_SIZE or wrong >= MAX_WRONG_PATTERNS:
            return


def _patterns(path: Path, node: Any) -> Iterator[tuple[Path, str]]:
    if not isinstance(node, Mapping):
        return
    if isinstance(node.get("pattern"), str):
        yield (*path, "pattern"), node["pattern"]
    named = node.get("patternProperties")
    for pattern in named if isinstance(named, Mapping) else ():
        yield (*path, "patternProperties", pattern), pattern


def _mixture_problems(places: Mapping[tuple[str, ...], Any]) -> Iterator[Problem]:
    """What the library judges with Python's own patterns, which may take for ever."""
    nodes = [node for node in places.values() if isinstance(node, Mapping)]
    if all(any(name in node for node in nodes) for name in ("patternProperties", "unevaluatedProperties")):
        yield Problem("", "unevaluatedProperties", "Use it without patternProperties, or use additionalProperties.")


def _draft_problems(schema: Any) -> Iterator[Problem]:
    try:
        Draft202012Validator.check_schema(schema, format_checker=NO_FORMATS)
    except SchemaError as error:
        where = pointer_to(tuple(error.absolute_path))
        yield Problem(where, "schema", f"This is no JSON Schema 2020-12: {_shorten(error.message)}")


def _circle_problems(root: Any) -> Iterator[Problem]:
    """References that come back to where they began without going into a member: judging would never end."""
    ended: set[int] = set()
    for path, node in walk(root):
        if isinstance(node, Mapping) and "$ref" in node and _is_circle(root, node, ended):
            yield Problem(pointer_to((*path, "$ref")), "$ref", "The reference leads back to itself.")


def _is_circle(root: Any, start: Any, ended: set[int]) -> bool:
    """Depth first, with a stack of our own; `ended` are the schemas that are known to lead to no circle."""
    stack = [(start, _in_place(root, start))]
    under_way = {id(start)}
    while stack:
        node, following = stack[-1]
        child = next(following, None)
        if child is None:
            under_way.discard(id(node))
            ended.add(id(node))
            stack.pop()
        elif id(child) in under_way:
            return True
        elif isinstance(child, Mapping) and id(child) not in ended:
            under_way.add(id(child))
            stack.append((child, _in_place(root, child)))
    return False


def _in_place(root: Any, node: Any) -> Iterator[Any]:
    if "$ref" in node:
        yield resolve(root, node["$ref"])
    for _, child in children_of(node, IN_PLACE):
        yield child


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_SHOWN * 2 else f"{text[:MAX_SHOWN]} ... {text[-MAX_SHOWN:]}"
