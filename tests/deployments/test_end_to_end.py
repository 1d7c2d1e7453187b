"""From a repository to a page that a web server serves, with the real tools and the real runner."""

from pathlib import Path

import httpx
import pytest

from deployments.actions.requests import request_rollback
from deployments.actions.secrets import set_secret
from deployments.models import Service
from tests.deployments.builds.test_hugo import SITE
from tests.deployments.runs import attempt, run
from tests.deployments.services import make_service
from tests.deployments.sources.conftest import loopback_allowed, server
from tests.deployments.sources.git_server import make_repository, needs_git, serve_repositories
from tests.deployments.sources.servers import Server
from tests.deployments.targets.test_nginx import address
from tests.deployments.tools import needs, needs_sandbox

__all__ = ["address", "loopback_allowed", "server"]
pytestmark = [*needs_git, needs_sandbox, needs(hugo="hugo", nginx="nginx-light")]
PASSWORD = "baker:very-secret-token"


@pytest.mark.usefixtures("in_process", "loopback_allowed")
def test_site_of_a_private_repository_is_served_and_rolled_back(server: Server, address: str, tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repositories/bakery.git")
    first = repository.commit(SITE)
    serve_repositories(server, tmp_path / "repositories", password=PASSWORD)
    config = {"url": f"{server.url}/bakery.git", "username": "baker", "token": {"$secret": "git-token"}}
    backends = {"source_backend": "git@1", "build_backend": "hugo@1"}
    service = make_service(**backends, source_config=config, target_config={"folder": "site"})
    set_secret(service, "git-token", PASSWORD.partition(":")[2])

    deployment = run(service)

    assert (deployment.state, deployment.error_message, deployment.revision) == ("succeeded", "", first)
    assert "Bakery" in httpx.get(address).text
    assert "very-secret-token" not in "".join(deployment.lines.values_list("text", flat=True))
    repository.commit({"hugo.toml": 'title = "Butcher"\n'})
    run(service)
    assert "Butcher" in httpx.get(address).text
    attempt(request_rollback(Service.objects.get(), to=deployment, by=None))
    assert "Bakery" in httpx.get(address).text
