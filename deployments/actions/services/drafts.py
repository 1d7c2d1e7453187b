"""What somebody wants a service to be, and its document: the form in which it is kept, compared and brought back.

Names are those of the API (`providerId`, `builderConfig`); secrets are references in both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Group

from catalog.models import Builder, CatalogEntry, Provider, Stack
from catalog.models.choices import ProviderType
from catalog.schemas.problems import Problem
from deployments.models import BackendKind, Service

SCHEMA_VERSION = "1.0.0"
# Member of a document -> column of a service, for what needs no look-up.
PLAIN = {
    "name": "name",
    "environment": "environment",
    "providerBackend": "source_backend",
    "builderBackend": "build_backend",
    "targetBackend": "target_backend",
    "providerConfig": "source_config",
    "builderConfig": "build_config",
    "targetConfig": "target_config",
    "routing": "routing",
}
CONFIG_MEMBERS = {
    BackendKind.SOURCE: "providerConfig",
    BackendKind.BUILD: "builderConfig",
    BackendKind.TARGET: "targetConfig",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDraft:
    """Where a service's source is to come from, and who it is for; an empty backend is what the provider's row says."""

    provider: Provider
    team: Group | None = None
    source_backend: str = ""
    source_config: Mapping[str, Any] = field(default_factory=dict)
    routing: Mapping[str, Any] = field(default_factory=dict)

    @property
    def backends(self) -> dict[BackendKind, str]:
        """Each a `key@major`."""
        return {BackendKind.SOURCE: self.source_backend or self.provider.backend}

    @property
    def configs(self) -> dict[BackendKind, Mapping[str, Any]]:
        return {BackendKind.SOURCE: self.source_config}

    @property
    def rows(self) -> dict[BackendKind, CatalogEntry]:
        """Targets have no row in the catalogue."""
        return {BackendKind.SOURCE: self.provider}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(SourceDraft):
    """A service as it is to be. Backends are `key@major`; an empty one is what the provider's or builder's row says."""

    name: str
    builder: Builder
    target_backend: str
    environment: str = "production"
    stack: Stack | None = None
    build_backend: str = ""
    build_config: Mapping[str, Any] = field(default_factory=dict)
    target_config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def backends(self) -> dict[BackendKind, str]:
        return {
            BackendKind.SOURCE: self.source_backend or self.provider.backend,
            BackendKind.BUILD: self.build_backend or self.builder.backend,
            BackendKind.TARGET: self.target_backend,
        }

    @property
    def configs(self) -> dict[BackendKind, Mapping[str, Any]]:
        return {
            BackendKind.SOURCE: self.source_config,
            BackendKind.BUILD: self.build_config,
            BackendKind.TARGET: self.target_config,
        }

    @property
    def rows(self) -> dict[BackendKind, CatalogEntry]:
        return {BackendKind.SOURCE: self.provider, BackendKind.BUILD: self.builder}

    def columns(self) -> dict[str, Any]:
        """What a service's row holds of it."""
        backends = self.backends
        return {
            "name": self.name,
            "environment": self.environment,
            "team": self.team,
            "provider": self.provider,
            "builder": self.builder,
            "stack": self.stack,
            "source_backend": backends[BackendKind.SOURCE],
            "build_backend": backends[BackendKind.BUILD],
            "target_backend": backends[BackendKind.TARGET],
            "source_config": dict(self.source_config),
            "build_config": dict(self.build_config),
            "target_config": dict(self.target_config),
            "routing": dict(self.routing),
        }


def source_of(draft: SourceDraft) -> SourceDraft:
    """The source of a draft alone."""
    wanted = draft.routing.get(BackendKind.SOURCE)
    return SourceDraft(
        provider=draft.provider,
        team=draft.team,
        source_backend=draft.source_backend,
        source_config=draft.source_config,
        routing={} if wanted is None else {BackendKind.SOURCE: wanted},
    )


def draft_of(service: Service) -> Draft:
    """The service as it is now, to be changed with `dataclasses.replace`."""
    plain = {column: getattr(service, column) for column in PLAIN.values()}
    return Draft(team=service.team, provider=service.provider, builder=service.builder, stack=service.stack, **plain)


def document_of(service: Service) -> dict[str, Any]:
    """What is kept of the service in its revisions."""
    plain = {member: getattr(service, column) for member, column in PLAIN.items()}
    return {
        **plain,
        "team": service.team.name if service.team else None,
        "providerId": service.provider.slug,
        "builderId": service.builder.slug,
        "stackId": service.stack.key.partition("/")[2] if service.stack else None,
    }


def read_document(document: Mapping[str, Any]) -> tuple[Draft | None, list[Problem]]:
    """The draft that a document describes; None, and what it names that is not there any more."""
    provider = Provider.objects.filter(provider_type=ProviderType.SOURCE, slug=document["providerId"]).first()
    builder = Builder.objects.filter(slug=document["builderId"]).first()
    stack = document["stackId"] and Stack.objects.filter(key=f"stacks/{document['stackId']}").first()
    team = document["team"] and Group.objects.filter(name=document["team"]).first()
    problems = [
        Problem(f"/{member}", "reference", f"There is no {noun} {document[member]}.")
        for member, noun, found in (
            ("providerId", "provider", provider),
            ("builderId", "builder", builder),
            ("stackId", "stack", stack),
            ("team", "team", team),
        )
        if document[member] is not None and found is None
    ]
    if problems or provider is None or builder is None:
        return None, problems
    plain = {column: document[member] for member, column in PLAIN.items()}
    return Draft(provider=provider, builder=builder, stack=stack or None, team=team or None, **plain), []
