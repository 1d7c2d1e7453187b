"""Filters of the activity feed and the audit log. What makes no sense in an address is left out, with a message."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter
from unfold.utils import parse_date_str

from catalog.admin.people.records import Records, narrow
from catalog.models import Activity
from catalog.models.audit import CATALOGUE_VERBS, Verb

MAX_PEOPLE = 500
NOBODY = "0"
KINDS = (
    ("providers/", "Providers"),
    ("builders/", "Builders"),
    ("stacks/", "Stacks"),
    ("Snapshot", "Snapshots"),
)
LAST_CHARACTER = "\U0010ffff"


class PersonFilter(DropdownFilter):  # type: ignore[misc]
    title = "person"
    parameter_name = "person"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        people = User.objects.filter(is_staff=True).order_by("username").values_list("pk", "username")[:MAX_PEOPLE]
        return [*((str(pk), name) for pk, name in people), (NOBODY, "Nobody: the system, strangers")]

    def queryset(self, request: HttpRequest, queryset: Records) -> Records:
        value = self.value()
        if not value:
            return queryset
        if value == NOBODY:
            return narrow(queryset, Q(by=None), common=Q(plain_by=0))
        if not value.isdecimal() or len(value) > 9:
            return queryset.none()
        return narrow(queryset, Q(by=int(value)), common=Q(plain_by=int(value)))


class VerbFilter(DropdownFilter):  # type: ignore[misc]
    title = "what happened"
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        shown = CATALOGUE_VERBS if model_admin.model is Activity else tuple(Verb)
        return [(verb.value, str(verb.label)) for verb in shown]

    def queryset(self, request: HttpRequest, queryset: Records) -> Records:
        value = self.value()
        if not value:
            return queryset
        if value not in Verb.values:
            return queryset.none()
        return narrow(queryset, Q(verb=value), common=Q(plain_verb=value))


class KindFilter(DropdownFilter):  # type: ignore[misc]
    """What happened to entries of a kind, or to snapshots; a name typed at the sign-in is neither."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return KINDS

    def queryset(self, request: HttpRequest, queryset: Records) -> Records:
        value = self.value()
        if not value:
            return queryset
        if value not in dict(KINDS):
            return queryset.none()
        names = (value, value + LAST_CHARACTER)
        found = Q(object_name__range=names, verb__in=CATALOGUE_VERBS)
        common = Q(plain_object_name__range=names, plain_verb__in=CATALOGUE_VERBS)
        return narrow(queryset, found, common=common)


class DayFilter(RangeDateFilter):  # type: ignore[misc]
    """From the first moment of one day to the last of another, in UTC."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "day (UTC)"

    def queryset(self, request: HttpRequest, queryset: Records) -> Records:
        start, end = (self._day(request, end) for end in ("from", "to"))
        if start:
            queryset = queryset.filter(at__gte=_midnight(start))
        if end and end < date.max:
            queryset = queryset.filter(at__lt=_midnight(end + timedelta(days=1)))
        return queryset

    def _day(self, request: HttpRequest, end: str) -> date | None:
        text = self.used_parameters.get(f"{self.parameter_name}_{end}")
        if not text:
            return None
        day: date | None = parse_date_str(text)
        if day is None:
            messages.warning(request, f"“{text[:40]}” is no day, so it was left out; write it like 2026-11-24.")
        return day


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
