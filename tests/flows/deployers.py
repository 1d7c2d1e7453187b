"""A registry whose deployers can be killed: services are made and asked for from outside, answers read from rows."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.processes import Registry, wait_for

# How long builds sleep, in seconds; the fraction tells them from those of tests that run beside these.
A_WHILE, FOR_EVER = (f"{seconds}.{os.getpid():09d}" for seconds in (6, 600))
DEPLOYER = (
    "-m", "celery", "--quiet", "-A", "tests.flows.quick_deployer", "worker", "--loglevel", "INFO", "--pool", "solo",
    "--queues", "deploy",
)  # fmt: skip
SWEEPER = ("-m", "celery", "--quiet", "-A", "tests.flows.quick_deployer", "beat", "--loglevel", "INFO")
MAKE = """
import json
from django.utils import timezone
from catalog.models import Builder, Provider
from deployments.models import Service
fields = json.loads(FIELDS)
Service.objects.create(
    provider=Provider.objects.get(key=PROVIDER), builder=Builder.objects.get(key=BUILDER),
    target_backend="directory@1", created_at=timezone.now(), **fields,
)
"""
ASK = """
import json
from deployments.actions.requests import request_deployment
from deployments.models import Service
service = Service.objects.get(name=NAME)
texts = json.loads(TEXTS)
for text in texts:
    Service.objects.filter(pk=service.pk).update(source_config={"files": {"index.html": text}})
    service.refresh_from_db()
    print(request_deployment(service, by=None).pk)
"""
STATES = """
import json
from deployments.models import Deployment
rows = Deployment.objects.filter(service__name=NAME).order_by("number")
print(json.dumps([[row.state, row.attempt, row.error_message] for row in rows]))
"""
CANCEL = """
from deployments.actions.requests import request_cancel
from deployments.models import Deployment
request_cancel(Deployment.objects.get(pk=ID), by=None)
"""
LOG = """
import json
from deployments.models import LogLine
lines = LogLine.objects.filter(deployment__service__name=NAME).order_by("deployment__number", "seq")
print(json.dumps(list(lines.values_list("text", flat=True))))
"""


REQUEST = """
from deployments.actions.requests import request_deployment
from deployments.models import Service
request_deployment(Service.objects.get(name=NAME), by=None)
"""


class Deploying:
    """Services of a registry, from outside."""

    def __init__(self, registry: Registry, name: str = "site") -> None:
        self.registry, self.name = registry, name

    def make_service(self, name: str = "", *, source: str = "inline", build: str = "static", **fields: Any) -> None:
        """`source` built by `build`, or by `build_command` if it is given, into a folder of the service's name."""
        name = name or self.name
        command = fields.pop("build_command", None)
        backends: dict[str, Any] = {"source_backend": f"{source}@1", "build_backend": f"{build}@1"}
        if command:
            build, config = "command", {"buildCommand": command, "outputFolder": "out"}
            backends |= {"build_backend": "command@1", "build_config": config}
        described = {"name": name, "target_config": {"folder": name}, **backends, **fields}
        keys = {"PROVIDER": f"providers/source/{source}", "BUILDER": f"builders/{build}"}
        self.python(MAKE, FIELDS=json.dumps(described), **keys)

    def ask(self, *texts: str, name: str = "") -> list[str]:
        """Ask for one deployment after another, each with another text; their ids."""
        return self.python(ASK, NAME=name or self.name, TEXTS=json.dumps(texts)).split()

    def request(self, name: str = "") -> None:
        """Ask for one deployment of the service as it is."""
        self.python(REQUEST, NAME=name or self.name)

    def states(self, name: str = "") -> list[tuple[str, int, str]]:
        """State, attempts and error of each deployment, in order."""
        return [
            (state, attempt, error) for state, attempt, error in json.loads(self.python(STATES, NAME=name or self.name))
        ]

    def ended(self, *states: str) -> bool:
        """Whether these are the states of its deployments, in order."""
        return [state for state, _, _ in self.states()] == list(states)

    def cancel(self, deployment: str) -> None:
        self.python(CANCEL, ID=deployment)

    def log(self) -> list[str]:
        """What all of its deployments said."""
        lines: list[str] = json.loads(self.python(LOG, NAME=self.name))
        return lines

    def start(self, name: str, **environment: str) -> None:
        """A deployer of this name."""
        self.registry.start(name, *DEPLOYER, "-n", f"{name}@localhost", **environment)

    def wait_until_building(self) -> None:
        """One of `sleepers` runs."""
        wait_for(lambda: self.states()[-1][0] == "building", what="The build", seconds=60)
        wait_for(sleepers, what="The command of the build")

    def live(self, name: str = "") -> str:
        """What the web server would serve; empty if nothing."""
        page = self.registry.folder / "sites" / (name or self.name) / "current" / "index.html"
        return page.read_text() if page.exists() else ""

    def work_left(self) -> list[Path]:
        folder = self.registry.folder / "work"
        return list(folder.iterdir()) if folder.exists() else []

    def python(self, code: str, **values: str) -> str:
        for name, value in values.items():
            code = code.replace(name, repr(value))
        return self.registry.python(code)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory, shared_services: dict[str, str]) -> Iterator[Registry]:
    """With the starter catalogue and a beat that sweeps every second; what one module's tests share."""
    seconds = {"REGISTRY_DEPLOYMENT_SECONDS": "120"}
    registry = Registry(tmp_path_factory.mktemp("registry"), {**shared_services, **seconds})
    registry.manage("migrate")
    registry.manage("load_starter_catalog")
    registry.start("beat", *SWEEPER)
    yield registry
    registry.stop()


@pytest.fixture
def deploying(request: pytest.FixtureRequest, registry: Registry) -> Iterator[Deploying]:
    """A service's name of its own for each test, and nobody at work before and after it."""
    for log in registry.folder.glob("*.log"):
        log.write_text("")
    yield Deploying(registry, hashlib.sha256(request.node.name.encode()).hexdigest()[:12])
    registry.stop(*(name for name in registry.running if name != "beat"))


def sleepers() -> list[int]:
    """Processes of builds of this test run: they sleep for `A_WHILE` or `FOR_EVER`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[:1] == [b"sleep"] and words[1] in (A_WHILE.encode(), FOR_EVER.encode()):
            found.append(int(process.name))
    return found
