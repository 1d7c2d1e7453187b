"""How a deployment stands, in sentences: while it waits and runs, when it has ended, and what to do about an error."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

from deployments.admin.deployments.steps import WORDS, current_step
from deployments.admin.states import is_committed, is_over, is_stopping, took
from deployments.models import RUNNING, Deployment, DeploymentKind, DeploymentState, ErrorKind
from deployments.models.deployments import MAX_ATTEMPTS

# A deployer looks for what waits at least this often.
PATIENCE = timedelta(seconds=30)
NEXT = {
    ErrorKind.PERMANENT: "Change what it says, then deploy again. Trying the same again will not help.",
    ErrorKind.TRANSIENT: "Nothing is wrong with the service as far as we know: wait a little and deploy again.",
    ErrorKind.TIMEOUT: "Look in the log at what it was waiting for; make the build quicker, or deploy again.",
    ErrorKind.LOST: "Deploy again. If it happens again, tell whoever runs the registry: its deployers die.",
    ErrorKind.BUG: "This is not your fault. Deploy again; if it fails again, tell whoever runs the registry.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong; `is_final` unless it is tried again by itself."""

    kind: str
    message: str
    hint: str
    advice: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """`seconds` counts on while it runs; None where nothing is being done."""

    headline: str
    detail: str
    advice: str
    seconds: int | None
    is_running: bool


def standing_of(deployment: Deployment) -> Standing:
    """`service` with its `active` has to be there; one query at most, for one that waits."""
    headline, detail, advice = _say(deployment)
    is_running = deployment.state in RUNNING
    duration = took(deployment)
    seconds = int(duration.total_seconds()) if is_running and duration is not None else None
    return Standing(headline, detail, advice, seconds, is_running)


def problem_of(deployment: Deployment) -> Problem | None:
    if not deployment.error_kind or deployment.state == DeploymentState.SUCCEEDED:
        return None
    kind = ErrorKind(deployment.error_kind)
    is_final = is_over(deployment)
    advice = NEXT[kind] if is_final else "It is tried again by itself; you need do nothing."
    return Problem(str(kind.label), deployment.error_message, deployment.error_hint, advice, is_final)


def _say(deployment: Deployment) -> tuple[str, str, str]:
    """Headline, detail, advice."""
    if is_stopping(deployment):
        return "Stopping", f"Cancelling was asked for at {_at(deployment.cancel_requested_at)}; it stops soon.", ""
    if deployment.state == DeploymentState.QUEUED:
        return "Waiting to start", *_why_it_waits(deployment)
    if deployment.state in RUNNING:
        return _doing(deployment)
    return {
        DeploymentState.SUCCEEDED: _succeeded,
        DeploymentState.FAILED: _failed,
        DeploymentState.CANCELLED: _cancelled,
        DeploymentState.SUPERSEDED: _superseded,
    }[DeploymentState(deployment.state)](deployment)


def _why_it_waits(deployment: Deployment) -> tuple[str, str]:
    now = timezone.now()
    if deployment.attempt:
        return f"Attempt {deployment.attempt + 1} of {MAX_ATTEMPTS} begins at {_at(deployment.after)}.", ""
    running = deployment.service.deployments.filter(state__in=RUNNING).values_list("number", flat=True).first()
    if running is not None:
        return f"Deployment {running} of this service runs; this one begins when that has ended.", ""
    if now - deployment.requested_at < PATIENCE:
        return "It starts in a moment.", ""
    advice = "If nothing happens within minutes, tell whoever runs the registry to see whether a deployer runs."
    return "It starts as soon as a deployer is free.", advice


def _doing(deployment: Deployment) -> tuple[str, str, str]:
    state = DeploymentState(deployment.state)
    step = current_step(state, [str(each.get("step")) for each in deployment.steps])
    doing = f"At the step “{WORDS[step]}”{_attempt(deployment)}."
    if is_committed(deployment):
        return str(state.label), f"{doing} It cannot be stopped any more.", ""
    return str(state.label), doing, ""


def _attempt(deployment: Deployment) -> str:
    return f", attempt {deployment.attempt} of {MAX_ATTEMPTS}" if deployment.attempt > 1 else ""


def _succeeded(deployment: Deployment) -> tuple[str, str, str]:
    live = deployment.service.active
    back = deployment.artifact_of
    detail = f"It brought back what deployment {back.number} made live." if back else ""
    if live is None or live.pk == deployment.pk:
        return "It is live", detail, ""
    return "It was live", f"{detail} Deployment {live.number} is live now.".strip(), ""


def _failed(deployment: Deployment) -> tuple[str, str, str]:
    return "It failed", _what_is_live(deployment), ""


def _cancelled(deployment: Deployment) -> tuple[str, str, str]:
    at = deployment.cancel_requested_at
    asked = f"Cancelling was asked for at {_at(at)}; it has stopped. " if at else ""
    return "Cancelled", f"{asked}{_what_is_live(deployment)}", ""


def _superseded(deployment: Deployment) -> tuple[str, str, str]:
    return "Replaced by a newer request", "It never began: somebody, or a push, asked again before it could.", ""


def _what_is_live(deployment: Deployment) -> str:
    live, verb = deployment.service.active, DeploymentKind(deployment.kind)
    if live is None:
        return "Nothing of this service is live yet."
    if live.pk == deployment.pk:
        return "Its target may serve it all the same; the registry is putting that right."
    undone = "; nothing was rolled back" if verb == DeploymentKind.ROLLBACK else ""
    return f"Deployment {live.number} stays live{undone}."


def _at(moment: datetime | None) -> str:
    return f"{date_format(moment, 'H:i:s')} UTC" if moment else "an unknown time"
