"""Which rows a search finds, asked so that both databases begin with what leaves least."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from catalog.models import LiveProvider, ProviderTag, Tag
from catalog.search.query import Filters, TagName
from catalog.search.terms import Term
from catalog.search.text import WORDS, rows_with

# With fewer, its rows are fetched one by one; with more, rows are looked through until a page is full.
RARE = 1000


@dataclass(frozen=True, slots=True)
class TagUse:
    """A tag that was asked for, and how many providers have it."""

    tag_id: int
    count: int


@dataclass(frozen=True, slots=True)
class Match:
    """A search made ready: its tags from the rarest to the commonest, its text as terms."""

    filters: Filters
    tags: tuple[TagUse, ...]
    terms: tuple[Term, ...] = ()

    def rows(self) -> "QuerySet[LiveProvider]":
        """All that is found, in no order."""
        rows = LiveProvider.objects.filter(**_columns(self.filters))
        if self.terms:
            rows = rows.filter(pk__in=rows_with(WORDS, self.terms))
        for use in self.tags:
            has_it = Q(tags=use.tag_id)
            if use is not self.tags[0] or use.count > RARE:
                has_it = Q(Exists(ProviderTag.objects.filter(tag=use.tag_id, provider=OuterRef("pk"))))
            rows = rows.filter(has_it)
        return rows

    def count(self) -> int:
        if self.tags and not self.terms and not _columns(self.filters):
            return self._count_tagged()
        return self.rows().count()

    def _count_tagged(self) -> int:
        """Out of the index of tags alone."""
        rarest, *others = self.tags
        tagged = ProviderTag.objects.filter(tag=rarest.tag_id)
        for use in others:
            tagged = tagged.filter(Exists(ProviderTag.objects.filter(tag=use.tag_id, provider=OuterRef("provider"))))
        return tagged.count() if others else rarest.count


def find_tags(tags: Sequence[TagName]) -> tuple[TagUse, ...] | None:
    """The uses of these tags, the rarest first; None if there is one that no provider has. One query, none for none."""
    if not tags:
        return ()
    is_wanted = reduce(or_, (Q(kind=kind, name=name) for kind, name in tags))
    providers = ProviderTag.objects.filter(tag=OuterRef("pk")).order_by().values("tag").annotate(count=Count("*"))
    found = Tag.objects.filter(is_wanted).annotate(count=Subquery(providers.values("count")))
    uses = [TagUse(tag_id, count) for tag_id, count in found.values_list("pk", "count")]
    return tuple(sorted(uses, key=lambda use: (use.count, use.tag_id))) if len(uses) == len(tags) else None


def _columns(filters: Filters) -> dict[str, str | int]:
    """Conditions on columns, those that were given."""
    given = {
        "provider_type": filters.provider_type,
        "complexity": filters.complexity,
        "lifecycle": filters.lifecycle,
    }
    costs: dict[str, str | int] = {} if filters.max_cost is None else {"monthly_cost_min__lte": filters.max_cost}
    return {name: value for name, value in given.items() if value} | costs
