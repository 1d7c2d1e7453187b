"""What a stranger's address, name or repository can try with git, and does not get."""

import socket
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from deployments.contract import PermanentError
from deployments.sources import git as git_module
from deployments.sources import git_repository
from deployments.sources.archives.limits import MIB, Limits
from deployments.sources.git import Git
from deployments.sources.git_checkout import Checkout
from deployments.sources.git_repository import Bounds, Remote, Repository
from deployments.sources.rules import configured_rules
from tests.deployments.contexts import PlainContext
from tests.deployments.sources.certificates import make_certificate
from tests.deployments.sources.configs import is_valid
from tests.deployments.sources.git_server import Working, fetch, needs_git, serve_repositories
from tests.deployments.sources.servers import Server, run_server
from tests.deployments.sources.trees import read_tree

pytestmark = [*needs_git, pytest.mark.usefixtures("loopback_allowed")]


BAD_URLS = [
    "--upload-pack=touch {mark}",
    "-u./x",
    "ext::sh -c 'touch {mark}'",
    "ssh://-oProxyCommand=touch%20{mark}/x",
    "ssh://example.com/x.git",
    "git@example.com:x.git",
    "git://127.0.0.1/x.git",
    "file:///etc",
    "/etc",
    "https://user:hush@example.com/x.git",
    "https://example.com/x y",
    "https://example.com\\@127.0.0.1/x",
    "https://169.254.169.254/latest",
]


@pytest.mark.parametrize("bad", BAD_URLS)
def test_address_is_refused_before_and_by_the_backend(context: PlainContext, tmp_path: Path, bad: str) -> None:
    config = {"url": bad.format(mark=tmp_path / "mark")}

    assert not is_valid(Git(), config) or Git().check_config(config) != []
    with pytest.raises(PermanentError, match="cannot be used"):
        Git().resolve(config, context)

    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    "address",
    [
        "ext::touch {mark}",
        "fd::3",
        "file://{site}",
        "{site}",
        "git://127.0.0.1/x",
        "ssh://-oProxyCommand=touch%20{mark}/x",
    ],
)
def test_git_itself_refuses_what_the_rules_would_have_refused(
    context: PlainContext, site: Working, url: str, tmp_path: Path, address: str
) -> None:
    site.commit({"a": "a"})
    repository = Repository(tmp_path / "home", Remote(url), rules=configured_rules(), context=context)

    with pytest.raises(PermanentError, match=r"not allowed|strange hostname"):
        repository.run("ls-remote", "--", address.format(mark=tmp_path / "mark", site=site.path))

    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    "path", ["", "/", "/../x.git", "/a/./x.git", "/x.git;touch", "/$(touch)", "/x.git?a=b", "/x#a"]
)
def test_address_without_a_plain_path_is_refused_by_the_schema(path: str) -> None:
    assert not is_valid(Git(), {"url": f"https://example.com{path}"})


@pytest.mark.parametrize(
    "ref", ["--upload-pack=touch {mark}", "-u", "a..b", "a//b", "a/.b", "a.lock", "a b", "*", "a:b", "", "+a", "^a"]
)
def test_name_is_refused_by_the_schema(tmp_path: Path, ref: str) -> None:
    assert not is_valid(Git(), {"url": "https://example.com/x.git", "ref": ref.format(mark=tmp_path / "mark")})


@pytest.mark.parametrize("ref", ["--upload-pack=touch {mark}", "-u", "*", "+main:main", "^main"])
def test_name_that_got_past_the_schema_is_nothing_but_a_name(
    context: PlainContext, into: Path, site: Working, url: str, tmp_path: Path, ref: str
) -> None:
    site.commit({"a": "a"})

    with pytest.raises(PermanentError, match="has no branch or tag"):
        fetch({"url": url, "ref": ref.format(mark=tmp_path / "mark")}, into, context)

    assert not (tmp_path / "mark").exists()


@pytest.fixture
def _nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """`git.nowhere.test` is this machine, for this process only: git itself would not find it."""
    look_up = socket.getaddrinfo

    def look_up_here(host: Any, *arguments: Any, **options: Any) -> Any:
        return look_up("127.0.0.1" if host == "git.nowhere.test" else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)


@pytest.mark.usefixtures("_nowhere")
def test_git_connects_to_the_judged_address_and_looks_nothing_up(
    context: PlainContext, into: Path, site: Working, server: Server
) -> None:
    site.commit({"a": "a"})

    fetch({"url": f"http://Git.Nowhere.test:{server.port}/site.git"}, into, context)

    assert read_tree(into) == {"a": "a"}
    assert {headers["host"].lower() for _, headers in server.seen} == {f"git.nowhere.test:{server.port}"}


@pytest.mark.usefixtures("_nowhere")
def test_certificate_is_that_of_the_name_and_of_a_trusted_authority(
    context: PlainContext, into: Path, site: Working, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.commit({"a": "a"})
    tls, authority = make_certificate(tmp_path, host="git.nowhere.test")
    with run_server(tls=tls) as secure:
        serve_repositories(secure, site.path.parent)
        config = {"url": f"https://git.nowhere.test:{secure.port}/site.git"}

        with pytest.raises(PermanentError, match="certificate is not trusted"):
            Git().resolve(config, context)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        fetch(config, into, context)
        with pytest.raises(PermanentError, match="certificate is not trusted"):
            Git().resolve({"url": f"{secure.url}/site.git"}, context)

    assert read_tree(into) == {"a": "a"}


def test_name_of_a_private_address_is_refused(context: PlainContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("169.254.169.254", 80))])

    with pytest.raises(PermanentError, match="is not at a public address"):
        Git().resolve({"url": "http://metadata.test/site.git"}, context)


