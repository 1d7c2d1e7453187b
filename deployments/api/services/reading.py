"""From the members of a service, as the API takes them, to a draft: what they name is looked up.

Everything that is not there is said at once, and with it what is wrong otherwise, as far as that can be said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Group, User

from catalog.models import Builder, Provider, Stack
from catalog.models.choices import Lifecycle, ProviderType
from catalog.schemas.problems import Problem
from deployments.actions.errors import InvalidDocumentError
from deployments.actions.services.drafts import Draft, SourceDraft
from deployments.actions.services.judging import judge_draft
from deployments.actions.services.teams import SEE_EVERY, own_teams, teams_of
from deployments.api.targets.ids import spec_of
from deployments.models import Service

MAX_NAMED = 10
UNUSABLE = (Lifecycle.DISABLED, Lifecycle.REMOVED)


@dataclass(slots=True)
class Reading:
    """What `person` names in a request, looked up; `problems` fills as it goes. `service` is the one that changes."""

    members: Mapping[str, Any]
    person: User
    service: Service | None = None
    problems: list[Problem] = field(default_factory=list)

    def draft(self) -> Draft | None:
        """None if provider, builder or target is not named, or not there. Up to six queries."""
        team, stack = self._team(), self._stack()
        provider, builder = self._provider(stack), self._builder(stack)
        target_id = self._named("targetId", ())
        if provider is None or builder is None or target_id is None:
            return None
        before = self.service
        return Draft(
            name=self.members.get("name", ""),
            environment=self.members.get("environment", "production"),
            team=team,
            provider=provider,
            builder=builder,
            stack=stack,
            # What a service has stays at its major; another one begins with what its row says.
            source_backend=before.source_backend if before and before.provider_id == provider.pk else "",
            build_backend=before.build_backend if before and before.builder_id == builder.pk else "",
            target_backend=spec_of(target_id),
            source_config=self.members.get("providerConfig", {}),
            build_config=self.members.get("builderConfig", {}),
            target_config=self.members.get("targetConfig", {}),
            routing=self.members.get("routing", {}),
        )

    def source(self) -> SourceDraft | None:
        """Of the members that say where the source comes from; None if the provider is not named, or not there."""
        team, provider, before = self._team(), self._provider(None), self.service
        if provider is None:
            return None
        return SourceDraft(
            provider=provider,
            team=team,
            source_backend=before.source_backend if before and before.provider_id == provider.pk else "",
            source_config=self.members.get("providerConfig", {}),
            routing=self.members.get("routing", {}),
        )

    def _team(self) -> Group | None:
        if "team" not in self.members:
            return self._only_team()
        name = self.members["team"]
        before = self.service.team if self.service else None
        if name is None or (before and before.name == name):
            return before if name else None
        team = teams_of(self.person).filter(name=name).first()
        if team is None:
            self._refuse("team", "reference", f"You belong to no team {name}.")
        return team

    def _only_team(self) -> Group | None:
        teams = list(own_teams(self.person)[:MAX_NAMED])
        if len(teams) == 1:
            return teams[0]
        if teams or not self.person.has_perm(SEE_EVERY):
            names = ", ".join(team.name for team in teams)
            self._refuse("team", "required", f"Say which: {names}." if names else "You belong to no team.")
        return None

    def _stack(self) -> Stack | None:
        name = self.members.get("stackId")
        if name is None:
            return None
        by = {"key": f"stacks/{name}"} if "/" in name else {"slug": name}
        published = Stack.objects.filter(live_revision__isnull=False, **by).select_related("live_revision")
        found = list(published.order_by("key")[:MAX_NAMED])
        if len(found) == 1:
            self._refuse_unusable(found[0])
            return found[0]
        names = ", ".join(stack.key.partition("/")[2] for stack in found)
        message = f"Several stacks have this name; say which: {names}." if names else f"There is no stack {name}."
        self._refuse("stackId", "ambiguous" if names else "reference", message)
        return None

    def _refuse_unusable(self, stack: Stack) -> None:
        state = stack.live_revision.lifecycle if stack.live_revision else ""
        is_new = self.service is None or self.service.stack_id != stack.pk
        if is_new and state in UNUSABLE:
            message = f"{stack.display_name} is {state}: it takes no new services."
            self._refuse("stackId", f"entry_{state}", message)

    def _provider(self, stack: Stack | None) -> Provider | None:
        slug = self._named("providerId", said_by(stack).get("providers", {}).get(ProviderType.SOURCE, ()))
        if slug is None:
            return None
        sources = Provider.objects.filter(provider_type=ProviderType.SOURCE).select_related("live_revision")
        found = sources.filter(slug=slug).first()
        if found is None:
            self._refuse("providerId", "reference", f"There is no source provider {slug}.")
        return found

    def _builder(self, stack: Stack | None) -> Builder | None:
        said = said_by(stack)
        slug = self._named("builderId", [said["builder"]] if "builder" in said else ())
        if slug is None:
            return None
        found = Builder.objects.filter(slug=slug).select_related("live_revision").first()
        if found is None:
            self._refuse("builderId", "reference", f"There is no builder {slug}.")
        return found

    def _named(self, member: str, offered: Sequence[str]) -> str | None:
        """What the member says, else the only thing that the stack offers."""
        if member in self.members or len(offered) == 1:
            return str(self.members[member] if member in self.members else offered[0])
        names = ", ".join(offered)
        self._refuse(member, "required", f"Say which: {names}." if names else "This is required.")
        return None

    def _refuse(self, member: str, code: str, message: str) -> None:
        self.problems.append(Problem(f"/{member}", code, message))


def said_by(stack: Stack | None) -> Mapping[str, Any]:
    """The stack as readers see it; nothing without one."""
    return stack.live_revision.document if stack and stack.live_revision else {}


def read_draft(
    members: Mapping[str, Any], *, person: User, service: Service | None = None, secrets: Mapping[str, str]
) -> Draft:
    """The draft, if everything that it names is there; whether it is right otherwise is the action's business.

    Raises InvalidDocumentError with everything that is wrong. `secrets` are sent with it.
    """
    reading = Reading(members, person, service)
    draft = reading.draft()
    if draft is None or reading.problems:
        more = judge_draft(draft, service=service, secrets=frozenset(secrets)).errors if draft else ()
        raise InvalidDocumentError(f"The service {members.get('name', '')}", [*reading.problems, *more])
    return draft


def read_source(members: Mapping[str, Any], *, person: User, service: Service | None = None) -> SourceDraft:
    """Raises InvalidDocumentError with everything that is named and not there."""
    reading = Reading(members, person, service)
    source = reading.source()
    if source is None or reading.problems:
        raise InvalidDocumentError("The source", reading.problems, deed="looked at")
    return source
