"""A registry whose deployers can be killed: services are made and asked for from outside, answers read from rows."""

import json
from pathlib import Path
from typing import Any

from tests.flows.processes import Registry

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
