"""Parts of the home page that apps above the catalogue bring: registered in `AppConfig.ready`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Part:
    """A card: `template` is given what `find` answers, as `part`; None for nothing to show to this person."""

    template: str
    find: Callable[[HttpRequest], Mapping[str, Any] | None]


_parts: list[Part] = []


def register_part(part: Part) -> None:
    """Show it from now on, below what the catalogue has to say; once, in `AppConfig.ready`."""
    if part not in _parts:
        _parts.append(part)


def find_parts(request: HttpRequest) -> list[tuple[str, Mapping[str, Any]]]:
    """Templates and what they show, for this person."""
    found = [(part.template, part.find(request)) for part in _parts]
    return [(template, shown) for template, shown in found if shown is not None]
