"""Source `github` against a GitHub of two servers on this machine."""

import time
from pathlib import Path
from typing import Any

import pytest

from deployments.contract import PermanentError, Source, TransientError
from deployments.sources.github import GitHub
from tests.deployments.contexts import PlainContext
from tests.deployments.sources.git_server import Working, needs_git
from tests.deployments.sources.github_server import GitHubServer
from tests.deployments.sources.trees import read_tree

pytestmark = [*needs_git, pytest.mark.usefixtures("loopback_allowed")]
FILES = {"index.html": "home", "css/site.css": "blue", "home": "-> index.html"}
TREE = FILES | {"css": "folder"}


def fetch(config: dict[str, Any], into: Path, context: PlainContext) -> Source:
    return GitHub().fetch(config, GitHub().resolve(config, context), into, context)


def test_branch_is_fetched(
    context: PlainContext, into: Path, github_site: Working, github_config: dict[str, Any]
) -> None:
    commit = github_site.commit(FILES)

    source = fetch(github_config, into, context)

    assert source == Source(into, commit, ref="main", size_bytes=8)
    assert read_tree(into) == TREE
    assert list(context.work.iterdir()) == []


@pytest.mark.parametrize(
    "wanted", [{"ref": "v1.0"}, {"ref": "light"}, {"branch": "feature/x#1"}, {"ref": "commit"}, {"ref": "short"}]
)
def test_branch_tag_and_old_commit_are_fetched(
    context: PlainContext, into: Path, github_site: Working, github_config: dict[str, Any], wanted: dict[str, str]
) -> None:
    commit = github_site.commit(FILES)
    github_site.git("branch", "feature/x#1")
    github_site.git("tag", "--annotate", "v1.0", "--message", "First")
    github_site.git("tag", "light")
    github_site.commit({"index.html": "new"})
    ids = {"commit": commit, "short": commit[:9]}

    source = fetch(github_config | {name: ids.get(value, value) for name, value in wanted.items()}, into, context)

    assert source.revision == commit
    assert read_tree(into) == TREE


def test_tag_counts_where_a_branch_has_its_name(
    context: PlainContext, github_site: Working, github_config: dict[str, Any]
) -> None:
    tag = github_site.commit({"a": "tag"})
    github_site.git("tag", "both")
    branch = github_site.commit({"a": "branch"})
    github_site.git("branch", "both")

    commits = [GitHub().resolve(github_config | wanted, context) for wanted in ({"ref": "both"}, {"branch": "both"})]

    assert commits == [tag, branch]


def test_commit_id_is_not_asked_for(context: PlainContext, github: GitHubServer, github_config: dict[str, Any]) -> None:
    assert GitHub().resolve(github_config | {"ref": "A" * 40}, context) == "a" * 40
    assert github.api.paths() == []


def test_revision_is_fetched_although_the_branch_has_moved(
    context: PlainContext, into: Path, github_site: Working, github_config: dict[str, Any]
) -> None:
    github_site.commit(FILES)
    revision = GitHub().resolve(github_config, context)
    github_site.commit({"index.html": "new"})

    GitHub().fetch(github_config, revision, into, context)

    assert read_tree(into) == TREE


def test_only_the_subfolder_is_fetched(
    context: PlainContext, into: Path, github_site: Working, github_config: dict[str, Any]
) -> None:
    github_site.commit(FILES | {"packages/site/a.html": "a"})

    fetch(github_config | {"subfolder": "packages/site"}, into, context)

    assert read_tree(into) == {"a.html": "a"}


def test_token_is_shown_to_the_api_only(
    context: PlainContext, into: Path, github_site: Working, github: GitHubServer, github_config: dict[str, Any]
) -> None:
    github_site.commit(FILES)
    github.token, context.secrets = "hush", {"github": "hush"}

    fetch(github_config | {"token": {"$secret": "github"}}, into, context)

    assert {headers.get("authorization") for _, headers in github.api.seen} == {"Bearer hush"}
    assert {headers.get("authorization") for _, headers in github.codeload.seen} == {None}
    assert "hush" not in "".join(context.lines)
    assert "short-lived" not in "".join(context.lines)


def test_private_repository_looks_missing_without_a_token(
    context: PlainContext, github_site: Working, github: GitHubServer, github_config: dict[str, Any]
) -> None:
    github_site.commit(FILES)
    github.token = "hush"

    with pytest.raises(PermanentError, match="answered 404") as caught:
        GitHub().resolve(github_config, context)

    assert "private repositories need a token" in caught.value.hint


@pytest.mark.parametrize("wanted", [{"branch": "master"}, {"ref": "v9"}, {"ref": "abcdef0"}])
def test_missing_name_is_permanent(
    context: PlainContext, github_site: Working, github_config: dict[str, Any], wanted: dict[str, str]
) -> None:
    github_site.commit(FILES)

    with pytest.raises(PermanentError, match="answered 422") as caught:
        GitHub().resolve(github_config | wanted, context)

    assert caught.value.hint == "There is no such branch, tag or commit."


def test_used_up_limit_says_when_to_come_back(
    context: PlainContext, github: GitHubServer, github_config: dict[str, Any]
) -> None:
    github.limits = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": str(int(time.time()) + 76)}

    with pytest.raises(TransientError, match="limit of requests is used up") as caught:
        GitHub().resolve(github_config, context)

    assert 70 < caught.value.retry_after_seconds <= 77


@pytest.mark.parametrize(("reset", "seconds"), [("0", 1), ("99999999999", 3600), ("soon", 60)])
def test_limit_that_makes_no_sense_is_waited_for_within_reason(
    context: PlainContext, github: GitHubServer, github_config: dict[str, Any], reset: str, seconds: float
) -> None:
    github.limits = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": reset}

    with pytest.raises(TransientError) as caught:
        GitHub().resolve(github_config, context)

    assert caught.value.retry_after_seconds == seconds


def test_second_limit_is_transient_and_a_plain_refusal_is_not(
    context: PlainContext, github: GitHubServer, github_config: dict[str, Any]
) -> None:
    github.limits = {"Retry_After": "30"}
    with pytest.raises(TransientError) as caught:
        GitHub().resolve(github_config, context)
    assert caught.value.retry_after_seconds == 30

    github.limits = {"X_RateLimit_Remaining": "59"}
    with pytest.raises(PermanentError, match="answered 403"):
        GitHub().resolve(github_config, context)


def test_server_in_trouble_is_transient(
    context: PlainContext, into: Path, github_site: Working, github: GitHubServer, github_config: dict[str, Any]
) -> None:
    github_site.commit(FILES)
    github.codeload.otherwise = lambda request: request.send(status=502)

    with pytest.raises(TransientError, match="answered 502") as caught:
        fetch(github_config, into, context)

    assert caught.value.retry_after_seconds == 10
