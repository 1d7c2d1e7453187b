"""Objects: what the reader's keywords refuse of the objects that the writer's schemas accept."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from catalog.schemas.compare.facts import is_whole_schema
from catalog.schemas.compare.places import Break, Place
from catalog.schemas.compare.sides import Node, Together
from catalog.schemas.judging import fits
from catalog.schemas.pattern_samples import sample_texts

if TYPE_CHECKING:
    from catalog.schemas.compare.subset import Subset

OTHER_NAMES = ("extra", "other", "x", "Extra_1", "another-member", "ANOTHER", "0", "~")


def object_breaks(subset: "Subset", these: Together, schema: Node, place: Place) -> Iterator[Break]:
    if "object" not in subset.facts.kinds(these):
        return
    yield from _count_breaks(subset, these, schema, place)
    yield from _dependency_breaks(subset, these, schema, place)
    yield from _name_breaks(subset, these, schema, place)
    yield from _named_breaks(subset, these, schema, place)
    yield from _fitting_breaks(subset, these, schema, place)
    yield from _additional_breaks(subset, these, schema, place)


def _count_breaks(subset: "Subset", these: Together, schema: Node, place: Place) -> Iterator[Break]:
    required = subset.facts.required(these)
    for name in schema.get("required", ()):
        if name not in required:
            yield Break((*place.path, "required"), "required_added", f"{name!r} may be missing", place.where)
    least, most = schema.get("minProperties", 0), schema.get("maxProperties", math.inf)
    if least > max(subset.facts.least(these, "minProperties"), len(required)):
        text = f"less than {least} members may be given"
        yield Break((*place.path, "minProperties"), "limit_narrowed", text, place.where, size=int(least) - 1)
    if most < subset.facts.widest(these):
        text = f"more than {most} members may be given"
        yield Break((*place.path, "maxProperties"), "limit_narrowed", text, place.where, size=int(most) + 1)


def _dependency_breaks(subset: "Subset", these: Together, schema: Node, place: Place) -> Iterator[Break]:
    required = subset.facts.required(these)
    for name, others in schema.get("dependentRequired", {}).items():
        known = required.union(*(given.get(name, ()) for given in these.having("dependentRequired")))
        missing = [other for other in others if other not in known]
        if missing and not subset.facts.is_impossible(subset.facts.at_name(these, name)):
            text = f"{name!r} may be given without {missing[0]!r}"
            path = (*place.path, "dependentRequired", name)
            yield Break(path, "required_added", text, place.where, hints=({name: None}, {name: "text"}))
    for name, then in schema.get("dependentSchemas", {}).items():
        same = any(name in given and subset.same.holds(given[name], then) for given in these.having("dependentSchemas"))
        if same or subset.facts.is_impossible(subset.facts.at_name(these, name)):
            continue
        if not subset.accepts_all(these, then):
            text = f"where {name!r} is given, something else is asked for"
            yield Break((*place.path, "dependentSchemas", name), "condition_changed", text, place.where)


def _name_breaks(subset: "Subset", these: Together, schema: Node, place: Place) -> Iterator[Break]:
    rule = schema.get("propertyNames", True)
    if is_whole_schema(rule):
        return
    if any(subset.accepts_all(subset.writer.together([own]), rule) for own in these.having("propertyNames")):
        return
    names = list(subset.facts.names(these))
    is_closed = subset.facts.at_other(these).is_nothing and not subset.facts.patterns(these)
    if not is_closed or not all(_may_stand(subset, these, rule, name) for name in names):
        text = "members of other names may be given"
        yield Break((*place.path, "propertyNames"), "names_narrowed", text, place.where)


def _may_stand(subset: "Subset", these: Together, rule: object, name: str) -> bool:
    return subset.reader.accepts(name, rule) or subset.facts.is_impossible(subset.facts.at_name(these, name))


def _named_breaks(subset: "Subset", these: Together, schema: Node, place: Place) -> Iterator[Break]:
    """`properties`. A member that the writer never speaks of may be there by chance, which lenient readers forgive."""
    for name, said in schema.get("properties", {}).items():
        found = subset.breaks(subset.facts.at_name(these, name), said, place.into(name, "properties", name))
        if found and not _is_known(subset, these, name):
            found = subset.forgive(found)
        yield from found


def _is_known(subset: "Subset", these: Together, name: str) -> bool:
    if these.is_blurred or subset.facts.at_name(these, name).nodes:
        return True
    return subset.writer.mentions(these.nodes, name, fits=fits)


def _fitting_breaks(subset: "Subset", these: Together, schema: Node, place: Place) -> Iterator[Break]:
    """`patternProperties`: of members that are named, and of all others that fit."""
    names = list(subset.facts.names(these) | dict.fromkeys(schema.get("properties", {})))
    for pattern, said in schema.get("patternProperties", {}).items():
        path = ("patternProperties", pattern)
        for name in names:
            if fits(pattern, name):
                yield from subset.breaks(subset.facts.at_name(these, name), said, place.into(name, *path))
        other = _fitting_name(pattern, names)
        yield from subset.breaks(subset.facts.at_pattern(these, pattern), said, place.into(other, *path))


def _fitting_name(pattern: str, names: list[str]) -> str:
    from_pattern = sample_texts(pattern)
    return next((name for name in from_pattern if name not in names), "extra")


def _additional_breaks(subset: "Subset", these: Together, schema: Node, place: Place) -> Iterator[Break]:
    """`additionalProperties`: of what the writer names, of what fits its patterns, and of anything else."""
    said = schema.get("additionalProperties", True)
    if is_whole_schema(said):
        return
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    own_names, own_patterns = subset.facts.names(these), subset.facts.patterns(these)
    for name in own_names:
        if name in named or any(fits(pattern, name) for pattern in patterns):
            continue
        found = subset.breaks(subset.facts.at_name(these, name), said, place.into(name, "additionalProperties"))
        yield from _told(
            found, said, Break((*place.path, "properties", name), "property_removed", f"{name!r} may be given")
        )
    for pattern in own_patterns:
        if pattern not in patterns:
            where = place.into(_fitting_name(pattern, list(named)), "additionalProperties")
            yield from subset.breaks(subset.facts.at_pattern(these, pattern), said, where)
    other = _other_name([*named, *own_names], [*patterns, *own_patterns])
    found = subset.breaks(subset.facts.at_other(these), said, place.into(other, "additionalProperties"))
    closed = Break((*place.path, "additionalProperties"), "closed", "members of any other name may be given")
    yield from _told(found, said, closed)


def _told(found: list[Break], said: object, better: Break) -> list[Break]:
    """The same breaks, in better words where no member may be."""
    return [replace(better, where=each.where) for each in found] if said is False else found


def _other_name(names: list[str], patterns: list[str]) -> str:
    free = (name for name in OTHER_NAMES if name not in names and not any(fits(each, name) for each in patterns))
    return next(free, OTHER_NAMES[0])
