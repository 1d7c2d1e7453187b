"""How many of what is found have which value: counted in the database, one query for all tags, one for each column."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Count, QuerySet

from catalog.models import LiveProvider, ProviderTag, Tag
from catalog.search.index import FacetValue
from catalog.search.query import COLUMN_FACETS, MAX_FACET_VALUES, TAG_KINDS

Facets = dict[str, list[FacetValue]]


def count_facets(rows: "QuerySet[LiveProvider]", facets: Sequence[str], *, is_all: bool) -> Facets:
    """`rows` are what is found, `is_all` if that is every provider: then counting needs to look at none."""
    found = {facet: _count_column(rows, facet) for facet in facets if facet in COLUMN_FACETS}
    if any(facet in TAG_KINDS for facet in facets):
        tags = _count_tags(rows, is_all=is_all)
        found |= {facet: tags[kind] for facet, kind in TAG_KINDS.items() if facet in facets}
    return {facet: found[facet] for facet in facets}


def _count_column(rows: "QuerySet[LiveProvider]", column: str) -> list[FacetValue]:
    counts = rows.order_by().values_list(column).annotate(count=Count("pk"))
    return most_frequent(FacetValue(value, count) for value, count in counts if value)


def _count_tags(rows: "QuerySet[LiveProvider]", *, is_all: bool) -> dict[str, list[FacetValue]]:
    tagged = ProviderTag.objects.all() if is_all else ProviderTag.objects.filter(provider__in=rows.order_by())
    counts = dict(tagged.order_by().values_list("tag").annotate(count=Count("pk")))
    values: dict[str, list[FacetValue]] = defaultdict(list)
    for tag_id, kind, name in Tag.objects.values_list("pk", "kind", "name"):
        if tag_id in counts:
            values[kind].append(FacetValue(name, counts[tag_id]))
    return defaultdict(list, {kind: most_frequent(found) for kind, found in values.items()})


def most_frequent(values: Iterable[FacetValue]) -> list[FacetValue]:
    return sorted(values, key=lambda value: (-value.count, value.value))[:MAX_FACET_VALUES]
