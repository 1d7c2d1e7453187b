"""The parts of a service on the page of its settings: what else each could be, and what was typed when one changes.

The page says for which parts its forms are (`drawn/source`). Whoever chooses another one gets the page again with the
form of that one: what both ask for comes along, the rest is put aside in the page until the part comes back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from catalog.models import Provider
from catalog.models.choices import ProviderType
from catalog.schemas.form_moving import inputs_of, member_of, move, put_aside, take_back
from catalog.schemas.form_names import AGAIN, Posted
from deployments.actions.services.drafts import Draft
from deployments.actions.services.judging import NAMES
from deployments.admin.services.choosing import (
    Offer,
    Row,
    find_builder,
    find_provider,
    fitting_builders,
    live,
    offer_builders,
    offer_providers,
    offer_targets,
)
from deployments.admin.services.filling import INPUTS, PARTS, Side, sides_of
from deployments.admin.services.list import target_name
from deployments.admin.services.routing import routing_prefix
from deployments.models import BackendKind

NOUNS = {BackendKind.SOURCE: "source", BackendKind.BUILD: "builder", BackendKind.TARGET: "target"}
NOT_OFFERED = "What was chosen is not offered."


@dataclass(frozen=True, slots=True)
class Swap:
    """One part took the place of another; what came along, was put aside, and was found in the source, in words."""

    before: str
    after: str
    kept: Sequence[str]
    left: Sequence[str]
    is_back: bool
    found: Sequence[str] = ()


def value_of(draft: Draft, kind: BackendKind) -> str:
    """What the input of this part holds."""
    values = {BackendKind.SOURCE: draft.provider.slug, BackendKind.BUILD: draft.builder.slug}
    return values.get(kind, draft.target_backend)


def choose_part(draft: Draft, kind: BackendKind, value: str, *, stored: Draft | None = None) -> Draft | None:
    """The draft with another part, offered or not; None if there is none of this name.

    What the service has already (`stored`) keeps its version of the backend.
    """
    if value == value_of(draft, kind):
        return draft
    if kind == BackendKind.TARGET:
        return replace(draft, target_backend=value) if value else None
    if kind == BackendKind.SOURCE:
        provider = find_provider(value)
        backend = stored.source_backend if stored and provider and stored.provider.pk == provider.pk else ""
        return replace(draft, provider=provider, source_backend=backend) if provider else None
    builder = find_builder(value)
    backend = stored.build_backend if stored and builder and stored.builder.pk == builder.pk else ""
    return replace(draft, builder=builder, build_backend=backend) if builder else None


def choose_parts(draft: Draft, posted: Posted, *, stored: Draft) -> tuple[Draft, dict[str, list[str]]]:
    """The draft with the parts that were posted, and what is wrong with their names."""
    errors: dict[str, list[str]] = {}
    for kind, part in PARTS.items():
        if part not in posted:
            continue
        chosen = choose_part(draft, kind, posted[part][-1], stored=stored)
        if chosen is None:
            errors[INPUTS[NAMES[kind]]] = [NOT_OFFERED]
        draft = chosen or draft
    return draft, errors


def offers_for(draft: Draft) -> dict[BackendKind, list[Offer]]:
    """What each part could be, with what it is: sources, builders that fit the source, targets that fit the builder."""
    providers = live(Provider, provider_type=ProviderType.SOURCE)
    builders = fitting_builders(draft.provider, None)
    targets = offer_targets(draft.builder)
    return {
        BackendKind.SOURCE: offer_providers(_with(providers, draft.provider)),
        BackendKind.BUILD: offer_builders(_with(builders, draft.builder)),
        BackendKind.TARGET: _with_target(targets, draft.target_backend),
    }


def swap_parts(draft: Draft, posted: Posted) -> tuple[Posted, dict[BackendKind, Swap]]:
    """What the inputs hold for the parts that are chosen now, and which of these the page was not drawn for."""
    swaps: dict[BackendKind, Swap] = {}
    for after in sides_of(draft):
        drawn = posted.get(f"drawn/{after.kind}", ("",))[-1]
        was = choose_part(draft, after.kind, drawn) if drawn else None
        if was is not None and was is not draft:
            (before,) = (side for side in sides_of(was) if side.kind == after.kind)
            posted, swaps[after.kind] = _swap(before, after, posted, drawn=drawn, value=value_of(draft, after.kind))
    return posted, swaps


def of_parts(errors: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """What is wrong with the parts themselves: nobody has filled in the settings of a new one yet."""
    places = {"stack", *(INPUTS[path] for path in NAMES.values())}
    return {name: told for name, told in errors.items() if name in places}


def aside_inputs(posted: Posted) -> list[tuple[str, str]]:
    """What is put aside, as hidden inputs of the page."""
    return [(name, values[-1]) for name, values in posted.items() if name.startswith("aside/") and values]


def _swap(before: Side, after: Side, posted: Posted, *, drawn: str, value: str) -> tuple[Posted, Swap]:
    moved = move(before.form, after.form, posted, prefix=after.prefix)
    back = take_back(posted.get(f"aside/{after.prefix}/{value}", ("",))[-1], prefix=after.prefix)
    changed = {member_of(name) for name in moved.values}
    unchanged = {name: values for name, values in back.items() if member_of(name) not in changed}
    forms = {before.prefix: before.form, routing_prefix(before.kind): before.connections}
    aside = {
        f"aside/{prefix}/{drawn}": [put_aside(form, posted, prefix=prefix)] for prefix, form in forms.items() if form
    }
    route = take_back(
        posted.get(f"aside/{routing_prefix(after.kind)}/{value}", ("",))[-1], prefix=routing_prefix(after.kind)
    )
    gone = {name for prefix in forms for name in inputs_of(posted, prefix)}
    rest = {name: values for name, values in posted.items() if name not in gone}
    # So the page asks for them once more: something was typed there, and no page ever shows what.
    secrets = {name.removesuffix(AGAIN): ["typed"] for name in unchanged if name.endswith(AGAIN)}
    swapped = {**rest, **route, **unchanged, **secrets, **moved.values, **aside}
    return swapped, Swap(before.name, after.name, moved.kept, moved.left, is_back=bool(back))


def _with(rows: Sequence[Row], own: Row) -> list[Row]:
    found = list(rows)
    if all(row.pk != own.pk for row in rows):
        found.insert(0, own)
    return found


def _with_target(offers: list[Offer], own: str) -> list[Offer]:
    return offers if any(offer.value == own for offer in offers) else [Offer(own, target_name(own)), *offers]
