"""A look at what Git's own server gives: confined as a deployment's fetch, with its messages."""

from typing import Any

import pytest
from django.conf import settings as current

from deployments.actions.requests import request_deployment
from deployments.models import Look, Service
from deployments.runner.looking import run_look
from deployments.runner.running import run_deployment
from tests.deployments.looks import ask, ended, found, look, source
from tests.deployments.services import make_service
from tests.deployments.sources.git_server import Working, needs_git

pytestmark = [*needs_git, pytest.mark.usefixtures("in_process", "catalogue", "loopback_allowed")]


def at(url: str, **config: Any) -> Any:
    return source("git@1", source_config={"url": url, **config})


def deployed(url: str, **config: Any) -> tuple[str, str, str, str]:
    """How a deployment of the same source ends."""
    service = make_service(source_backend="git@1", source_config={"url": url, **config})
    made = request_deployment(Service.objects.get(pk=service.pk), by=None)
    run_deployment(made.pk, poke=lambda pk: None)
    made.refresh_from_db()
    return (made.state, made.error_kind, made.error_message, made.error_hint)


def test_repository_is_looked_at(site: Working, url: str) -> None:
    commit = site.commit({"hugo.toml": "title = 'x'", "content/_index.md": ""})

    made = look(at(url))

    assert (made.state, made.revision, found(made)) == ("found", commit, ["hugo@1"])
    assert list(current.REGISTRY_WORK_DIR.iterdir()) == []
    assert not current.REGISTRY_CACHE_DIR.exists()


@pytest.mark.parametrize("config", [{"ref": "gone"}, {"subfolder": "gone"}])
def test_what_fails_says_what_a_deployment_says(site: Working, url: str, config: dict[str, Any]) -> None:
    site.commit({"index.html": ""})

    assert ended(look(at(url, **config))) == deployed(url, **config)
    assert Look.objects.get().error_kind == "permanent"


def test_private_address_is_refused_as_for_a_deployment(site: Working, url: str, settings: Any) -> None:
    made = ask(at(url))
    settings.REGISTRY_SOURCE_NETWORKS = []

    run_look(made.pk)

    made.refresh_from_db()
    state, kind, message, _ = deployed(url)
    assert (made.state, made.error_kind) == (state, kind) == ("failed", "permanent")
    assert message == f"source{made.error_message}"