def test_links_and_lfs_pointers_stay_what_they_are(context: PlainContext, into: Path, site: Working, url: str) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    files = {".gitattributes": "*.bin filter=lfs diff=lfs\n", "big.bin": pointer, "evil": "-> /etc/passwd"}
    site.commit(files)

    fetch({"url": url}, into, context)

    assert read_tree(into) == files


def test_configuration_of_the_machine_is_not_read(
    context: PlainContext, into: Path, site: Working, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker may run where people have set git up: filters, other addresses, hooks."""
    (tmp_path / ".gitconfig").write_text(
        f'[url "file:///nowhere"]\ninsteadOf = {url}\n[core]\nhooksPath = {tmp_path}\n[filter "x"]\nsmudge = false\n'
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".gitconfig"))
    files = {".gitattributes": "* filter=x\n", "a": "a"}
    site.commit(files)

    fetch({"url": url}, into, context)

    assert read_tree(into) == files


def hash_tree(site: Working, *entries: str) -> str:
    """A tree with entries that `git add` would refuse."""
    (site.path / ".git" / "entries").write_text("".join(f"{entry}\n" for entry in entries))
    return site.git("-c", f"alias.make=!git mktree --missing < '{site.path}/.git/entries'", "make")


@pytest.mark.parametrize("name", [".git", ".GIT", "..", "."])
def test_tree_that_would_write_gits_own_files_is_refused(
    context: PlainContext, into: Path, site: Working, url: str, name: str
) -> None:
    site.commit({"config": "[core]\n"})
    blob = site.git("rev-parse", "HEAD:config")
    inner = hash_tree(site, f"100644 blob {blob}\tconfig")
    outer = hash_tree(site, f"040000 tree {inner}\t{name}")
    site.git("update-ref", "refs/heads/evil", site.git("commit-tree", outer, "-m", "evil"))

    with pytest.raises(PermanentError, match="something that git does not accept"):
        fetch({"url": url, "ref": "evil"}, into, context)

    assert read_tree(into) == {}


def test_repository_over_the_bound_is_refused(
    context: PlainContext, into: Path, site: Working, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_repository, "BOUNDS", Bounds(100_000, 512 * MIB))
    site.commit({f"{number}": Random(number).randbytes(3_000).hex() for number in range(150)})

    with pytest.raises(PermanentError, match="would need more than 100000 bytes"):
        fetch({"url": url}, into, context)

    assert read_tree(into) == {}


@pytest.mark.parametrize(("folders", "bounds"), [(3, Bounds(100_000, 512 * MIB)), (8, Bounds(16 * MIB, 64 * MIB))])
def test_few_trees_that_stand_for_a_billion_files_are_refused(
    context: PlainContext,
    into: Path,
    site: Working,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    folders: int,
    bounds: Bounds,
) -> None:
    site.commit({"a": "a"})
    blob = site.git("rev-parse", "HEAD:a")
    tree = hash_tree(site, *(f"100644 blob {blob}\tf{number}" for number in range(10)))
    for _ in range(folders):
        tree = hash_tree(site, *(f"040000 tree {tree}\td{number}" for number in range(10)))
    site.git("update-ref", "refs/heads/bomb", site.git("commit-tree", tree, "-m", "bomb"))
    monkeypatch.setattr(git_repository, "INDEX_BOUNDS", bounds)

    with pytest.raises(PermanentError, match="too large"):
        fetch({"url": url, "ref": "bomb"}, into, context)

    assert read_tree(into) == {}


def test_long_message_is_cut(context: PlainContext, into: Path, site: Working, url: str) -> None:
    site.commit({"a": "a"}, message="m" * 300)

    source = Git().fetch({"url": url}, Git().resolve({"url": url}, context), into, context)

    assert source.message == "m" * 198 + ".."


@pytest.mark.parametrize("limits", [Limits(entries=2), Limits(total_bytes=5)])
def test_source_over_the_bound_is_not_checked_out(
    context: PlainContext, into: Path, site: Working, url: str, monkeypatch: pytest.MonkeyPatch, limits: Limits
) -> None:
    monkeypatch.setattr(git_module, "Checkout", partial(Checkout, limits=limits))
    site.commit({"a": "aa", "b": "bb", "c": "cc"})

    with pytest.raises(PermanentError, match="The source is too large: 3 files with 6 bytes"):
        fetch({"url": url}, into, context)

    assert read_tree(into) == {}


def test_git_that_does_not_pin_addresses_is_refused(
    context: PlainContext, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_repository, "LEAST_VERSION", (99, 0))

    with pytest.raises(PermanentError, match=r"This worker has git version 2.*, which is too old"):
        Git().resolve({"url": url}, context)


def test_worker_without_git_says_so(
    context: PlainContext, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "prlimit").symlink_to("/usr/bin/prlimit")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    with pytest.raises(PermanentError, match=r"This worker has no git\."):
        Git().resolve({"url": url}, context)
