"""Types, constants, numbers and texts: what the reader's keywords refuse of what the writer's schemas accept."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from catalog.schemas.compare.facts import NUMBERS, Bound, kinds_of_type
from catalog.schemas.compare.places import Break, Place
from catalog.schemas.compare.sides import Node, Together
from catalog.schemas.formats import KNOWN_FORMATS
from catalog.schemas.pattern_samples import sample_texts

if TYPE_CHECKING:
    from catalog.schemas.compare.subset import Subset

OF_KIND: dict[str, tuple[Any, ...]] = {
    "null": (None,),
    "boolean": (True, False),
    "integer": (0, 1, -1),
    "fraction": (0.5, 1.5),
    "string": ("", "text"),
    "array": ([],),
    "object": ({},),
}
# From here on floating-point numbers are not exact.
EXACT = 2**53


def scalar_breaks(subset: "Subset", these: Together, schema: Node, place: Place) -> Iterator[Break]:
    kinds = subset.facts.kinds(these)
    yield from _type_breaks(schema, kinds, place)
    for keyword in ("enum", "const"):
        if keyword in schema:
            yield Break((*place.path, keyword), f"{keyword}_added", "only listed values may be given", place.where)
    if kinds & NUMBERS:
        yield from _number_breaks(subset, these, schema, place)
    if "string" in kinds:
        yield from _text_breaks(subset, these, schema, place)


def _type_breaks(schema: Node, kinds: frozenset[str], place: Place) -> Iterator[Break]:
    extra = sorted(kinds - kinds_of_type(schema["type"])) if "type" in schema else []
    if extra:
        names = " or ".join("number" if kind == "fraction" else kind for kind in extra)
        hints = tuple(value for kind in extra for value in OF_KIND[kind])
        yield Break((*place.path, "type"), "type_narrowed", f"the type {names} may be given", place.where, hints)


def _number_breaks(subset: "Subset", these: Together, schema: Node, place: Place) -> Iterator[Break]:
    is_whole = "fraction" not in subset.facts.kinds(these)
    lower, upper = subset.facts.lower(these), subset.facts.upper(these)
    for keyword, text in (("minimum", "less than"), ("exclusiveMinimum", "no more than")):
        if keyword in schema and not _is_above(lower, schema[keyword], keyword, is_whole=is_whole):
            hints = (_below(schema[keyword]), schema[keyword], schema[keyword] - 0.5)
            yield _limit(place, keyword, f"numbers {text} {schema[keyword]} may be given", hints)
    for keyword, text in (("maximum", "more than"), ("exclusiveMaximum", "no less than")):
        if keyword in schema and not _is_below(upper, schema[keyword], keyword, is_whole=is_whole):
            hints = (-_below(-schema[keyword]), schema[keyword], schema[keyword] + 0.5)
            yield _limit(place, keyword, f"numbers {text} {schema[keyword]} may be given", hints)
    step = schema.get("multipleOf")
    if step is not None and not _is_multiple(these.having("multipleOf"), step, is_whole=is_whole):
        hints = tuple(number for each in (*these.having("multipleOf"), 1, 0.5) for number in (each, 2 * each, 3 * each))
        yield _limit(place, "multipleOf", f"numbers that are no multiple of {step} may be given", hints)


def _is_above(lower: Bound | None, limit: float, keyword: str, *, is_whole: bool) -> bool:
    if lower is None:
        return False
    least, is_excluded = lower
    if is_whole:
        least, is_excluded = (math.floor(least) + 1 if is_excluded else math.ceil(least)), False
    return least > limit or (least == limit and (is_excluded or keyword == "minimum"))


def _is_below(upper: Bound | None, limit: float, keyword: str, *, is_whole: bool) -> bool:
    turned = None if upper is None else (-upper[0], upper[1])
    return _is_above(turned, -limit, "minimum" if keyword == "maximum" else "exclusiveMinimum", is_whole=is_whole)


def _below(number: float) -> float:
    return math.ceil(number) - 1


def _is_multiple(steps: list[Any], step: float, *, is_whole: bool) -> bool:
    if step in steps or (step == 1 and is_whole):
        return True
    whole = [each for each in steps if isinstance(each, int) and each < EXACT]
    return isinstance(step, int) and any(each % step == 0 for each in whole)


def _text_breaks(subset: "Subset", these: Together, schema: Node, place: Place) -> Iterator[Break]:
    least, most = schema.get("minLength", 0), schema.get("maxLength", math.inf)
    if least > subset.facts.least(these, "minLength"):
        hints = tuple("x" * int(length) for length in (max(least - 1, 0), 0) if length < 5_000)
        yield _limit(place, "minLength", f"texts of less than {least} characters may be given", hints)
    if most < subset.facts.most(these, "maxLength"):
        hints = ("x" * (int(most) + 1),) if most < 5_000 else ()
        yield _limit(place, "maxLength", f"texts of more than {most} characters may be given", hints)
    pattern = schema.get("pattern")
    if pattern is not None and pattern not in these.having("pattern"):
        hints = tuple(text for each in these.having("pattern") for text in sample_texts(each))
        text = "texts may be given that do not fit the pattern, which is another one"
        yield Break((*place.path, "pattern"), "pattern_changed", text, place.where, (*hints, "", "text", "A b!"))
    name = schema.get("format")
    if name in KNOWN_FORMATS and name not in these.having("format"):
        text = f"texts may be given that are no {name}"
        yield Break((*place.path, "format"), "format_changed", text, place.where, ("", "text", "%", "A b!"))


def _limit(place: Place, keyword: str, text: str, hints: tuple[Any, ...]) -> Break:
    return Break((*place.path, keyword), "limit_narrowed", text, place.where, hints)
