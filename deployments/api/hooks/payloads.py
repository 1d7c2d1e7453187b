"""What was pushed, out of what each flavour sends; only of bodies whose signature is right.

Reference: GitHub, "Webhook events and payloads" (push); GitLab, "Webhook events" (push events).
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from catalog.api.problems import BadRequestError
from deployments.actions.hooks.receiving import Push
from deployments.models import Flavour

DELIVERY = re.compile(r"[\x21-\x7e]{1,100}")
COMMIT = re.compile("[0-9a-f]{40}([0-9a-f]{24})?")
MAX_BRANCH = 250
HEADS, TAGS = "refs/heads/", "refs/tags/"
# Which headers name a delivery, the better one first: GitLab gives what one push sets off the same event id.
DELIVERY_HEADERS = {
    Flavour.GITHUB: ("X-GitHub-Delivery",),
    Flavour.GITLAB: ("Idempotency-Key", "X-Gitlab-Event-UUID"),
    Flavour.GENERIC: ("X-Registry-Delivery",),
}
EVENT_HEADERS = {Flavour.GITHUB: "X-GitHub-Event", Flavour.GITLAB: "X-Gitlab-Event"}
PUSHES = {Flavour.GITHUB: "push", Flavour.GITLAB: "Push Hook"}
PING = "ping"


def read_event(flavour: str, headers: Mapping[str, str]) -> str:
    """`push`, `ping`, or whatever the sender calls it."""
    if flavour not in EVENT_HEADERS:
        return "push"
    event = headers.get(EVENT_HEADERS[Flavour(flavour)], "")
    return "push" if event == PUSHES[Flavour(flavour)] else event


def read_push(flavour: str, body: bytes, headers: Mapping[str, str], *, fingerprint: str) -> Push:
    """Raises BadRequestError for what is no such push."""
    delivery = _read_delivery(flavour, headers)
    sent = _read_object(body)
    commit = _read_commit(sent)
    branch, obstacle = _read_named(sent) if flavour == Flavour.GENERIC else _read_ref(sent)
    return Push(
        delivery=delivery, fingerprint=fingerprint, event="push", branch=branch, commit=commit, obstacle=obstacle
    )


def _read_delivery(flavour: str, headers: Mapping[str, str]) -> str:
    names = DELIVERY_HEADERS[Flavour(flavour)]
    delivery = next((headers[name] for name in names if name in headers), "")
    if not DELIVERY.fullmatch(delivery):
        raise BadRequestError(f"{names[0]} has to name the delivery in up to 100 characters, without spaces.")
    return delivery


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("The body is no JSON.") from error
    if not isinstance(sent, dict):
        raise BadRequestError("The body is no JSON object.")
    return sent


def _read_ref(sent: Mapping[str, Any]) -> tuple[str, str]:
    """(branch, what stands against deploying it) of a push as GitHub and GitLab tell it."""
    ref = sent.get("ref")
    if not isinstance(ref, str):
        raise _no_branch("ref")
    if ref.startswith(TAGS):
        return "", f"A tag was pushed, {_checked(ref.removeprefix(TAGS), 'ref')[:200]}: only branches are deployed."
    branch = _checked(ref.removeprefix(HEADS), "ref")
    if not ref.startswith(HEADS):
        return "", "What was pushed is no branch."
    is_deleted = sent.get("deleted") is True or _is_zero(sent.get("after"))
    return branch, "The branch was deleted." if is_deleted else ""


def _read_named(sent: Mapping[str, Any]) -> tuple[str, str]:
    """A program may leave the branch out: then it asks for a deployment, whatever was pushed."""
    branch = sent.get("branch", "")
    if not isinstance(branch, str):
        raise _no_branch("branch")
    return (_checked(branch, "branch") if branch else ""), ""


def _read_commit(sent: Mapping[str, Any]) -> str:
    """Empty for what is no commit's id."""
    for name in ("after", "checkout_sha", "commit"):
        value = sent.get(name)
        if isinstance(value, str) and COMMIT.fullmatch(value) and not _is_zero(value):
            return value
    return ""


def _is_zero(commit: object) -> bool:
    """How both say that there is no commit any more."""
    return isinstance(commit, str) and bool(commit) and not commit.strip("0")


def _checked(name: str, member: str) -> str:
    if not name or len(name) > MAX_BRANCH or not name.isprintable():
        raise _no_branch(member)
    return name


def _no_branch(member: str) -> BadRequestError:
    problem = {
        "path": f"/{member}",
        "code": "branch",
        "message": f"This has to name a branch of up to {MAX_BRANCH} letters.",
    }
    return BadRequestError("The body does not say which branch was pushed.", errors=[problem])
