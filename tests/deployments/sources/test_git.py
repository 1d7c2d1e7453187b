"""Source `git` against Git's own server on this machine."""

import base64
import time
from pathlib import Path
from typing import Any

import pytest

from deployments.contract import PermanentError, Source, StoppedError, TransientError
from deployments.sources import git_repository
from deployments.sources.git import Git
from tests.deployments.contexts import PlainContext
from tests.deployments.sources.git_server import Working, fetch, needs_git, serve_repositories
from tests.deployments.sources.servers import Request, Server
from tests.deployments.sources.trees import read_tree

pytestmark = [*needs_git, pytest.mark.usefixtures("loopback_allowed")]
TOKEN = "hush-5e3c"


FILES = {"index.html": "home", "css/site.css": "blue", "run": "#!/bin/sh\n"}
TREE = {"css": "folder", "css/site.css": "blue", "index.html": "home", "run": "#!/bin/sh\n"}


def test_branch_is_fetched(context: PlainContext, into: Path, site: Working, url: str) -> None:
    commit = site.commit(FILES, message="Bake bread", executable="run")

    source = fetch({"url": url}, into, context)

    assert source == Source(into, commit, ref="main", message="Bake bread", author="Ada Baker", size_bytes=18)
    assert read_tree(into) == TREE
    assert (into / "run").stat().st_mode & 0o111 == 0o111
    assert list(context.work.iterdir()) == []


@pytest.mark.parametrize("ref", ["feature/x", "v1.0", "light", "commit"])
def test_branch_tag_and_old_commit_are_fetched(
    context: PlainContext, into: Path, site: Working, url: str, ref: str
) -> None:
    commit = site.commit(FILES)
    site.git("branch", "feature/x")
    site.git("tag", "--annotate", "v1.0", "--message", "First")
    site.git("tag", "light")
    site.commit({"index.html": "new"})

    source = fetch({"url": url, "ref": commit if ref == "commit" else ref}, into, context)

    assert source.revision == commit
    assert read_tree(into) == TREE


def test_branch_counts_where_a_tag_has_its_name(context: PlainContext, site: Working, url: str) -> None:
    site.commit({"a": "tag"})
    site.git("tag", "both")
    branch = site.commit({"a": "branch"})
    site.git("branch", "both")

    assert Git().resolve({"url": url, "ref": "both"}, context) == branch


def test_revision_is_fetched_although_the_branch_has_moved(
    context: PlainContext, into: Path, site: Working, url: str
) -> None:
    site.commit(FILES)
    revision = Git().resolve({"url": url}, context)
    site.commit({"index.html": "new"})

    Git().fetch({"url": url}, revision, into, context)

    assert read_tree(into) == TREE


def test_only_the_subfolder_is_fetched(context: PlainContext, into: Path, site: Working, url: str) -> None:
    site.commit(FILES | {"packages/site/index.html": "inner", "packages/site/css/a.css": "red"})

    source = fetch({"url": url, "subfolder": "./packages/site/"}, into, context)

    assert source.size_bytes == 8
    assert read_tree(into) == {"css": "folder", "css/a.css": "red", "index.html": "inner"}


@pytest.mark.parametrize("subfolder", ["website", "index.html", "css/site.css"])
def test_missing_subfolder_is_refused_with_what_there_is(
    context: PlainContext, into: Path, site: Working, url: str, subfolder: str
) -> None:
    site.commit(FILES)

    with pytest.raises(PermanentError, match=f"There is no folder '{subfolder}' in the repository") as caught:
        fetch({"url": url, "subfolder": subfolder}, into, context)

    assert caught.value.hint == "Its folders are: css."


def test_missing_branch_is_refused_with_the_default_branch(context: PlainContext, site: Working, url: str) -> None:
    site.commit(FILES)

    with pytest.raises(PermanentError, match="has no branch or tag master") as caught:
        Git().resolve({"url": url, "ref": "master"}, context)

    assert caught.value.hint == "Its default branch is main. Commits need all 40 digits."


def test_empty_repository_is_refused(context: PlainContext, site: Working, url: str) -> None:
    with pytest.raises(PermanentError, match="has no branch or tag main") as caught:
        Git().resolve({"url": url}, context)

    assert caught.value.hint == "Is there anything in the repository yet? Commits need all 40 digits."


