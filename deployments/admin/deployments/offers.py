"""What can be done with a deployment, as the actions would allow it: cancelled, brought back, deployed again."""

from dataclasses import dataclass

from deployments.admin.states import is_committed, is_over
from deployments.models import BackendKind, Deployment, DeploymentState, Service


@dataclass(frozen=True, slots=True)
class Offers:
    """`is_gone`: it was live, and what it had built is no longer kept, so that it cannot be brought back."""

    cancel: bool = False
    roll_back: bool = False
    redeploy: bool = False
    is_gone: bool = False


def offers_of(deployment: Deployment, *, may_deploy: bool) -> Offers:
    """`service` and `artifact` have to be there."""
    was_live = deployment.state == DeploymentState.SUCCEEDED
    is_kept = deployment.artifact is not None and deployment.artifact.collected_at is None
    is_gone = was_live and not is_kept
    if not may_deploy:
        return Offers(is_gone=is_gone)
    knows_all = bool(deployment.revision) and deployment.configs.keys() == set(BackendKind)
    return Offers(
        cancel=not is_over(deployment) and deployment.cancel_requested_at is None and not is_committed(deployment),
        roll_back=was_live and is_kept and deployment.service.active_id != deployment.pk,
        redeploy=is_over(deployment) and knows_all and not deployment.artifact_of_id,
        is_gone=is_gone,
    )


def find_release_before(service: Service) -> Deployment | None:
    """What was live before what is live, if it is kept: where one click goes back to. One query."""
    were_live = service.deployments.filter(state=DeploymentState.SUCCEEDED, artifact__collected_at=None)
    were_live = were_live.exclude(artifact=None)
    live = service.active
    if live is not None:
        # After a rollback, before what that brought back: not what it was brought back from.
        since = live.artifact_of or live
        were_live = were_live.filter(number__lt=since.number)
    return were_live.order_by("-number").first()
