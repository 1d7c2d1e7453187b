"""The steps of a deployment: those that are done with their times, the one that it is at, and those to come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from deployments.admin.states import in_words
from deployments.models import Deployment, DeploymentState, ErrorKind

WORDS = {
    "prepare": "Get ready",
    "resolve": "Find the revision",
    "fetch": "Fetch the source",
    "build": "Build",
    "verify": "Check what was built",
    "upload": "Upload",
    "probe": "Try it",
    "activate": "Make it live",
    "end": "End",
}
# What is done in each state, in order.
PHASES = {
    DeploymentState.FETCHING: ("resolve", "fetch"),
    DeploymentState.BUILDING: ("build", "verify"),
    DeploymentState.DEPLOYING: ("upload", "probe", "activate"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """`mark` is done, failed, stopped, current or next."""

    name: str
    words: str
    mark: str
    duration: str = ""
    connection: str = ""


def steps_of(deployment: Deployment) -> list[Step]:
    """Also of earlier attempts; what has failed is the last one of a deployment that did."""
    done = [_done(each) for each in deployment.steps]
    state = DeploymentState(deployment.state)
    if done and (mark := _mark_of_last(deployment)):
        done[-1] = replace(done[-1], mark=mark)
    if state not in PHASES:
        return done
    current = current_step(state, [each.name for each in done])
    coming = [*PHASES[state]][PHASES[state].index(current) + 1 :]
    after = list(PHASES)[list(PHASES).index(state) + 1 :]
    names = [*coming, *(name for phase in after for name in PHASES[phase])]
    return [*done, Step(current, WORDS[current], "current"), *(Step(name, WORDS[name], "next") for name in names)]


def current_step(state: DeploymentState, done: Sequence[str]) -> str:
    """The one after the last that was done in this state; the first one if that is another attempt's."""
    names = PHASES[state]
    last = done[-1] if done else ""
    return names[names.index(last) + 1] if last in names[:-1] else names[0]


def _done(kept: dict[str, Any]) -> Step:
    name = str(kept.get("step", ""))
    duration = in_words(timedelta(seconds=float(kept.get("seconds") or 0)))
    return Step(name, WORDS.get(name, name), "done", duration, str(kept.get("connection") or ""))


def _mark_of_last(deployment: Deployment) -> str:
    """Empty if it was done: where workers died, nobody kept what they were at."""
    if deployment.state == DeploymentState.CANCELLED:
        return "stopped"
    if deployment.state not in (DeploymentState.FAILED, DeploymentState.QUEUED):
        return ""
    return "failed" if deployment.error_kind not in ("", ErrorKind.LOST) else ""
