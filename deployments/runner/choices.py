"""Which backends a deployment runs with: chosen at its first attempt, kept in its row, and no others from then on.

A rollback runs with the target alone, with that of the deployment that it brings back: whatever the service is now,
its source and builder have nothing to do.
"""

from deployments.builds import get_build
from deployments.contract import Backend, BuildBackend, Kind, PermanentError, SourceBackend, TargetBackend
from deployments.models import BackendKind, Deployment
from deployments.sources import get_source
from deployments.targets import get_target


def chosen_specs(deployment: Deployment) -> dict[str, str]:
    """The `key@major` of each kind: as it was chosen before, else as the service says now."""
    if deployment.backends:
        return {kind: each["backend"] for kind, each in deployment.backends.items()}
    if deployment.artifact_of is not None:
        return {BackendKind.TARGET: _spec_of(deployment.artifact_of, BackendKind.TARGET)}
    service = deployment.service
    return {
        BackendKind.SOURCE: service.source_backend,
        BackendKind.BUILD: service.build_backend,
        BackendKind.TARGET: service.target_backend,
    }


def chosen_backends(deployment: Deployment) -> dict[str, Backend]:
    """An instance of each. Raises BackendMissingError."""
    find = {BackendKind.SOURCE: get_source, BackendKind.BUILD: get_build, BackendKind.TARGET: get_target}
    return {kind: find[BackendKind(kind)](spec) for kind, spec in chosen_specs(deployment).items()}


def refuse_misfits(deployment: Deployment) -> None:
    """Raise PermanentError if one of the chosen cannot use what the one before it makes. Raises BackendMissingError."""
    target = target_of(deployment)
    if deployment.artifact_of is not None and deployment.artifact is not None:
        made, maker = Kind(deployment.artifact.kind), "was built then"
    else:
        build, source = build_of(deployment), source_of(deployment)
        if not source.produces & build.accepts:
            fetched = " or ".join(sorted(source.produces))
            raise PermanentError(
                f"{build.info.name} takes no {fetched}, which is what {source.info.name} fetches.",
                hint="Choose another source or builder.",
            )
        made, maker = build.produces, f"{build.info.name} makes"
    if made not in target.accepts:
        raise PermanentError(
            f"{target.info.name} takes no {made}, which is what {maker}.", hint="Choose another builder or target."
        )


def source_of(deployment: Deployment) -> SourceBackend:
    """As those below: once `Deployment.backends` says which. Raises BackendMissingError."""
    return get_source(_spec_of(deployment, BackendKind.SOURCE))


def build_of(deployment: Deployment) -> BuildBackend:
    return get_build(_spec_of(deployment, BackendKind.BUILD))


def target_of(deployment: Deployment) -> TargetBackend:
    return get_target(_spec_of(deployment, BackendKind.TARGET))


def _spec_of(deployment: Deployment, kind: BackendKind) -> str:
    return str(deployment.backends[kind]["backend"])
