"""What a value of a hard-coded dictionary means: each reader gives what the registry would hold, or says why not."""

import re
from collections.abc import Mapping
from typing import Any

from catalog.models.fields import normalise_tag

# Thousands with or without commas, an amount of cents only if there are none.
AMOUNT = r"(?P<{0}>[0-9]{{1,3}}(?:,[0-9]{{3}})+|[0-9]{{1,12}})(?:\.0+)?"
SIGN = r"(?:[$€£]|[A-Z]{3})"
COSTS = re.compile(
    rf"(?P<before>{SIGN})?\s*{AMOUNT.format('least')}\s*"
    rf"(?:(?:-|\u2013|\u2014|\bto\b)\s*{SIGN}?\s*{AMOUNT.format('most')}\s*)?(?P<after>{SIGN})?"
)
CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP"}
ENDS = (("min", "max"), ("low", "high"), ("from", "to"))
NAME = re.compile(r"[A-Za-z0-9]+([_-][A-Za-z0-9]+)*")
SEVERAL = (list, tuple, set, frozenset)


class ValueMeaningError(ValueError):
    """The registry has no such value; the message says what it takes."""


def is_empty(value: Any) -> bool:
    """Whether a value says that there is nothing; zero and False say something."""
    return value is None or (isinstance(value, (str, Mapping, *SEVERAL)) and not value)


def in_order(value: Any) -> list[Any]:
    """The items of several; those of a set by their names."""
    return sorted(value, key=str) if isinstance(value, (set, frozenset)) else list(value)


def read_line(value: Any) -> str:
    """One line of text; several texts are joined. What stands in several lines comes into one."""
    text = read_text(value)
    return " ".join(text.split()) if len(text.splitlines()) > 1 or "\t" in text else text


def read_text(value: Any) -> str:
    """A text that is kept as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, SEVERAL) and value and all(isinstance(item, str) for item in value):
        return "; ".join(item.strip() for item in in_order(value))
    raise ValueMeaningError("This must be a text.")


def read_word(value: Any) -> str:
    """`Medium to High` -> `medium_to_high`."""
    if not isinstance(value, str):
        raise ValueMeaningError("This must be a text.")
    return normalise_tag(value)


def read_tags(value: Any) -> list[str]:
    """Tags, each once."""
    return list(dict.fromkeys(normalise_tag(text) for text in _texts(value)))


def read_names(value: Any) -> list[str]:
    """Slugs of providers or builders, each once."""
    names = _texts(value)
    for name in names:
        if not NAME.fullmatch(name):
            raise ValueMeaningError(f"{name!r} is no name: letters and digits, joined by underscores or hyphens.")
    return list(dict.fromkeys(slug_of(name) for name in names))


def read_number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value // 1:
        raise ValueMeaningError("This must be a whole number.")
    return int(value)


def read_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueMeaningError("This must be a dict.")
    return value


def read_costs(value: Any) -> tuple[list[int], str]:
    """`[least, most]`, and the currency if the value names one, else an empty text."""
    if isinstance(value, str):
        return _read_costs_text(value)
    if isinstance(value, Mapping):
        value = _ends_of(value)
    if isinstance(value, (int, float)):
        value = (value, value)
    if not isinstance(value, SEVERAL) or len(value) != 2:
        raise ValueMeaningError("Write two whole numbers, the least and the most: (50, 75).")
    try:
        costs = [read_number(amount) for amount in value]
    except ValueMeaningError as error:
        raise ValueMeaningError("Costs are whole numbers, the least and the most: (50, 75).") from error
    return (sorted(costs) if isinstance(value, (set, frozenset)) else costs), ""


def slug_of(name: str) -> str:
    """`Shopify_Basic` -> `shopify-basic`."""
    return name.lower().replace("_", "-")


def legacy_of(slug: str) -> str:
    """`shopify-basic` -> `shopify_basic`."""
    return slug.replace("-", "_")


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [text.strip() for text in value.split(",") if text.strip()]
    if isinstance(value, Mapping) and all(isinstance(there, bool) for there in value.values()):
        value = [name for name, there in value.items() if there]
    if not isinstance(value, SEVERAL) or not all(isinstance(item, str) for item in value):
        raise ValueMeaningError("This must be a list of texts.")
    return in_order(value)


def _read_costs_text(text: str) -> tuple[list[int], str]:
    found = COSTS.fullmatch(text.strip())
    if found is None:
        raise ValueMeaningError("This is no range of costs; write two whole numbers, the least and the most: (50, 75).")
    least = int(found["least"].replace(",", ""))
    most = int(found["most"].replace(",", "")) if found["most"] else least
    sign = found["before"] or found["after"] or ""
    return [least, most], CURRENCIES.get(sign, sign)


def _ends_of(value: Mapping[Any, Any]) -> tuple[Any, Any] | None:
    for least, most in ENDS:
        if value.keys() == {least, most}:
            return value[least], value[most]
    return None
