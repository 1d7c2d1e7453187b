"""Rules that the database itself holds an entry to; forms and schemas say the same in words, at the field."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models
from django.db.models import F, Q

from catalog.models.choices import Lifecycle


def one_of(column: str, values: Iterable[str], *, blank: bool = False) -> models.CheckConstraint:
    """A column with few values, or none (`blank`)."""
    allowed = [*values, *([""] if blank else [])]
    return models.CheckConstraint(
        name=f"%(class)s_{column}_is_known",
        condition=Q(**{f"{column}__in": allowed}),
        violation_error_message=f"Unknown {column.replace('_', ' ')}.",
    )


NAMED = (
    models.CheckConstraint(
        name="%(class)s_slug_is_a_name",
        condition=Q(slug__regex=r"^[a-z0-9]+(-[a-z0-9]+)*$"),
        violation_error_message="Use lower-case letters and digits, words joined by hyphens.",
    ),
    models.CheckConstraint(
        name="%(class)s_has_a_display_name",
        condition=~Q(display_name=""),
        violation_error_message="Give it a name that people see.",
    ),
)
LIFECYCLE_SAYS_WHY = models.CheckConstraint(
    name="%(class)s_lifecycle_says_why",
    condition=Q(lifecycle_state=Lifecycle.ACTIVE, lifecycle_since=None, lifecycle_reason="", lifecycle_replacement="")
    | (~Q(lifecycle_state=Lifecycle.ACTIVE) & Q(lifecycle_since__isnull=False) & ~Q(lifecycle_reason="")),
    violation_error_message="An active entry has no date, reason or replacement; any other needs a date and a reason.",
)
COSTS_ARE_RANGES = tuple(
    models.CheckConstraint(
        name=f"%(class)s_{name}_cost_is_a_range",
        condition=Q(**{f"{name}_cost_min": None, f"{name}_cost_max": None})
        # A comparison with NULL would count as true.
        | Q(
            **{f"{name}_cost_{end}__isnull": False for end in ("min", "max")},
            **{f"{name}_cost_min__lte": F(f"{name}_cost_max")},
        ),
        violation_error_message=f"Give the least and the most of the {name} cost, the least first.",
    )
    for name in ("monthly", "setup")
)
CURRENCY_HAS_THREE_LETTERS = models.CheckConstraint(
    name="%(class)s_currency_has_three_letters",
    condition=Q(currency__regex=r"^[A-Z]{3}$"),
    violation_error_message="Use the three capital letters of ISO 4217, such as USD.",
)


def only_for_types(columns: Sequence[tuple[str, str, Any]]) -> tuple[models.CheckConstraint, ...]:
    """(column, provider type that has it, what it is for all others)."""
    return tuple(
        models.CheckConstraint(
            name=f"provider_{column}_fits_type",
            condition=Q(provider_type=provider_type) | Q(**{column: empty}),
            violation_error_message=f"Only a provider of type {provider_type} has this: {column}.",
        )
        for column, provider_type, empty in columns
    )
