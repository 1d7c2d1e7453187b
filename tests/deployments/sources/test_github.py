"""Source `github` against a GitHub of two servers on this machine."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deployments.contract import PermanentError, Source, TransientError
from deployments.sources import github as github_module
from deployments.sources.addresses import Rules
from deployments.sources.archives.limits import Limits
from deployments.sources.github import GitHub
from tests.deployments.contexts import PlainContext
from tests.deployments.sources.archives.making import gzipped, tar_entry, tar_link
from tests.deployments.sources.configs import is_valid
from tests.deployments.sources.git_server import Working, make_repository, needs_git
from tests.deployments.sources.github_server import GitHubServer, run_github
from tests.deployments.sources.servers import Request, Server
from tests.deployments.sources.trees import read_tree

pytestmark = [*needs_git, pytest.mark.usefixtures("loopback_allowed")]
FILES = {"index.html": "home", "css/site.css": "blue", "home": "-> index.html"}
TREE = FILES | {"css": "folder"}


@pytest.fixture
def site(tmp_path: Path) -> Working:
    return make_repository(tmp_path / "site")


@pytest.fixture
def github(site: Working) -> Iterator[GitHubServer]:
    with run_github(site) as github:
        yield github


@pytest.fixture
def config(github: GitHubServer) -> dict[str, Any]:
    return {"repository": "bakery/site", "apiUrl": github.api.url}


def fetch(config: dict[str, Any], into: Path, context: PlainContext) -> Source:
    return GitHub().fetch(config, GitHub().resolve(config, context), into, context)


def test_branch_is_fetched(context: PlainContext, into: Path, site: Working, config: dict[str, Any]) -> None:
    commit = site.commit(FILES)

    source = fetch(config, into, context)

    assert source == Source(into, commit, ref="main", size_bytes=8)
    assert read_tree(into) == TREE
    assert list(context.work.iterdir()) == []


@pytest.mark.parametrize(
    "wanted", [{"ref": "v1.0"}, {"ref": "light"}, {"branch": "feature/x#1"}, {"ref": "commit"}, {"ref": "short"}]
)
def test_branch_tag_and_old_commit_are_fetched(
    context: PlainContext, into: Path, site: Working, config: dict[str, Any], wanted: dict[str, str]
) -> None:
    commit = site.commit(FILES)
    site.git("branch", "feature/x#1")
    site.git("tag", "--annotate", "v1.0", "--message", "First")
    site.git("tag", "light")
    site.commit({"index.html": "new"})
    ids = {"commit": commit, "short": commit[:9]}

    source = fetch(config | {name: ids.get(value, value) for name, value in wanted.items()}, into, context)

    assert source.revision == commit
    assert read_tree(into) == TREE


def test_tag_counts_where_a_branch_has_its_name(context: PlainContext, site: Working, config: dict[str, Any]) -> None:
    tag = site.commit({"a": "tag"})
    site.git("tag", "both")
    branch = site.commit({"a": "branch"})
    site.git("branch", "both")

    commits = [GitHub().resolve(config | wanted, context) for wanted in ({"ref": "both"}, {"branch": "both"})]

    assert commits == [tag, branch]


def test_commit_id_is_not_asked_for(context: PlainContext, github: GitHubServer, config: dict[str, Any]) -> None:
    assert GitHub().resolve(config | {"ref": "A" * 40}, context) == "a" * 40
    assert github.api.paths() == []


def test_revision_is_fetched_although_the_branch_has_moved(
    context: PlainContext, into: Path, site: Working, config: dict[str, Any]
) -> None:
    site.commit(FILES)
    revision = GitHub().resolve(config, context)
    site.commit({"index.html": "new"})

    GitHub().fetch(config, revision, into, context)

    assert read_tree(into) == TREE


def test_only_the_subfolder_is_fetched(
    context: PlainContext, into: Path, site: Working, config: dict[str, Any]
) -> None:
    site.commit(FILES | {"packages/site/a.html": "a"})

    fetch(config | {"subfolder": "packages/site"}, into, context)

    assert read_tree(into) == {"a.html": "a"}


def test_token_is_shown_to_the_api_only(
    context: PlainContext, into: Path, site: Working, github: GitHubServer, config: dict[str, Any]
) -> None:
    site.commit(FILES)
    github.token, context.secrets = "hush", {"github": "hush"}

    fetch(config | {"token": {"$secret": "github"}}, into, context)

    assert {headers.get("authorization") for _, headers in github.api.seen} == {"Bearer hush"}
    assert {headers.get("authorization") for _, headers in github.codeload.seen} == {None}
    assert "hush" not in "".join(context.lines)
    assert "short-lived" not in "".join(context.lines)


def test_private_repository_looks_missing_without_a_token(
    context: PlainContext, site: Working, github: GitHubServer, config: dict[str, Any]
) -> None:
    site.commit(FILES)
    github.token = "hush"

    with pytest.raises(PermanentError, match="answered 404") as caught:
        GitHub().resolve(config, context)

    assert "private repositories need a token" in caught.value.hint


@pytest.mark.parametrize("wanted", [{"branch": "master"}, {"ref": "v9"}, {"ref": "abcdef0"}])
def test_missing_name_is_permanent(
    context: PlainContext, site: Working, config: dict[str, Any], wanted: dict[str, str]
) -> None:
    site.commit(FILES)

    with pytest.raises(PermanentError, match="answered 422") as caught:
        GitHub().resolve(config | wanted, context)

    assert caught.value.hint == "There is no such branch, tag or commit."


def test_used_up_limit_says_when_to_come_back(
    context: PlainContext, github: GitHubServer, config: dict[str, Any]
) -> None:
    github.limits = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": str(int(time.time()) + 76)}

    with pytest.raises(TransientError, match="limit of requests is used up") as caught:
        GitHub().resolve(config, context)

    assert 70 < caught.value.retry_after_seconds <= 77


@pytest.mark.parametrize(("reset", "seconds"), [("0", 1), ("99999999999", 3600), ("soon", 60)])
def test_limit_that_makes_no_sense_is_waited_for_within_reason(
    context: PlainContext, github: GitHubServer, config: dict[str, Any], reset: str, seconds: float
) -> None:
    github.limits = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": reset}

    with pytest.raises(TransientError) as caught:
        GitHub().resolve(config, context)

    assert caught.value.retry_after_seconds == seconds


def test_second_limit_is_transient_and_a_plain_refusal_is_not(
    context: PlainContext, github: GitHubServer, config: dict[str, Any]
) -> None:
    github.limits = {"Retry_After": "30"}
    with pytest.raises(TransientError) as caught:
        GitHub().resolve(config, context)
    assert caught.value.retry_after_seconds == 30

    github.limits = {"X_RateLimit_Remaining": "59"}
    with pytest.raises(PermanentError, match="answered 403"):
        GitHub().resolve(config, context)


def test_server_in_trouble_is_transient(
    context: PlainContext, into: Path, site: Working, github: GitHubServer, config: dict[str, Any]
) -> None:
    site.commit(FILES)
    github.codeload.otherwise = lambda request: request.send(status=502)

    with pytest.raises(TransientError, match="answered 502") as caught:
        fetch(config, into, context)

    assert caught.value.retry_after_seconds == 10


@pytest.mark.parametrize(
    "target", ["http://localhost:1/a", "http://10.0.0.1/a", "https://codeload.github.com/a", "/again"]
)
def test_redirect_elsewhere_is_refused(
    context: PlainContext, into: Path, github: GitHubServer, config: dict[str, Any], target: str
) -> None:
    github.api.otherwise = lambda request: request.redirect(target)

    with pytest.raises(PermanentError, match=r"redirects|cannot be used"):
        GitHub().fetch(config, "a" * 40, into, context)

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
)
def test_bad_archive_is_refused(
    context: PlainContext, into: Path, github: GitHubServer, config: dict[str, Any], content: bytes, reason: str
) -> None:
    served(github, content)

    with pytest.raises(PermanentError, match=reason):
        GitHub().fetch(config, "a" * 40, into, context)


def test_archive_over_the_bound_is_refused(
    context: PlainContext, into: Path, github: GitHubServer, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(github_module, "LIMITS", Limits(archive_bytes=50))
    served(github, bytes(51))

    with pytest.raises(PermanentError, match="larger than 50 bytes"):
        GitHub().fetch(config, "a" * 40, into, context)


def cut(request: Request) -> None:
    request.send(bytes(10), claims=1_000)
    request.handler.close_connection = True


def test_cut_download_is_transient(
    context: PlainContext, into: Path, github: GitHubServer, config: dict[str, Any]
) -> None:
    served(github, b"")
    github.codeload.answer("/a", cut)

    with pytest.raises(TransientError, match="was cut off"):
        GitHub().fetch(config, "a" * 40, into, context)


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
    assert Rules.configured().problem_of("https://api.github.com") == ""
