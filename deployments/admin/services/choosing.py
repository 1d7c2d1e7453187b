"""What a new service can be made of: stacks, sources, builders and targets, of which those that fit are offered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.contrib.auth.models import Group, User

from catalog.models import Builder, CatalogEntry, Provider, Stack
from catalog.models.choices import Lifecycle, ProviderType
from deployments.actions.services.drafts import Draft
from deployments.actions.services.judging import refusal_of
from deployments.actions.services.offers import OFFERED, builders_for
from deployments.actions.services.teams import teams_of
from deployments.backends import BackendMissingError
from deployments.builds import get_build
from deployments.contract import Kind
from deployments.sources import get_source
from deployments.targets import TARGETS

WITHOUT = "Or go on without the stack: what is filled in stays."
Row = TypeVar("Row", Provider, Builder, Stack)
MAX_DESCRIPTION = 240
MADE = {Kind.SITE: "a website", Kind.IMAGE: "a container image", Kind.TREE: "files"}


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing to choose, and `why` it is proposed; with a `problem` it is shown, and cannot be chosen."""

    value: str
    name: str
    description: str = ""
    is_deprecated: bool = False
    problem: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was chosen so far: the words as they were typed, and the rows that they name among those offered."""

    typed: Mapping[str, str]
    team: Group | None = None
    stack: Stack | None = None
    provider: Provider | None = None
    builder: Builder | None = None
    teams: Sequence[Group] = ()
    builders: Sequence[Builder] = ()
    providers: Sequence[Provider] = ()
    errors: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def target(self) -> str:
        return self.typed["target"]

    def draft(self) -> Draft | None:
        """None until source, builder and target are chosen."""
        if self.provider is None or self.builder is None or not self.target:
            return None
        return Draft(
            name=self.typed["name"],
            environment=self.typed["environment"],
            team=self.team,
            stack=self.stack,
            provider=self.provider,
            builder=self.builder,
            target_backend=self.target,
        )


def read_choice(sent: Mapping[str, str], person: User, *, is_begun: bool = False) -> Choice:
    """From an address or a form. A stack says the builder, and which sources it is meant for.

    What `is_begun` may name what is offered no longer: its settings are filled in already, and are not to be lost.
    """
    names = ("name", "environment", "team", "stack", "provider", "builder", "target")
    sent = {"environment": "production", **sent}
    # No database keeps U+0000.
    typed = {name: sent.get(name, "").replace("\0", "").strip() for name in names}
    teams = list(teams_of(person))
    stack = _named(live(Stack), typed["stack"]) or (find_stack(typed["stack"]) if is_begun else None)
    providers = _of_stack(live(Provider, provider_type=ProviderType.SOURCE), stack)
    provider = _named(providers, typed["provider"])
    builders = fitting_builders(provider, stack) if provider else []
    builder = _named(builders, typed["builder"]) or (builders[0] if stack and len(builders) == 1 else None)
    if is_begun:
        provider, builder = find_provider(typed["provider"]), find_builder(typed["builder"])
    if len(teams) == 1 and "team" not in sent:
        typed["team"] = teams[0].name
    team = next((each for each in teams if each.name == typed["team"]), None)
    return Choice(
        typed=typed, team=team, stack=stack, provider=provider, builder=builder,
        teams=teams, builders=builders, providers=providers,
    )  # fmt: skip


def find_provider(slug: str) -> Provider | None:
    """The source of this name, offered or not."""
    found = Provider.objects.filter(provider_type=ProviderType.SOURCE, slug=slug)
    return found.select_related("live_revision").first()


def find_builder(slug: str) -> Builder | None:
    return Builder.objects.filter(slug=slug).select_related("live_revision").first()


def find_stack(value: str) -> Stack | None:
    return Stack.objects.filter(key=f"stacks/{value}").select_related("live_revision").first() if value else None


def live(model: type[Row], **conditions: Any) -> list[Row]:
    """What takes new services: published, and neither disabled nor removed."""
    rows = model._default_manager.filter(live_revision__lifecycle__in=OFFERED, **conditions)
    return list(rows.select_related("live_revision").order_by("display_name", "pk"))


def fitting_builders(provider: Provider, stack: Stack | None) -> list[Builder]:
    """Those that can build what the provider fetches; of a stack only its own."""
    own = document_of_row(stack).get("builder") if stack else None
    return [builder for builder in builders_for(provider) if not own or builder.slug == own]


def document_of_row(row: CatalogEntry) -> Mapping[str, Any]:
    """As readers see it, whatever somebody is drafting."""
    return row.live_revision.document if row.live_revision else {}


def stack_errors(choice: Choice) -> dict[str, list[str]]:
    """Whether what was filled in still is what its stack says, which may have changed meanwhile."""
    stack, found = choice.stack, []
    if stack is None:
        return {"stack": [f"There is no such stack any more. {WITHOUT}"]} if choice.typed["stack"] else {}
    own, sources = document_of_row(stack).get("builder"), document_of_row(stack).get("providers", {}).get("source", [])
    builder, provider = find_builder(own) if own else None, choice.provider
    if refusal := refusal_of(stack):
        found.append(f"{refusal} {WITHOUT}")
    elif builder and choice.builder and builder.pk != choice.builder.pk:
        found.append(f"{stack.display_name} is built with {builder.display_name}. Choose that builder. {WITHOUT}")
    if sources and provider and provider.slug not in sources:
        found.append(f"{stack.display_name} is not meant for {provider.display_name}. Choose another source. {WITHOUT}")
    return {"stack": found} if found else {}


def misfit_of_stack(choice: Choice) -> str:
    """Why the source that was chosen is not one of the stack's, and which are; empty if that is not the matter."""
    provider = find_provider(choice.typed["provider"])
    if choice.stack is None or choice.provider is not None or provider is None:
        return ""
    meant = " or ".join(each.display_name for each in choice.providers) or "another stack"
    return f"{choice.stack.display_name} is not meant for {provider.display_name}. Choose {meant}, or no stack."


