"""Values as people read them; everything that could move a terminal's cursor or change its colours is made visible."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

# Colours and cursor moves that builds write into their logs: dropped whole, since nobody reads them.
ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
# What else acts instead of being shown: control characters, and marks that turn the direction of text around.
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
BREAKS = re.compile(r"[\t\r\n]+")
UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
SIZES = ("bytes", "kB", "MB", "GB", "TB")


def visible(text: str) -> str:
    """The text with nothing in it that acts on a terminal; line breaks and tabs stay."""
    return ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", ANSI.sub("", text))


def one_line(text: str) -> str:
    """For a field of a line: no tabs and no line breaks."""
    return visible(BREAKS.sub(" ", text)).strip()


def value_text(value: Any) -> str:
    """A member's value: texts bare, short lists with commas, all else as JSON."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str | int) and not isinstance(item, bool) for item in value):
        return ", ".join(map(str, value)) or "-"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, indent=2)
    return json.dumps(value)


def range_text(value: Any, *, unit: str = "") -> str:
    """`[65, 280]` as 65-280; a dash for none."""
    if not isinstance(value, list) or len(value) != 2:
        return "-"
    low, high = value
    return f"{unit}{low}" if low == high else f"{unit}{low}-{high}"


def member_text(name: str, value: Any) -> str:
    """A member of a document; a schema by the settings that it asks for, since JSON has it whole."""
    if name.endswith("_range"):
        return range_text(value, unit="$")
    if name == "config_schema" and isinstance(value, dict):
        return "\n".join(_settings_of(value)) or "no settings"
    if name == "lifecycle" and isinstance(value, dict):
        return ", ".join(f"{inner}: {value_text(value[inner])}" for inner in value)
    if isinstance(value, dict) and all(isinstance(inner, list | str | int) for inner in value.values()):
        return "\n".join(f"{inner}: {value_text(value[inner])}" for inner in value)
    return value_text(value)


def _settings_of(schema: dict[str, Any]) -> Iterator[str]:
    """`projectId (string, required): Project ID`, in the order of forms."""
    properties, required = schema.get("properties"), schema.get("required", [])
    if not isinstance(properties, dict):
        return
    order = [name for name in schema.get("x-order", []) if name in properties]
    for name in [*order, *(name for name in properties if name not in order)]:
        setting = properties[name] if isinstance(properties[name], dict) else {}
        about = [str(setting["type"])] if "type" in setting else []
        about += ["required"] if name in required else []
        about += [f"default {value_text(setting['default'])}"] if "default" in setting else []
        title = f": {setting['title']}" if setting.get("title") else ""
        yield f"{name} ({', '.join(about)}){title}" if about else f"{name}{title}"


def size_text(count: int) -> str:
    size, unit = float(count), SIZES[0]
    for unit in SIZES:
        if size < 1000 or unit == SIZES[-1]:
            break
        size /= 1000
    return f"{count} {unit}" if unit == SIZES[0] else f"{size:.1f} {unit}"


def length_text(length: timedelta) -> str:
    """In the largest unit that fits: 3 hours."""
    seconds = int(abs(length.total_seconds()))
    size, unit = next(((size, unit) for size, unit in UNITS if seconds >= size), UNITS[-1])
    return counted(seconds // size, unit)


def age_text(moment: datetime, *, now: datetime) -> str:
    """3 hours ago, or in 3 hours."""
    length = length_text(now - moment)
    return f"in {length}" if moment > now else f"{length} ago"


def moment_text(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None


def counted(count: int, noun: str, plural: str = "") -> str:
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def joined(parts: Iterable[str]) -> str:
    """With an `or` before the last."""
    *most, last = parts
    return f"{', '.join(most)} or {last}" if most else last
