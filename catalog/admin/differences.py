"""Differences between documents as business people read them: titles instead of paths, lists item by item."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format

from catalog.admin.entries.wording import LABELS, spaced
from catalog.documents.diff import Difference, diff_documents
from catalog.models import ENTRY_MODELS
from catalog.models.validators import TAG_PATTERN
from catalog.schemas.library import CURRENT_VERSIONS, load_schema

MAX_TEXT = 2000
# Fewer rows than these are shown without being asked for.
MANY = 12
SCHEMA = "config_schema"
# Words that people chose among those there are: `cms_tier_service`.
WORDS = ("/category", "/hosting_pattern")
TAG = re.compile(TAG_PATTERN)
# (field, value) -> what forms call a value that is one of a few.
CHOICES = {
    (field.name, str(value)): str(label)
    for model in ENTRY_MODELS
    for field in model._meta.fields
    for value, label in field.flatchoices
}
# Members that are objects of known parts.
PARTED = ("lifecycle", "providers")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a value; `kept` if it stands on both sides."""

    text: str
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One member that differs, for `differences.html`; an empty side means that there is no such member."""

    path: str
    label: str
    before: Sequence[Part]
    after: Sequence[Part]
    is_list: bool = False


def readable(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Row]:
    """Rows for everything that differs between two documents of `kind`."""
    pair = _spread(before, other=after), _spread(after, other=before)
    return [_row(kind, difference) for difference in diff_documents(*pair)]


def is_brief(rows: Sequence[Row]) -> bool:
    """Whether the rows are few, and all about what business people decide: no config schema."""
    return len(rows) < MANY and not any(row.path.startswith(f"/{SCHEMA}") for row in rows)


def member_label(kind: str, path: str) -> str:
    """`/monthly_cost_range` -> `Monthly cost`; below the first level the rest of the path follows."""
    member, *rest = path.strip("/").split("/")
    if member == SCHEMA:
        names = [name for name in rest if name != "properties"]
        return ": ".join([LABELS[SCHEMA], *([" / ".join(names)] if names else [])])
    schema = load_schema(kind, CURRENT_VERSIONS[kind])
    # What only one type of provider has is described where that type is.
    places = (schema, *schema["$defs"].values())
    described = (place.get("properties", {}).get(member) for place in places)
    title = next((one["title"] for one in described if isinstance(one, dict) and "title" in one), "")
    return " / ".join([title or spaced(member).capitalize(), *rest])


def readable_value(path: str, value: Any) -> str:
    """One value in words: ranges as `65 to 280`, choices as in forms, settings by their titles, the rest as JSON."""
    if path.startswith(f"/{SCHEMA}") and isinstance(value, dict):
        return _settings_in_words(path, value)[:MAX_TEXT]
    if path.endswith("_range") and isinstance(value, list) and len(value) == 2:
        return f"{value[0]:,} to {value[1]:,}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and path.endswith("/since") and (day := _day(value)):
        return date_format(day, "j M Y")
    if isinstance(value, str):
        plain = spaced(value) if path in WORDS else value
        return CHOICES.get((path.strip("/").replace("/", "_"), value), plain[:MAX_TEXT])
    return json.dumps(value, ensure_ascii=False)[:MAX_TEXT]


def value_parts(path: str, value: Any) -> list[Part]:
    """One value by itself: the items of a list one by one, nothing for None."""
    return _items(value, other=None) if isinstance(value, list) and not path.endswith("_range") else _whole(path, value)


def _spread(document: Mapping[str, Any], *, other: Mapping[str, Any]) -> dict[str, Any]:
    """The document with an empty object where only the other one has one: a new lifecycle is shown part by part."""
    return {**document, **{name: {} for name in PARTED if name in other and name not in document}}


def _row(kind: str, difference: Difference) -> Row:
    before, after = difference.before, difference.after
    if _is_list(difference) and not difference.path.endswith("_range"):
        return Row(
            difference.path,
            member_label(kind, difference.path),
            _items(before, other=after),
            _items(after, other=before),
            is_list=True,
        )
    return Row(
        difference.path,
        member_label(kind, difference.path),
        _whole(difference.path, before),
        _whole(difference.path, after),
    )


def _settings_in_words(path: str, schema: Mapping[str, Any]) -> str:
    """One setting as `Output folder: where the site is built to`; a whole config schema as the titles of its settings.

    What is neither, such as the limits of a number, is JSON.
    """
    *_, above, name = ["", *path.strip("/").split("/")]
    if above == "properties":
        return ": ".join(str(words) for words in (schema.get("title", name), schema.get("description")) if words)
    settings = schema if name == "properties" else schema.get("properties")
    if isinstance(settings, dict) and settings:
        titles = (each.get("title", key) if isinstance(each, dict) else key for key, each in settings.items())
        return ", ".join(map(str, titles))
    return json.dumps(schema, ensure_ascii=False)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _is_list(difference: Difference) -> bool:
    sides = [side for side in (difference.before, difference.after) if side is not None]
    return all(isinstance(side, list) for side in sides)


def _items(items: Any, *, other: Iterable[Any] | None) -> list[Part]:
    """The items one by one; in a list that was only put into another order every item is shown as new."""
    others = list(other or [])
    moved = sorted(map(str, items or [])) == sorted(map(str, others))
    return [Part(_item(item), kept=item in others and not moved) for item in items or []]


def _item(item: Any) -> str:
    """Tags as in forms: `groq_querying` -> `groq querying`."""
    is_tag = isinstance(item, str) and TAG.fullmatch(item)
    return spaced(str(item)) if is_tag else readable_value("", item)


def _whole(path: str, value: Any) -> list[Part]:
    return [] if value is None else [Part(readable_value(path, value))]
