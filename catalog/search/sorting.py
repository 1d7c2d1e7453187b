"""The orders of results in the database, and what comes after a position in them. The key breaks every tie."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, CharField, F, IntegerField, Q, QuerySet, Value, When

from catalog.models import LiveProvider
from catalog.search.query import KEY, MONTHLY_COST, NAME, RELEVANCE, UPDATED, Filters, Position
from catalog.search.terms import Term
from catalog.search.text import NAMES, rows_with
from catalog.search.words import split_words

COLUMNS = {NAME: "name", MONTHLY_COST: "monthly_cost_min", UPDATED: "serial"}


def sort_rows(
    rows: "QuerySet[LiveProvider]", *, order: str, is_descending: bool, filters: Filters, terms: Sequence[Term]
) -> Any:
    """Sorted, each with its `value`. A descending order is the whole order reversed; only no cost stays last."""
    if order == KEY or (order == RELEVANCE and not terms):
        unvalued = rows.annotate(value=Value(None, output_field=CharField(null=True)))
        return unvalued.order_by("-key" if is_descending else "key")
    valued = rows.annotate(value=_relevance(filters, terms) if order == RELEVANCE else F(COLUMNS[order]))
    # Said only where it is needed: an index is used for the others then.
    nulls_last = True if order == MONTHLY_COST else None
    value = F("value").desc(nulls_last=nulls_last) if is_descending else F("value").asc(nulls_last=nulls_last)
    return valued.order_by(value, "-key" if is_descending else "key")


def after(position: Position, *, is_descending: bool) -> Q:
    """What comes after it, among the rows of `sort_rows`."""
    beyond = "lt" if is_descending else "gt"
    tied = Q(**{f"key__{beyond}": position.key})
    if position.value is None:
        # Those without a value come last, or none has one.
        return Q(value=None) & tied
    further = Q(**{f"value__{beyond}": position.value})
    return further | Q(value=position.value) & tied | Q(value=None)


def _relevance(filters: Filters, terms: Sequence[Term]) -> Case:
    """0: it is called so. 1 and 2: its names have all words, 3: one of them. 4: they stand elsewhere."""
    slug = "-".join(split_words(filters.text))
    called_so = Q(name=filters.text.strip().lower()) | Q(key__endswith=f"/{slug}")
    return Case(
        When(called_so, then=Value(0)),
        When(pk__in=rows_with(NAMES, terms, whole=True), then=Value(1)),
        When(pk__in=rows_with(NAMES, terms), then=Value(2)),
        When(pk__in=rows_with(NAMES, terms, any_term=True), then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )
