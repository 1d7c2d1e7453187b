"""Deployments asked for and run in the test's own process, by fake backends or by real ones."""

from collections.abc import Callable
from typing import Any

from deployments.actions.requests import request_deployment
from deployments.contract import Context
from deployments.models import Deployment, Service
from deployments.runner.running import run_deployment
from tests.deployments.services import make_service


def make_fake_service(name: str = "site", **values: Any) -> Service:
    """A service of the fake backends (see `fakes`), whose source's text is what becomes live."""
    fake = {f"{kind}_backend": "fake@1" for kind in ("source", "build", "target")}
    return make_service(name, **{**fake, "source_config": {"text": "one"}, "target_config": {}, **values})


def run(service: Service, **values: Any) -> Deployment:
    """Ask for a deployment and run it; nobody else is poked. Needs the fixture `in_process`."""
    return attempt(request_deployment(service, by=None, **values))


def attempt(deployment: Deployment) -> Deployment:
    run_deployment(deployment.pk, poke=lambda pk: None)
    deployment.refresh_from_db()
    return deployment


def fail(error: Exception) -> Callable[[Context], None]:
    """What a fake backend is told to do."""

    def act(context: Context) -> None:
        raise error

    return act


def log_of(deployment: Deployment) -> str:
    return "\n".join(deployment.lines.values_list("text", flat=True))
