"""Reads the audit fast, however long it is: bounded counts, and filters that stay on the index that fits.

A database without statistics answers `verb = 'edited' ORDER BY at` by sorting every edit there ever was. So a filter
first looks whether few records match (their keys are then the filter), and else reads the newest in order until a page
is full, with the column hidden from the index.
"""

from functools import cached_property
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Manager, Model, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from catalog.admin.people.targets import find_targets
from catalog.models import AuditRecord

FEW = 1000
MAX_COUNTED = 10_000
Records = QuerySet[Any]


def all_records(model: type[Model]) -> Records:
    """Every record, with `plain_verb`, `plain_by` and `plain_object_name` for filters that no index may serve."""
    manager: Manager[Any] = model._base_manager
    records: Records = manager.select_related("by").alias(
        plain_verb=Coalesce("verb", Value("")),
        plain_by=Coalesce("by_id", Value(0)),
        plain_object_name=Coalesce("object_name", Value("")),
    )
    return records


def narrow(records: Records, condition: Q, *, common: Q) -> Records:
    """The records that fit `condition`; `common` says the same of the plain columns. One query more."""
    few = list(AuditRecord._base_manager.filter(condition).order_by().values_list("pk", flat=True)[: FEW + 1])
    return records.filter(Q(pk__in=few) if len(few) <= FEW else common)


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than the newest 10,000: who looks for older records narrows the time."""

    @cached_property
    def count(self) -> int:
        records: Any = self.object_list
        counted: int = records.order_by().values("pk")[:MAX_COUNTED].count()
        return counted


class RecordList(ChangeList):
    """The page's records, each with its `target`."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        records: list[Any] = list(self.result_list)
        targets = find_targets(request, [(record.verb, record.object_name) for record in records])
        for record in records:
            record.target = targets[record.verb, record.object_name]
        self.result_list = records
        # The theme offers "Show all" where these differ, which is to be where something was left out.
        if not self.query and not self.get_filters_params():
            self.full_result_count = self.result_count
