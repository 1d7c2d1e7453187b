"""What a GitHub that is wrong, broken or hostile can send, and what is done with it."""

from pathlib import Path
from typing import Any

import pytest

from deployments.contract import PermanentError, Source, TransientError
from deployments.sources import github as github_module
from deployments.sources.archives.limits import Limits
from deployments.sources.github import GitHub
from deployments.sources.rules import configured_rules
from tests.deployments.contexts import PlainContext
from tests.deployments.sources.archives.making import gzipped, tar_entry, tar_link
from tests.deployments.sources.configs import is_valid
from tests.deployments.sources.git_server import needs_git
from tests.deployments.sources.github_server import GitHubServer
from tests.deployments.sources.servers import Request, Server
from tests.deployments.sources.trees import read_tree

pytestmark = [*needs_git, pytest.mark.usefixtures("loopback_allowed")]


def fetch(config: dict[str, Any], into: Path, context: PlainContext) -> Source:
    return GitHub().fetch(config, GitHub().resolve(config, context), into, context)


@pytest.mark.parametrize(
    "target", ["http://localhost:1/a", "http://10.0.0.1/a", "https://codeload.github.com/a", "/again"]
)
def test_redirect_elsewhere_is_refused(
    context: PlainContext, into: Path, github: GitHubServer, github_config: dict[str, Any], target: str
) -> None:
    github.api.otherwise = lambda request: request.redirect(target)

    with pytest.raises(PermanentError, match=r"redirects|cannot be used"):
        GitHub().fetch(github_config, "a" * 40, into, context)

    assert read_tree(into) == {}
    assert github.codeload.paths() == []


def served(github: GitHubServer, content: bytes) -> None:
    github.api.otherwise = lambda request: request.redirect(f"{github.codeload.url}/a")
    github.codeload.serve("/a", content)


GOOD = [tar_entry("top/a", b"a")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzipped(GOOD, comment="a" * 40)[:-12], "cut off"),
        (gzipped([*GOOD, tar_link("top/evil", "/etc/passwd")], comment="a" * 40), "leads out"),
        (gzipped(GOOD, comment="b" * 40), f"sent {'b' * 40} instead of"),
        (gzipped(GOOD), "an archive of no commit"),
        (b"<html>", "web page"),
    ],
    ids=["cut", "link", "other commit", "no commit", "page"],
)
def test_bad_archive_is_refused(
    context: PlainContext, into: Path, github: GitHubServer, github_config: dict[str, Any], content: bytes, reason: str
) -> None:
    served(github, content)

    with pytest.raises(PermanentError, match=reason):
        GitHub().fetch(github_config, "a" * 40, into, context)


def test_archive_over_the_bound_is_refused(
    context: PlainContext,
    into: Path,
    github: GitHubServer,
    github_config: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(github_module, "LIMITS", Limits(archive_bytes=50))
    served(github, bytes(51))

    with pytest.raises(PermanentError, match="larger than 50 bytes"):
        GitHub().fetch(github_config, "a" * 40, into, context)


def cut(request: Request) -> None:
    request.send(bytes(10), claims=1_000)
    request.handler.close_connection = True


def test_cut_download_is_transient(
    context: PlainContext, into: Path, github: GitHubServer, github_config: dict[str, Any]
) -> None:
    served(github, b"")
    github.codeload.answer("/a", cut)

    with pytest.raises(TransientError, match="was cut off"):
        GitHub().fetch(github_config, "a" * 40, into, context)


@pytest.mark.parametrize("content", [b"<html>" * 100, b"", b"main"])
def test_answer_that_is_no_commit_is_refused(context: PlainContext, server: Server, content: bytes) -> None:
    server.otherwise = lambda request: request.send(content)

    with pytest.raises(PermanentError, match="did not answer with a commit id"):
        GitHub().resolve({"repository": "bakery/site", "apiUrl": server.url}, context)


@pytest.mark.parametrize(
    ("api", "target", "is_followed"),
    [
        ("https://api.github.com", "https://codeload.github.com/a", True),
        ("https://api.github.com", "https://api.github.com/a", True),
        ("https://api.github.com", "https://codeload.github.com.evil.test/a", False),
        ("https://api.github.com", "https://raw.githubusercontent.com/a", False),
        ("https://github.example.com/api/v3", "https://codeload.github.example.com/a", True),
        ("https://github.example.com/api/v3", "https://github.example.com/_codeload/a", True),
        ("https://api.bakery.ghe.com", "https://codeload.bakery.ghe.com/a", True),
        ("https://api.bakery.ghe.com", "https://codeload.github.com/a", False),
    ],
)
def test_archives_come_from_hosts_of_the_same_github(api: str, target: str, is_followed: bool) -> None:
    assert github_module._is_of(api, target) == is_followed


@pytest.mark.parametrize(
    "repository", ["site", "bakery/..", "bakery/site.git", "bakery/site/x", "-b/site", "a b/c", "bakery/-x"]
)
def test_repository_of_another_form_is_refused_by_the_schema(repository: str) -> None:
    assert not is_valid(GitHub(), {"repository": repository})


def test_api_address_is_judged() -> None:
    config = {"repository": "bakery/site"}

    assert GitHub().check_config(config) == []
    assert [problem.path for problem in GitHub().check_config(config | {"apiUrl": "https://10.0.0.1/api/v3"})] == [
        "/apiUrl"
    ]
    assert configured_rules().problem_of("https://api.github.com") == ""
