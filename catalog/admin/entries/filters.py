"""Filters of the lists of entries. What somebody wrote into an address by hand is ignored if it makes no sense."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from django.contrib.admin import ListFilter
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from catalog.admin.entries.search import having_tag
from catalog.admin.entries.states import BADGES, CONDITIONS, IS_LIVE, State, with_decision
from catalog.admin.entries.wording import spaced
from catalog.models import CatalogEntry
from catalog.models.choices import BuilderCategory, Complexity, Lifecycle, ProviderType, StackCategory
from catalog.models.fields import normalise_tag
from catalog.models.validators import MAX_MONEY, TAG_PATTERN

MAX_CATEGORIES = 200
MAX_TAGS = 8
Entries = QuerySet[CatalogEntry]
Choices = Iterable[tuple[str, str]]


class EntryFilter(ListFilter):
    """One field, or two, of the form above a list; `form` names the part of `filter.html` that shows it."""

    parameters: ClassVar[tuple[str, ...]]
    title: str = ""
    form: ClassVar[str]
    help_text: ClassVar[str] = ""

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[models.Model], model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self.model: Any = model
        self.given = {name: _last(params.pop(name, None)) for name in self.parameters}

    @property
    def value(self) -> str:
        return self.given[self.parameters[0]]

    @property
    def shown(self) -> str:
        """What the filter narrows the list to, in words; empty if it does not."""
        raise NotImplementedError

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[Mapping[str, object]]:
        return iter(())

    def expected_parameters(self) -> list[str | None]:
        return list(self.parameters)


class ChoiceFilter(EntryFilter):
    """One of a few values: `values` with their titles, unless `find_options` asks for them."""

    form = "choice"
    values: ClassVar[Choices] = ()

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[models.Model], model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self.options = [(str(value), str(label)) for value, label in self.find_options()]

    def find_options(self) -> Choices:
        return self.values

    @property
    def shown(self) -> str:
        return dict(self.options).get(self.value, "")

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        return queryset.filter(self.condition(self.value)) if self.shown else queryset

    def condition(self, value: str) -> Q:
        return Q(**{self.parameters[0]: value})


class TypeFilter(ChoiceFilter):
    title, parameters, values = "Type", ("provider_type",), ProviderType.choices


class StackCategoryFilter(ChoiceFilter):
    title, parameters, values = "Category", ("category",), StackCategory.choices


class BuilderCategoryFilter(ChoiceFilter):
    title, parameters, values = "Category", ("category",), BuilderCategory.choices


class CategoryFilter(ChoiceFilter):
    """The categories that providers have; people make them up."""

    title, parameters = "Category", ("category",)

    def find_options(self) -> Choices:
        found = self.model._default_manager.order_by("category").values_list("category", flat=True).distinct()
        return [(name, spaced(name).capitalize()) for name in found[:MAX_CATEGORIES]]


class ComplexityFilter(ChoiceFilter):
    title, parameters, values = "Complexity", ("complexity_level",), Complexity.choices


class LifecycleFilter(ChoiceFilter):
    """What is removed is only shown to who asks for it."""

    title, parameters = "Lifecycle", ("lifecycle_state",)
    values = (*Lifecycle.choices, ("all", "All, also removed"))
    help_text = "Removed entries show only when you choose them here."

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        if self.value == "all":
            return queryset
        return super().queryset(request, queryset) if self.shown else queryset.exclude(lifecycle_state="removed")


class StateFilter(ChoiceFilter):
    title, parameters = "State", ("state",)
    values = tuple((state.value, f"{badge.text}: {badge.meaning}") for state, badge in BADGES.items())

    @property
    def shown(self) -> str:
        return BADGES[State(self.value)].text if self.value in State.values else ""

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        return with_decision(queryset).filter(CONDITIONS[State(self.value)]) if self.shown else queryset


class UnpublishedFilter(ChoiceFilter):
    title, parameters = "Unpublished changes", ("unpublished",)
    values = (("yes", "Has unpublished changes"), ("no", "Everything is live"))

    def condition(self, value: str) -> Q:
        return IS_LIVE if value == "no" else ~IS_LIVE


class TagFilter(EntryFilter):
    """Entries that have all of the tags that somebody typed, separated by commas."""

    form = "tags"

    @property
    def tags(self) -> list[str]:
        typed = [normalise_tag(part) for part in self.value.split(",")]
        return [tag for tag in typed if tag][:MAX_TAGS]

    @property
    def shown(self) -> str:
        return ", ".join(spaced(tag) for tag in self.tags)

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        for tag in self.tags:
            queryset = having_tag(queryset, self.parameters[0], tag) if _is_tag(tag) else queryset.none()
        return queryset


class FeatureFilter(TagFilter):
    title, parameters = "Feature", ("key_features",)


class EngineFilter(TagFilter):
    title, parameters = "Site engine", ("ssg_engine_options",)


class MarketFilter(TagFilter):
    title, parameters = "Target market", ("target_market",)


class CostFilter(EntryFilter):
    """Entries whose monthly cost can lie between the two amounts; each may be left out."""

    title, form = "Monthly cost", "range"
    parameters = ("cost_from", "cost_to")
    help_text = "Whole amounts, in the currency of each entry."

    @property
    def least(self) -> int | None:
        return _amount(self.given["cost_from"])

    @property
    def most(self) -> int | None:
        return _amount(self.given["cost_to"])

    @property
    def shown(self) -> str:
        ends = [("from", self.least), ("up to", self.most)]
        return " ".join(f"{word} {amount:,}" for word, amount in ends if amount is not None)

    @property
    def problem(self) -> str:
        """What is wrong with what somebody typed; empty if nothing is."""
        if any(text and _amount(text) is None for text in self.given.values()):
            return "Write whole amounts without currency, such as 50."
        if self.least is not None and self.most is not None and self.least > self.most:
            return "The first amount is more than the second."
        return ""

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        if self.least is not None:
            queryset = queryset.filter(Q(("monthly_cost_max__gte", self.least)))
        if self.most is not None:
            queryset = queryset.filter(Q(("monthly_cost_min__lte", self.most)))
        return queryset


def known_parameters(list_filter: Iterable[type[EntryFilter]]) -> set[str]:
    return {name for each in list_filter for name in each.parameters}


def _last(values: Any) -> str:
    value = values[-1] if isinstance(values, list) and values else values
    return value.replace("\0", "").strip()[:200] if isinstance(value, str) else ""


def _amount(text: str) -> int | None:
    plain = re.sub(r"[ ,_']", "", text)
    return min(int(plain), MAX_MONEY) if re.fullmatch("[0-9]{1,15}", plain) else None


def _is_tag(text: str) -> bool:
    return re.fullmatch(TAG_PATTERN, text) is not None


FilterClasses = Mapping[str, tuple[type[EntryFilter], ...]]
FILTERS: FilterClasses = {
    "provider": (
        TypeFilter,
        CategoryFilter,
        StateFilter,
        UnpublishedFilter,
        LifecycleFilter,
        ComplexityFilter,
        CostFilter,
        FeatureFilter,
        EngineFilter,
        MarketFilter,
    ),
    "builder": (
        BuilderCategoryFilter,
        StateFilter,
        UnpublishedFilter,
        LifecycleFilter,
        FeatureFilter,
        EngineFilter,
    ),
    "stack": (
        StackCategoryFilter,
        StateFilter,
        UnpublishedFilter,
        LifecycleFilter,
        ComplexityFilter,
        CostFilter,
        FeatureFilter,
        EngineFilter,
        MarketFilter,
    ),
}
