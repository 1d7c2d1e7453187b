"""Builders of the catalogue that are offered for what was found in a source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.models import Builder, Provider
from catalog.models.choices import Lifecycle
from deployments.actions.fitting import find_fitting
from deployments.builds import Suggestion
from deployments.contract import Detection
from deployments.models import Look

OFFERED = (Lifecycle.ACTIVE, Lifecycle.DEPRECATED)


@dataclass(frozen=True, slots=True)
class Offer:
    """A builder that fits, and how well; `majors` are the others of its backend that would do, the newest first."""

    builder: Builder
    detection: Detection
    majors: Sequence[str] = ()


def offer(found: Iterable[Suggestion], builders: Iterable[Builder]) -> list[Offer]:
    """For each backend the builder with its newest major, in the order of what was found.

    Several builders may stand for one backend and major: the first of them is offered.
    """
    rows = list(builders)
    offers = []
    for each in found:
        for spec, detection in each.majors.items():
            builder = next((row for row in rows if row.backend == spec), None)
            if builder is not None:
                offers.append(Offer(builder, detection, [other for other in each.majors if other != spec]))
                break
    return offers


def offers_of(look: Look, builders: Iterable[Builder] | None = None) -> list[Offer]:
    """Among these builders, else all that take new services and can build what the look's provider fetches."""
    return offer(map(_suggestion, look.suggestions), builders_for(look.provider) if builders is None else builders)


def builders_for(provider: Provider) -> list[Builder]:
    """Those that take new services and can build what the provider fetches, where nobody can say all; by name."""
    keys = find_fitting(provider.key)
    document = provider.live_revision.document if provider.live_revision else {}
    unwanted = document.get("incompatible_builders", ())
    rows = Builder.objects.filter(live_revision__lifecycle__in=OFFERED).exclude(slug__in=unwanted)
    rows = rows.select_related("live_revision").order_by("display_name", "pk")
    return [row for row in rows if keys is None or row.key in keys]


def _suggestion(majors: Sequence[Mapping[str, Any]]) -> Suggestion:
    """From how the runner keeps it: the newest major first."""
    told = {each["spec"]: Detection(each["confidence"], each["config"], each["reason"]) for each in majors}
    newest, *_ = told
    return Suggestion(newest, told.pop(newest), told)
