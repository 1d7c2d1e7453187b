"""A context, an empty folder to fetch into, servers on this machine, and settings that allow them."""

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tests.deployments.contexts import PlainContext
from tests.deployments.sources.git_server import Working, make_repository, serve_repositories
from tests.deployments.sources.github_server import GitHubServer, run_github
from tests.deployments.sources.servers import Server, run_server


@pytest.fixture
def context(tmp_path: Path) -> PlainContext:
    for name in ("work", "cache"):
        (tmp_path / name).mkdir()
    return PlainContext(tmp_path / "work", tmp_path / "cache")


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


@pytest.fixture
def server() -> Iterator[Server]:
    with run_server() as server:
        yield server


@pytest.fixture
def loopback_allowed(settings: Settings) -> None:
    """Sources may be fetched from this machine, and without TLS."""
    settings.REGISTRY_SOURCE_NETWORKS = [ip_network("127.0.0.1/32")]
    settings.REGISTRY_SOURCE_HTTP = True


@pytest.fixture
def site(tmp_path: Path, server: Server) -> Working:
    """A repository that the server serves at `url`."""
    serve_repositories(server, tmp_path / "repositories")
    return make_repository(tmp_path / "repositories" / "site.git")


@pytest.fixture
def url(server: Server) -> str:
    return f"{server.url}/site.git"


@pytest.fixture
def github_site(tmp_path: Path) -> Working:
    return make_repository(tmp_path / "github-site")


@pytest.fixture
def github(github_site: Working) -> Iterator[GitHubServer]:
    with run_github(github_site) as github:
        yield github


@pytest.fixture
def github_config(github: GitHubServer) -> dict[str, Any]:
    """The config of the repository that the GitHub of `github` has."""
    return {"repository": "bakery/site", "apiUrl": github.api.url}
