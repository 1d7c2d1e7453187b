"""What differs between two schemas, place by place, whether it breaks anything or not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.schemas.judging import freeze
from catalog.schemas.walking import MANY, NAMED, ONE, Path

MAX_LISTED = 500
# What people read and programs do not judge by.
WORDS = frozenset({
    "$comment", "$id", "$schema", "default", "deprecated", "description", "examples", "readOnly", "title", "writeOnly",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """`kind` is a stable word: `property_added`, `maxLength_changed`, `wording_changed`."""

    path: Path
    kind: str
    text: str


def list_differences(old: Any, new: Any, path: Path = ()) -> Iterator[Difference]:
    """Every keyword that was added, removed or changed, with its place in the newer schema (in the older, if gone)."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        if freeze(old) != freeze(new):
            yield Difference(path, "schema_changed", "The schema was replaced by another one.")
        return
    for keyword in [*old, *(word for word in new if word not in old)]:
        if keyword in NAMED and isinstance(old.get(keyword, {}), Mapping) and isinstance(new.get(keyword, {}), Mapping):
            yield from _named(old.get(keyword, {}), new.get(keyword, {}), (*path, keyword))
        elif keyword in old and keyword in new:
            yield from _changed(keyword, old[keyword], new[keyword], (*path, keyword))
        else:
            yield _plain(keyword, "removed" if keyword in old else "added", (*path, keyword))


def _named(old: Mapping[str, Any], new: Mapping[str, Any], path: Path) -> Iterator[Difference]:
    noun = {"properties": "property", "$defs": "definition", "definitions": "definition"}.get(str(path[-1]), "rule")
    for name in [*old, *(name for name in new if name not in old)]:
        if name in old and name in new:
            yield from list_differences(old[name], new[name], (*path, name))
            continue
        verb = "removed" if name in old else "added"
        yield Difference((*path, name), f"{noun}_{verb}", f"The {noun} {name!r} was {verb}.")


def _changed(keyword: str, old: Any, new: Any, path: Path) -> Iterator[Difference]:
    if freeze(old) == freeze(new):
        return
    if keyword in ONE:
        yield from list_differences(old, new, path)
    elif keyword in MANY and isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for at, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from list_differences(one, other, (*path, at))
    else:
        yield _plain(keyword, "changed", path)


def _plain(keyword: str, verb: str, path: Path) -> Difference:
    if keyword in WORDS or keyword.startswith("x-"):
        return Difference(path, f"wording_{verb}", f"{keyword} was {verb}; it decides about no instance.")
    return Difference(path, f"{keyword}_{verb}", f"{keyword} was {verb}.")
