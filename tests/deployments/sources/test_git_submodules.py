"""Submodules: fetched on request, by the same rules as their repository."""

import base64
from pathlib import Path
from typing import Any

import pytest

from deployments.contract import PermanentError
from deployments.sources import git_checkout
from deployments.sources.git import Git
from tests.deployments.contexts import PlainContext
from tests.deployments.sources.git_server import Working, make_repository, needs_git, serve_repositories
from tests.deployments.sources.servers import Server, run_server
from tests.deployments.sources.trees import read_tree

pytestmark = [*needs_git, pytest.mark.usefixtures("loopback_allowed")]


@pytest.fixture
def repositories(tmp_path: Path, server: Server) -> Path:
    serve_repositories(server, tmp_path / "repositories")
    return tmp_path / "repositories"


@pytest.fixture
def site(repositories: Path) -> Working:
    site = make_repository(repositories / "team" / "site.git")
    site.commit({"index.html": "home"})
    return site


@pytest.fixture
def theme(repositories: Path) -> Working:
    return make_repository(repositories / "team" / "theme.git")


def fetch(config: dict[str, Any], into: Path, context: PlainContext) -> dict[str, str]:
    """The files that are fetched, but for `.gitmodules`."""
    Git().fetch(config, Git().resolve(config, context), into, context)
    return {name: content for name, content in read_tree(into).items() if not name.endswith(".gitmodules")}


@pytest.fixture
def config(server: Server) -> dict[str, Any]:
    return {"url": f"{server.url}/team/site.git", "submodules": True}


def test_submodule_stays_empty_unless_asked_for(
    context: PlainContext, into: Path, site: Working, theme: Working, config: dict[str, Any]
) -> None:
    site.add_submodule("theme", url="../theme.git", commit=theme.commit({"a.css": "blue"}))

    assert fetch(config | {"submodules": False}, into, context) == {"index.html": "home", "theme": "folder"}


@pytest.mark.parametrize(
    "address", ["../theme.git", "./../theme.git", "../../team/theme.git", "{server}/team/theme.git"]
)
def test_submodule_is_fetched_by_its_commit(
    context: PlainContext,
    into: Path,
    site: Working,
    theme: Working,
    server: Server,
    config: dict[str, Any],
    address: str,
) -> None:
    commit = theme.commit({"a.css": "blue"})
    theme.commit({"a.css": "red"})
    site.add_submodule("themes/one", url=address.format(server=server.url), commit=commit)

    assert fetch(config, into, context) == {
        "index.html": "home",
        "themes": "folder",
        "themes/one": "folder",
        "themes/one/a.css": "blue",
    }


def test_submodules_of_submodules_are_fetched(
    context: PlainContext, into: Path, site: Working, theme: Working, repositories: Path, config: dict[str, Any]
) -> None:
    icons = make_repository(repositories / "team" / "icons.git")
    theme.commit({"a.css": "blue"})
    theme.add_submodule("icons", url="../icons.git", commit=icons.commit({"x.svg": "x"}))
    site.add_submodule("theme", url="../theme.git", commit=theme.git("rev-parse", "HEAD"))

    fetched = fetch(config, into, context)

    assert fetched["theme/icons/x.svg"] == "x"
    assert list(context.work.iterdir()) == []


def test_submodule_in_a_subfolder_is_fetched(
    context: PlainContext, into: Path, site: Working, theme: Working, config: dict[str, Any]
) -> None:
    site.commit({"packages/site/a.html": "a"})
    site.add_submodule("packages/site/theme", url="../theme.git", commit=theme.commit({"a.css": "blue"}))
    site.add_submodule("other", url="../missing.git", commit="a" * 40)

    assert fetch(config | {"subfolder": "packages/site"}, into, context) == {
        "a.html": "a",
        "theme": "folder",
        "theme/a.css": "blue",
    }


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc",
        "/etc",
        "ext::sh -c touch",
        "--upload-pack=touch",
        "-u./x",
        "git@example.com:team/theme.git",
        "ssh://-oProxyCommand=touch/x",
        "http://169.254.169.254/latest",
        "http://10.0.0.1/theme.git",
        "http://user:hush@127.0.0.1/theme.git",
        "../../../../../etc",
    ],
)
def test_submodule_elsewhere_is_refused(
    context: PlainContext, into: Path, site: Working, config: dict[str, Any], address: str
) -> None:
    site.add_submodule("theme", url=address, commit="a" * 40)

    with pytest.raises(PermanentError, match=r"cannot be used|no repository|does not accept") as caught:
        fetch(config, into, context)

    assert "hush" not in "".join([str(caught.value), caught.value.hint, *context.lines])


def test_token_is_sent_to_its_own_server_only(
    context: PlainContext,
    into: Path,
    site: Working,
    theme: Working,
    server: Server,
    repositories: Path,
    config: dict[str, Any],
) -> None:
    context.secrets = {"git-token": "hush"}
    commit = theme.commit({"a.css": "blue"})
    with run_server() as other:
        serve_repositories(other, repositories)
        site.add_submodule("here", url="../theme.git", commit=commit)
        site.add_submodule("there", url=f"{other.url}/team/theme.git", commit=commit)
        serve_repositories(server, repositories, password="git:hush")

        fetched = fetch(config | {"token": {"$secret": "git-token"}}, into, context)

        assert {headers.get("authorization") for _, headers in other.seen} == {None}
    assert (fetched["here/a.css"], fetched["there/a.css"]) == ("blue", "blue")
    expected = f"Basic {base64.b64encode(b'git:hush').decode()}"
    assert {headers.get("authorization") for _, headers in server.seen} == {expected}


def test_submodule_without_address_is_left_empty_and_told(
    context: PlainContext, into: Path, site: Working, config: dict[str, Any]
) -> None:
    site.git("update-index", "--add", "--cacheinfo", f"160000,{'a' * 40},theme")
    site.git("commit", "--quiet", "--message", "x")

    assert fetch(config, into, context) == {"index.html": "home", "theme": "folder"}
    assert "Submodule 'theme' has no address in .gitmodules; it is left empty." in context.lines


def test_endless_submodules_end(
    context: PlainContext,
    into: Path,
    site: Working,
    theme: Working,
    config: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(git_checkout, "MAX_SUBMODULES", 3)
    commit = theme.commit({"a.css": "blue"})
    for number in range(5):
        site.add_submodule(f"theme-{number}", url="../theme.git", commit=commit)

    with pytest.raises(PermanentError, match="There are more than 3 submodules"):
        fetch(config, into, context)
