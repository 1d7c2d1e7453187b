"""Finding documents among those that are there; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypedDict, Unpack

Kind = Literal["provider", "builder", "stack"]
FOLDER_OF: Mapping[str, str] = {"provider": "providers", "builder": "builders", "stack": "stacks"}
TEXT_MEMBERS = ("provider_name", "builder_name", "stack_name", "display_name", "tier_name", "description", "best_for")
LIST_MEMBERS = ("key_features", "features", "key_benefits", "target_market", "ssg_engine_options")


class Filters(TypedDict, total=False):
    """What a search may ask for; all of it must hold.

    `category`: a provider's type, a stack's or builder's category. `features`, `target_market`: all of them are listed.
    `ssg_engine`: is among the engines. `complexity`: is the level. `max_monthly_cost`: the least that it costs is no
    more. `lifecycle`: the states that are found, active and deprecated unless said.
    """

    kind: Kind | None
    category: str | None
    features: Sequence[str]
    ssg_engine: str | None
    target_market: Sequence[str]
    complexity: str | None
    max_monthly_cost: int | None
    lifecycle: Sequence[str]


def make_criteria(text: str, **filters: Unpack[Filters]) -> "Criteria":
    """Raises ValueError, TypeError for what cannot be asked."""
    kind = filters.get("kind")
    if kind is not None and kind not in FOLDER_OF:
        raise ValueError(f"kind is one of {', '.join(FOLDER_OF)}, not {kind!r}.")
    for name in ("features", "target_market", "lifecycle"):
        if isinstance(filters.get(name, ()), str):
            raise TypeError(f"{name} is a list of texts, not one text.")
    criteria = Criteria(text, **filters)  # type: ignore[arg-type]
    return replace(
        criteria,
        features=tuple(criteria.features),
        target_market=tuple(criteria.target_market),
        lifecycle=tuple(criteria.lifecycle),
    )


@dataclass(frozen=True, slots=True)
class Criteria:
    """A search, checked; the words of `text` all stand somewhere in an entry's texts. See Filters."""

    text: str = ""
    kind: Kind | None = None
    category: str | None = None
    features: tuple[str, ...] = ()
    ssg_engine: str | None = None
    target_market: tuple[str, ...] = ()
    complexity: str | None = None
    max_monthly_cost: int | None = None
    lifecycle: tuple[str, ...] = ("active", "deprecated")

    def prefixes(self) -> list[str]:
        """What has to be loaded to answer."""
        folders = [FOLDER_OF[self.kind]] if self.kind else list(FOLDER_OF.values())
        if self.category is None:
            return folders
        return [folder if folder == "builders" else f"{folder}/{self.category}" for folder in folders]

    def fits(self, key: str, document: Mapping[str, Any]) -> bool:
        return (
            self.category in (None, category_of(key, document))
            and lifecycle_of(document) in self.lifecycle
            and _has_all(self.features, document, "key_features", "features")
            and _has_all(self.target_market, document, "target_market")
            and (self.ssg_engine is None or _has_all((self.ssg_engine,), document, "ssg_engine_options"))
            and self.complexity in (None, document.get("complexity_level"))
            and self._is_cheap_enough(document)
            and self._has_words(document)
        )

    def _is_cheap_enough(self, document: Mapping[str, Any]) -> bool:
        """By the least that it costs a month; what says no costs is never found by them."""
        if self.max_monthly_cost is None:
            return True
        costs = document.get("monthly_cost_range")
        least = next(iter(_list(costs)), None)
        return isinstance(least, int | float) and least <= self.max_monthly_cost

    def _has_words(self, document: Mapping[str, Any]) -> bool:
        words = self.text.casefold().replace("_", " ").split()
        if not words:
            return True
        text = " ".join(_texts(document)).casefold().replace("_", " ")
        return all(word in text for word in words)


def category_of(key: str, document: Mapping[str, Any]) -> str:
    """A provider's type, a stack's or builder's category."""
    return key.split("/")[1] if key.count("/") == 2 else str(document.get("category", ""))


def lifecycle_of(document: Mapping[str, Any]) -> str:
    lifecycle = document.get("lifecycle")
    return str(lifecycle.get("state", "active")) if isinstance(lifecycle, dict) else "active"


def _has_all(wanted: Iterable[str], document: Mapping[str, Any], *members: str) -> bool:
    values = [value for member in members for value in _list(document.get(member))]
    return all(one in values for one in wanted)


def _texts(document: Mapping[str, Any]) -> Iterable[str]:
    values = [document.get(member) for member in TEXT_MEMBERS]
    values += [value for member in LIST_MEMBERS for value in _list(document.get(member))]
    return (value for value in values if isinstance(value, str))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
