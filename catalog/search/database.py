"""The search index in the registry's own database, PostgreSQL or SQLite: rows that the publisher keeps."""

from django.db.models import Subquery

from catalog.models import LiveEntry, Snapshot
from catalog.models.snapshots import SnapshotState
from catalog.search.facets import Facets, count_facets
from catalog.search.index import Page
from catalog.search.matching import Match, find_tags
from catalog.search.memory import Memory
from catalog.search.query import Filters, Position, Query
from catalog.search.sorting import after, sort_rows
from catalog.search.terms import Term, read_terms
from catalog.search.vocabulary import Near, read_vocabulary

memory = Memory()


class DatabaseIndex:
    """A few queries a page, however many are found; counts and facets once for each version of what is live."""

    def edition(self) -> None:
        """The rows change in the transaction that makes a snapshot live."""

    def search(self, query: Query, *, version: str) -> Page:
        match = _make_match(query.filters, version=version)
        if match is None:
            return Page(facets={facet: [] for facet in query.facets})
        count = memory.get(version, ("count", query.filters), match.count)
        facets = _facets(query, match, version=version)
        positions = _positions(query, match)
        page = dict(list(positions.items())[: query.limit])
        bodies, read_version = _bodies(list(page))
        more = list(page.values())[-1] if len(positions) > query.limit else None
        return Page(bodies, count, facets, more, read_version)


def _make_match(filters: Filters, *, version: str) -> Match | None:
    """None if it is clear that nothing is found."""
    tags = memory.get(version, ("tags", filters.tags), lambda: find_tags(filters.tags))
    terms = _terms(filters.text, version=version) if filters.text else []
    return None if tags is None or terms is None else Match(filters, tags, tuple(terms))


def _terms(text: str, *, version: str) -> list[Term] | None:
    vocabulary = memory.get(version, "vocabulary", read_vocabulary)

    def near(word: str) -> Near:
        return memory.get(version, ("near", word), lambda: vocabulary.near(word))

    return read_terms(text, vocabulary=vocabulary, near=near)


def _facets(query: Query, match: Match, *, version: str) -> Facets:
    if not query.facets:
        return {}
    is_all = query.filters == Filters()
    return memory.get(
        version,
        ("facets", query.filters, query.facets),
        lambda: count_facets(match.rows(), query.facets, is_all=is_all),
    )


def _positions(query: Query, match: Match) -> dict[int, Position]:
    """Id -> position of the rows of the page, in order, and of one more."""
    rows = sort_rows(
        match.rows(),
        order=query.order,
        is_descending=query.is_descending,
        filters=query.filters,
        terms=match.terms,
    )
    if query.after:
        rows = rows.filter(after(query.after, is_descending=query.is_descending))
    found = rows.values_list("pk", "value", "key")[: query.limit + 1]
    return {pk: Position(value, key) for pk, value, key in found}


def _bodies(ids: list[int]) -> tuple[list[str], str | None]:
    """The documents, in this order, and the version that they are of; both out of one query."""
    live = Subquery(Snapshot.objects.filter(state=SnapshotState.LIVE).values("sha256")[:1])
    found = {
        pk: (body, read) for pk, body, read in LiveEntry.objects.filter(pk__in=ids).values_list("pk", "body", live)
    }
    read_version = next(iter(found.values()))[1] if found else None
    return [found[pk][0] for pk in ids if pk in found], read_version