def offer_stacks() -> list[Offer]:
    return [_offer(stack, value=_value_of(stack)) for stack in live(Stack)]


def offer_providers(providers: Sequence[Provider]) -> list[Offer]:
    return [_offer(each, problem=_problem(get_source, each.backend)) for each in providers]


def offer_builders(builders: Sequence[Builder]) -> list[Offer]:
    return [
        _offer(each, problem=_problem(get_build, each.backend), more=f" Makes {MADE[made]}." if made else "")
        for each in builders
        for made in [_made_by(each)]
    ]


def offer_targets(builder: Builder | None) -> list[Offer]:
    """Those that take what the builder makes, or all of them while there is no builder."""
    made = _made_by(builder)
    return [
        Offer(each.spec, each.info.name, f"{each.info.summary} Takes {_words(_accepted(each.spec))}.")
        for each in TARGETS.listings()
        if each.info and (made is None or made in _accepted(each.spec))
    ]


def _made_by(builder: Builder | None) -> Kind | None:
    try:
        return get_build(builder.backend).produces if builder else None
    except BackendMissingError:
        return None


def _accepted(spec: str) -> frozenset[Kind]:
    return TARGETS.get(spec).accepts


def _words(kinds: frozenset[Kind]) -> str:
    return " or ".join(MADE[kind] for kind in sorted(kinds))


def _problem(find: Any, backend: str) -> str:
    try:
        find(backend)
    except BackendMissingError as error:
        return f"It cannot be used here: {error}"
    return ""


def _offer(row: CatalogEntry, *, value: str = "", problem: str = "", more: str = "") -> Offer:
    document = document_of_row(row)
    words = str(document.get("description") or document.get("best_for") or "")
    description = words if len(words) <= MAX_DESCRIPTION else _shorten(words)
    is_deprecated = row.live_revision is not None and row.live_revision.lifecycle == Lifecycle.DEPRECATED
    name = str(document.get("display_name", row.display_name))
    return Offer(value or row.slug, name, f"{description}{more}".strip(), is_deprecated, refusal_of(row) or problem)


def _shorten(words: str) -> str:
    """To the end of a sentence, or else of a word."""
    sentences, point, _ = words[:MAX_DESCRIPTION].rpartition(". ")
    return f"{sentences}." if point else f"{words[:MAX_DESCRIPTION].rpartition(' ')[0]} …"


def _of_stack(providers: list[Provider], stack: Stack | None) -> list[Provider]:
    own = document_of_row(stack).get("providers", {}).get("source", []) if stack else []
    return [provider for provider in providers if not own or provider.slug in own]


def _value_of(row: CatalogEntry) -> str:
    """Stacks of two categories may have one slug."""
    return row.key.partition("/")[2] if isinstance(row, Stack) else row.slug


def _named(rows: Sequence[Row], value: str) -> Row | None:
    return next((row for row in rows if _value_of(row) == value), None)
