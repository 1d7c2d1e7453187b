"""How a deployment stands, as a badge and in words: the one place that says which state has which colour."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from deployments.models import RUNNING, TERMINAL, Deployment, DeploymentState

TONES = {
    DeploymentState.QUEUED: "note",
    DeploymentState.FETCHING: "note",
    DeploymentState.BUILDING: "note",
    DeploymentState.DEPLOYING: "note",
    DeploymentState.SUCCEEDED: "good",
    DeploymentState.FAILED: "bad",
    DeploymentState.CANCELLED: "warn",
    DeploymentState.SUPERSEDED: "",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """`tone` is note, good, warn, bad, or empty for what needs nobody's attention."""

    text: str
    tone: str


def badge_of(deployment: Deployment) -> Badge:
    state = DeploymentState(deployment.state)
    if is_stopping(deployment):
        return Badge("Stopping", "warn")
    return Badge(str(state.label), TONES[state])


def is_over(deployment: Deployment) -> bool:
    return deployment.state in TERMINAL


def is_stopping(deployment: Deployment) -> bool:
    """Somebody asked to cancel it, and whoever runs it has not said yet that it has stopped."""
    return deployment.state in RUNNING and deployment.cancel_requested_at is not None


def is_committed(deployment: Deployment) -> bool:
    """The database says that it is live, and the target is just being told: nothing stops it any more.

    `service` has to be there.
    """
    return deployment.state in RUNNING and deployment.service.active_id == deployment.pk


def took(deployment: Deployment) -> timedelta | None:
    """How long its last attempt has been at work so far; None if none was."""
    if deployment.started_at is None or deployment.state == DeploymentState.QUEUED:
        return None
    return max((deployment.finished_at or timezone.now()) - deployment.started_at, timedelta(0))


def in_words(duration: timedelta | None) -> str:
    """`4 s`, `2 min 5 s`, `1 h 3 min`; empty for None."""
    if duration is None:
        return ""
    seconds = duration.total_seconds()
    if seconds < 0.1:
        return "under 0.1 s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 1:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
