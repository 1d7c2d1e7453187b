"""Filters of lists: choices in a form above them, which `admin/catalog/filter_bar.html` shows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from catalog.admin.narrowing import Active

Choices = Iterable[tuple[object, object]]
MAX_OPTIONS = 200
MAX_TEXT = 200
PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class ChoiceFilter:
    """One of `options`; `value` is what was asked for. Anything else narrows nothing."""

    name: str
    title: str
    options: list[tuple[str, str]]
    value: str
    condition: Callable[[str], Q]
    help_text: str = ""
    form: str = "choice"

    @property
    def parameters(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def shown(self) -> str:
        """What the list is narrowed to, in words; empty if it is not."""
        return dict(self.options).get(self.value, "")


def choice(
    request: HttpRequest, name: str, title: str, options: Choices, *, column: str = "", help_text: str = "",
    condition: Callable[[str], Q] | None = None,
) -> ChoiceFilter:  # fmt: skip
    """What the request asks of `name`; rows are those whose `column` is the value, unless there is a `condition`."""
    given = [(str(value), str(label)) for value, label in options]
    find = condition or (lambda value: Q(**{column or name: value}))
    return ChoiceFilter(name, title, given, asked(request, name), find, help_text)


def asked(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\0", "").strip()[:MAX_TEXT]


def narrow(rows: QuerySet[Any], filters: Iterable[ChoiceFilter]) -> QuerySet[Any]:
    for each in filters:
        if each.shown:
            rows = rows.filter(each.condition(each.value))
    return rows


def narrowing(request: HttpRequest, filters: Sequence[ChoiceFilter], *, query: str = "") -> dict[str, Any]:
    """For `filter_bar.html`."""
    active = [Active(each.title, each.shown, _without(request, each.name)) for each in filters if each.shown]
    return {
        "filters": filters,
        "active_filters": active,
        "filters_open": bool(active),
        "query": query,
        "without_search": _without(request, "q"),
    }


def _without(request: HttpRequest, name: str) -> str:
    kept = request.GET.copy()
    for each in (name, "page"):
        kept.pop(each, None)
    return f"?{kept.urlencode()}"


def page_of(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def counted(page: Page[Any], word: str) -> str:
    """`1 service`, `2 services`."""
    count = page.paginator.count
    return f"{count} {word}{'' if count == 1 else 's'}"
