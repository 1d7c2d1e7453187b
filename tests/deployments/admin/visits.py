"""People at the pages of services, and deployments in any state for them to look at."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from deployments.models import RUNNING, TERMINAL, Artifact, Deployment, LogLine, Service
from tests.deployments.people import team
from tests.deployments.services import make_service, queue

SERVICES, DEPLOYMENTS = "/admin/services/", "/admin/deployments/"


def sit(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page_of(row: Service | Deployment, *more: str) -> str:
    return "/".join(((SERVICES if isinstance(row, Service) else DEPLOYMENTS) + str(row.pk), *more, ""))


def web_service(name: str = "site", **values: Any) -> Service:
    return make_service(name, **{"team": team("Web"), **values})


def make_deployment(service: Service, state: str = "succeeded", **values: Any) -> Deployment:
    """As it would be in this state; one that succeeded is kept, and is what is live."""
    now = timezone.now()
    fields: dict[str, Any] = {"state": state}
    if state in RUNNING:
        fields |= {"lease": uuid4(), "lease_expires_at": now + timedelta(minutes=5), "attempt": 1, "started_at": now}
    if state in TERMINAL:
        fields |= {"finished_at": now, "attempt": 1, "started_at": now - timedelta(seconds=5)}
    if state == "succeeded":
        fields |= {"artifact": make_artifact(), "revision": "sha256:abc", "release": {"id": "r", "url": ""}}
    deployment = queue(service, **{**fields, **values})
    if state == "succeeded":
        Service.objects.filter(pk=service.pk).update(active=deployment)
        service.refresh_from_db()
    return deployment


def make_artifact(**values: Any) -> Artifact:
    fields = {"kind": "site", "size_bytes": 12, "files": 1, "created_at": timezone.now(), **values}
    return Artifact.objects.create(digest=uuid4().hex * 2, **fields)


def say(deployment: Deployment, *texts: str, attempt: int = 1, step: str = "build") -> None:
    """Lines of its log, after those that are there."""
    before, now = deployment.lines.count(), timezone.now()
    LogLine.objects.bulk_create(
        LogLine(deployment=deployment, seq=before + at, at=now, attempt=attempt, step=step, text=text)
        for at, text in enumerate(texts, start=1)
    )


def press(client: Client, row: Service | Deployment, deed: str, **sent: Any) -> Any:
    """A button of its page; the answer before redirects."""
    return client.post(page_of(row), {"deed": deed, "press": uuid4().hex, **sent})


def buttons(answer: Any) -> set[str]:
    """What the page offers to press."""
    page = answer.content.decode()
    deeds = ("deploy", "deploy-afresh", "redeploy", "roll-back", "cancel", "pin", "unpin")
    return {deed for deed in deeds if f'name="deed" value="{deed}"' in page}
