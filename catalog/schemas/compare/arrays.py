"""Arrays: what the reader's keywords refuse of the arrays that the writer's schemas accept."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from catalog.schemas.compare.places import Break, Place
from catalog.schemas.compare.sides import Node, Together

if TYPE_CHECKING:
    from catalog.schemas.compare.subset import Subset


def array_breaks(subset: "Subset", these: Together, schema: Node, place: Place) -> Iterator[Break]:
    if "array" not in subset.facts.kinds(these):
        return
    longest = subset.facts.longest(these)
    least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
    if least > subset.facts.least(these, "minItems"):
        yield _limit(place, "minItems", f"less than {least} items may be given", int(least) - 1)
    if most < longest:
        yield _limit(place, "maxItems", f"more than {most} items may be given", int(most) + 1)
    if schema.get("uniqueItems") and not any(these.having("uniqueItems")) and longest > 1:
        yield _limit(place, "uniqueItems", "the same item may be given twice", 2)
    yield from _item_breaks(subset, these, schema, place)
    if "contains" in schema and not _has_contained(subset, these, schema):
        text = "items that must be there may be missing, or too many"
        yield Break((*place.path, "contains"), "contents_narrowed", text, place.where, ([],))


def _item_breaks(subset: "Subset", these: Together, schema: Node, place: Place) -> Iterator[Break]:
    """Items one by one as long as they differ, then one for all the others."""
    longest = subset.facts.longest(these)
    prefix: list[Any] = schema.get("prefixItems", [])
    rest = max(subset.facts.prefix_length(these), len(prefix))
    for index in range(rest + 1):
        if index >= longest:
            return
        said = prefix[index] if index < len(prefix) else schema.get("items", True)
        path: tuple[str | int, ...] = ("prefixItems", index) if index < len(prefix) else ("items",)
        yield from subset.breaks(subset.facts.at_item(these, index), said, place.into(index, *path))


def _has_contained(subset: "Subset", these: Together, schema: Node) -> bool:
    wanted, most = schema.get("minContains", 1), schema.get("maxContains", math.inf)
    if wanted == 0 and most == math.inf:
        return True
    for node in these.nodes:
        if "contains" not in node or node.get("minContains", 1) < wanted:
            continue
        if most == math.inf and subset.accepts_all(_one(subset, node["contains"]), schema["contains"]):
            return True
        if node.get("maxContains", math.inf) <= most and subset.same.holds(node["contains"], schema["contains"]):
            return True
    return False


def _one(subset: "Subset", schema: Any) -> Together:
    return subset.writer.together([schema])


def _limit(place: Place, keyword: str, text: str, size: int) -> Break:
    return Break((*place.path, keyword), "limit_narrowed", text, place.where, size=size)