def test_missing_commit_is_refused(context: PlainContext, into: Path, site: Working, url: str) -> None:
    site.commit(FILES)

    with pytest.raises(PermanentError, match="does not have this commit any more"):
        fetch({"url": url, "ref": "a" * 40}, into, context)


def test_missing_repository_is_refused(context: PlainContext, site: Working, server: Server) -> None:
    with pytest.raises(PermanentError, match="There is no repository at this address, or a token is needed"):
        Git().resolve({"url": f"{server.url}/other.git"}, context)


def test_private_repository_is_fetched_with_its_token(
    context: PlainContext, into: Path, site: Working, url: str, server: Server, tmp_path: Path
) -> None:
    site.commit(FILES)
    serve_repositories(server, tmp_path / "repositories", password=f"oauth2:{TOKEN}")
    context.secrets = {"git-token": TOKEN}
    calls = watch_calls(context)

    fetch({"url": url, "username": "oauth2", "token": {"$secret": "git-token"}}, into, context)

    assert read_tree(into) == TREE
    told = "".join([*context.lines, *(" ".join(argv) for argv in calls)])
    assert TOKEN not in told
    assert base64.b64encode(f"oauth2:{TOKEN}".encode()).decode() not in told


def watch_calls(context: PlainContext) -> list[list[str]]:
    """Every command that is called from now on."""
    calls: list[list[str]] = []
    call = context.call

    def watched(argv: Any, **options: Any) -> str:
        calls.append(list(argv))
        return call(argv, **options)

    context.call = watched  # type: ignore[method-assign]
    return calls


@pytest.mark.parametrize("token", ["", "wrong-token"])
def test_private_repository_is_refused_at_once_without_its_token(
    context: PlainContext, site: Working, url: str, server: Server, tmp_path: Path, token: str
) -> None:
    site.commit(FILES)
    serve_repositories(server, tmp_path / "repositories", password=f"git:{TOKEN}")
    context.secrets = {"git-token": token}
    config = {"url": url, **({"token": {"$secret": "git-token"}} if token else {})}

    with pytest.raises(PermanentError, match="asks for a token, or refuses the one it was given"):
        Git().resolve(config, context)


@pytest.mark.parametrize("target", ["http://169.254.169.254/", "http://127.0.0.1:1/site.git", "file:///etc/passwd"])
def test_redirect_is_not_followed(context: PlainContext, server: Server, target: str) -> None:
    server.otherwise = lambda request: request.redirect(target)

    with pytest.raises(PermanentError, match="redirects elsewhere, which is not followed"):
        Git().resolve({"url": f"{server.url}/site.git"}, context)

    assert server.paths() == ["/site.git/info/refs?service=git-upload-pack"]


def test_silent_server_ends_with_the_deployment(context: PlainContext, server: Server) -> None:
    server.otherwise = Request.hang
    impatient = PlainContext(context.work, context.cache, seconds=1)
    started = time.monotonic()

    with pytest.raises(StoppedError):
        Git().resolve({"url": f"{server.url}/site.git"}, impatient)

    assert time.monotonic() - started < 10


def test_slow_server_is_given_up(context: PlainContext, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_repository, "LOW_SPEED_SECONDS", 1)
    server.otherwise = Request.hang

    with pytest.raises(TransientError, match="could not be reached, or the connection broke"):
        Git().resolve({"url": f"{server.url}/site.git"}, context)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_server_in_trouble_is_transient(context: PlainContext, server: Server, status: int) -> None:
    server.otherwise = lambda request: request.send(status=status)

    with pytest.raises(TransientError, match="The server cannot answer now"):
        Git().resolve({"url": f"{server.url}/site.git"}, context)


@pytest.mark.parametrize("content", [b"<html>Sign in</html>", b"001e# service=git-upload-pack\n0000", b""])
def test_server_that_is_none_of_gits_is_an_error(context: PlainContext, server: Server, content: bytes) -> None:
    server.otherwise = lambda request: request.send(content, Content_Type="application/x-git-upload-pack-advertisement")

    with pytest.raises((PermanentError, TransientError)):
        Git().resolve({"url": f"{server.url}/site.git"}, context)


def test_nobody_there_is_transient(context: PlainContext) -> None:
    with pytest.raises(TransientError, match="could not be reached"):
        Git().resolve({"url": "http://127.0.0.1:1/site.git"}, context)
