"""The providers of a stack as its form sends them: read without the rows' ids, written for the rows that are there.

Ids of rows are of no use once somebody else has saved: their save may have made all rows anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.http import QueryDict

from catalog.admin.pages import whole_number
from catalog.models import Provider, Stack

PREFIX = "stack_providers"
MAX_ROWS = 2000
PROVIDERS = "providers"


@dataclass(frozen=True, slots=True)
class Row:
    """One provider that a form names: what was sent, its key or nothing if there is no such provider."""

    sent: str
    key: str


class StackProviderFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Rows that come back stand in the order in which they were sent."""

    def get_queryset(self) -> "QuerySet[Any, Any]":
        rows: Any = super().get_queryset()
        if not self.is_bound:
            return rows  # type: ignore[no-any-return]
        sent = [self.data.get(f"{self.prefix}-{at}-id", "") for at in range(min(self.initial_form_count(), MAX_ROWS))]
        places = {pk: at for at, pk in enumerate(sent)}
        return sorted(rows, key=lambda row: places.get(str(row.pk), MAX_ROWS))  # type: ignore[return-value]


def sent_rows(sent: QueryDict) -> list[Row] | None:
    """The providers in their order, without those to be taken out; None if the form has no such part. One query."""
    total = whole_number(sent.get(f"{PREFIX}-TOTAL_FORMS", ""))
    if total is None:
        return None
    rows = []
    for at in range(min(total, MAX_ROWS)):
        provider = sent.get(f"{PREFIX}-{at}-provider", "").strip()
        if provider and not sent.get(f"{PREFIX}-{at}-DELETE"):
            rows.append((whole_number(sent.get(f"{PREFIX}-{at}-position", "")) or 0, at, provider))
    ids = {provider: whole_number(provider) for _, _, provider in rows}
    keys = dict(Provider.objects.filter(pk__in=[pk for pk in ids.values() if pk]).values_list("pk", "key"))
    return [Row(provider, keys.get(ids[provider] or 0, "")) for _, _, provider in sorted(rows)]


def rows_of(stack: Stack) -> list[Row]:
    """The providers that the stack has now."""
    found = stack.stack_providers.values_list("provider_id", "provider__key")
    return [Row(str(pk), key) for pk, key in found]


def write_rows(sent: QueryDict, stack: Stack, rows: Sequence[Row]) -> None:
    """Make `sent` a form that brings the stack as it is now to `rows`, in their order."""
    for name in [name for name in sent if name.startswith(f"{PREFIX}-") and not name.startswith(f"{PREFIX}-__")]:
        del sent[name]
    ids = dict(stack.stack_providers.values_list("provider_id", "pk"))
    known = {str(provider): pk for provider, pk in ids.items()}
    places = {row.sent: at for at, row in reversed(list(enumerate(rows)))}
    kept = [
        _line(stack, row.sent, at, row_id=known[row.sent])
        for at, row in enumerate(rows)
        if row.sent in known and places[row.sent] == at
    ]
    gone = [
        {**_line(stack, provider, len(rows), row_id=pk), "DELETE": "on"}
        for provider, pk in known.items()
        if provider not in places
    ]
    new = [
        _line(stack, row.sent, at, row_id=None)
        for at, row in enumerate(rows)
        if row.sent not in known or places[row.sent] != at
    ]
    lines = [*kept, *gone, *new]
    counts = {
        "TOTAL_FORMS": len(lines),
        "INITIAL_FORMS": len(kept) + len(gone),
        "MIN_NUM_FORMS": 0,
        "MAX_NUM_FORMS": 1000,
    }
    for name, count in counts.items():
        sent[f"{PREFIX}-{name}"] = str(count)
    for at, line in enumerate(lines):
        for name, value in line.items():
            sent[f"{PREFIX}-{at}-{name}"] = value


def _line(stack: Stack, provider: str, position: int, *, row_id: int | None) -> Mapping[str, str]:
    return {
        "id": "" if row_id is None else str(row_id),
        "stack": str(stack.pk),
        "provider": provider,
        "position": str(position),
    }
