"""Readers of a log as browsers are: they follow its events, are cut off, and go on after the last one that they had."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

# A deployment that runs, for whoever asks in the tests; nobody works at it.
BEGIN = """
import uuid
from datetime import timedelta
from django.contrib.auth.models import Group, User
from django.utils import timezone
from catalog.actions.tokens import make_token
from catalog.models import Builder, Provider
from deployments.models import Deployment, Service
now = timezone.now()
name = uuid.uuid4().hex
team, reader = Group.objects.create(name=name), User.objects.create_user(name)
reader.groups.set([team, Group.objects.get(name="Deployer")])
service = Service.objects.create(
    name=name, team=team, provider=Provider.objects.get(key="providers/source/inline"),
    builder=Builder.objects.get(key="builders/static"), source_backend="inline@1", build_backend="static@1",
    target_backend="directory@1", created_at=now,
)
deployment = Deployment.objects.create(
    service=service, number=1, requested_at=now, after=now, state="building", attempt=1, lease=uuid.uuid4(),
    lease_expires_at=now + timedelta(hours=1), started_at=now,
)
token, text = make_token(by=reader, owner=reader, name="Reader", scopes=["deployments:read"], days=1)
print(deployment.pk, token.public_id, text)
"""
# Says COUNT lines in SECONDS, as a deployer does, and ends.
WRITE = """
import random, time, uuid
from django.db import transaction
from django.utils import timezone
from deployments.models import Deployment, LogLine
pk, said, pause = uuid.UUID(DEPLOYMENT), 0, SECONDS * 10 / COUNT
while said < COUNT:
    some = range(said + 1, min(said + random.randint(1, 20), COUNT) + 1)
    with transaction.atomic():
        Deployment.objects.select_for_update().get(pk=pk)
        LogLine.objects.bulk_create(
            LogLine(deployment_id=pk, seq=n, at=timezone.now(), attempt=1, step="build", text=f"line {n}") for n in some
        )
    said = some[-1]
    time.sleep(pause)
steps = [{"step": "build", "seconds": 1.5}]
ended = {"state": "succeeded", "finished_at": timezone.now(), "lease": None, "lease_expires_at": None, "steps": steps}
Deployment.objects.filter(pk=pk).update(**ended)
"""


@dataclass
class Event:
    name: str
    content: Any
    id: str = ""


@dataclass
class Listener:
    """`said` are the numbers of the lines that it was told, `cuts` how often it went away."""

    address: str
    token: str
    is_cut: bool = False
    said: list[int] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    cuts: int = 0
    is_done: bool = False

    async def listen(self, client: httpx.AsyncClient) -> None:
        """Until it is done."""
        while not self.is_done:
            await self._listen_once(client)

    async def _listen_once(self, client: httpx.AsyncClient) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        if self.said:
            headers["Last-Event-ID"] = str(self.said[-1])
        patience = random.randint(1, 120) if self.is_cut else 1_000_000
        async with client.stream("GET", self.address, headers=headers) as answer:
            assert answer.status_code == 200, await answer.aread()
            async for event in events_of(answer):
                self._note(event)
                patience -= 1
                if patience <= 0 and not self.is_done:
                    self.cuts += 1
                    return

    def _note(self, event: Event) -> None:
        if event.name == "line":
            assert str(event.content["seq"]) == event.id
            self.said.append(event.content["seq"])
        elif event.name == "state":
            self.states.append(event.content["state"])
        elif event.name == "done":
            self.is_done = True


async def events_of(answer: httpx.Response) -> AsyncIterator[Event]:
    """As they come; comments and `retry` are left out, and half an event at the end, as browsers do."""
    parts: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if line:
            parts[name] = value
        elif "data" in parts:
            yield Event(parts.get("event", ""), json.loads(parts["data"]), parts.get("id", ""))
        if not line:
            parts = {}


async def listen_all(listeners: Sequence[Listener]) -> None:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=30, limits=limits) as client:
        await asyncio.gather(*(listener.listen(client) for listener in listeners))
