"""Which backends a deployment runs with: chosen at its first attempt, kept in its row, and no others from then on.

Once there is an artifact, the target alone has something to do: source and builder may be gone by then. That is so for
a rollback, with the target of the deployment that it brings back, and for an attempt after one that has built.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deployments.builds import get_build
from deployments.contract import Backend, BuildBackend, Kind, PermanentError, SourceBackend, TargetBackend
from deployments.models import Artifact, BackendKind, Deployment
from deployments.sources import get_source
from deployments.targets import get_target


@dataclass(frozen=True, slots=True)
class Maker:
    """What makes an artifact."""

    source: SourceBackend
    build: BuildBackend


@dataclass(frozen=True, slots=True)
class Chosen:
    """An instance of each backend that has something to do; `maker` is an artifact where that is there already."""

    maker: Maker | Artifact
    target: TargetBackend

    def by_kind(self) -> dict[str, Backend]:
        if isinstance(self.maker, Artifact):
            return {BackendKind.TARGET: self.target}
        return {
            BackendKind.SOURCE: self.maker.source,
            BackendKind.BUILD: self.maker.build,
            BackendKind.TARGET: self.target,
        }


def chosen_backends(deployment: Deployment) -> Chosen:
    """As they were chosen before, else as the service says now. Raises BackendMissingError."""
    specs = _chosen_specs(deployment)
    made = deployment.artifact
    maker = made or Maker(get_source(specs[BackendKind.SOURCE]), get_build(specs[BackendKind.BUILD]))
    return Chosen(maker, get_target(specs[BackendKind.TARGET]))


def refuse_misfits(chosen: Chosen) -> None:
    """Raise PermanentError if one of the chosen cannot use what the one before it makes."""
    maker = chosen.maker
    if isinstance(maker, Artifact):
        misfit = misfit_of_target(chosen.target, Kind(maker.kind), maker="was built then")
    else:
        if misfit := misfit_of_build(maker.build, maker.source):
            raise PermanentError(misfit, hint="Choose another source or builder.")
        misfit = misfit_of_target(chosen.target, maker.build.produces, maker=f"{maker.build.info.name} makes")
    if misfit:
        raise PermanentError(misfit, hint="Choose another builder or target.")


def misfit_of_build(build: BuildBackend, source: SourceBackend) -> str:
    """Why the builder cannot use what the source fetches; empty if it can."""
    if source.produces & build.accepts:
        return ""
    fetched = " or ".join(sorted(source.produces))
    return f"{build.info.name} takes no {fetched}, which is what {source.info.name} fetches."


def misfit_of_target(target: TargetBackend, made: Kind, *, maker: str) -> str:
    """Why the target cannot use what was made; empty if it can. `maker` says who made it: `Hugo makes`."""
    return "" if made in target.accepts else f"{target.info.name} takes no {made}, which is what {maker}."


def source_of(deployment: Deployment) -> SourceBackend:
    """As those below: once `Deployment.backends` says which. Raises BackendMissingError."""
    return get_source(_spec_of(deployment, BackendKind.SOURCE))


def build_of(deployment: Deployment) -> BuildBackend:
    return get_build(_spec_of(deployment, BackendKind.BUILD))


def target_of(deployment: Deployment) -> TargetBackend:
    return get_target(_spec_of(deployment, BackendKind.TARGET))


def target_and_config_of(deployment: Deployment) -> tuple[TargetBackend, Mapping[str, Any]]:
    """The config as it was judged when the deployment began."""
    return target_of(deployment), deployment.configs[BackendKind.TARGET]


def _chosen_specs(deployment: Deployment) -> dict[str, str]:
    """The `key@major` of each kind."""
    of = deployment.artifact_of
    if kept := deployment.backends or (of.backends if of else {}):
        return {kind: each["backend"] for kind, each in kept.items()}
    service = deployment.service
    return {
        BackendKind.SOURCE: service.source_backend,
        BackendKind.BUILD: service.build_backend,
        BackendKind.TARGET: service.target_backend,
    }


def _spec_of(deployment: Deployment, kind: BackendKind) -> str:
    return str(deployment.backends[kind]["backend"])
