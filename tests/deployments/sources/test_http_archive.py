"""Source `http-archive` against a server on this machine."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from pytest_django import Settings

from catalog.schemas.problems import Problem
from deployments.contract import BackendError, PermanentError, Source, TransientError
from deployments.sources.http_archive import HttpArchive
from tests.deployments.contexts import PlainContext
from tests.deployments.sources.archives.making import gzipped, tar_entry, zip_bytes
from tests.deployments.sources.configs import is_valid
from tests.deployments.sources.servers import Request, Server, run_server
from tests.deployments.sources.trees import read_tree

ARCHIVE = gzipped([tar_entry("site-1/index.html", b"home"), tar_entry("site-1/css/site.css", b"blue")])
SHA256 = hashlib.sha256(ARCHIVE).hexdigest()


def fetch(config: Mapping[str, object], into: Path, context: PlainContext) -> Source:
    backend = HttpArchive()
    return backend.fetch(config, backend.resolve(config, context), into, context)


@pytest.mark.parametrize(
    ("content", "strip"),
    [(ARCHIVE, 1), (zip_bytes([("index.html", b"home"), ("css/site.css", b"blue")]), 0)],
    ids=["tar.gz", "zip"],
)
@pytest.mark.usefixtures("loopback_allowed")
def test_archive_is_fetched(context: PlainContext, into: Path, server: Server, content: bytes, strip: int) -> None:
    sha256 = hashlib.sha256(content).hexdigest()
    config = {"url": server.serve("/site?v=1".partition("?")[0], content), "sha256": sha256, "stripComponents": strip}

    source = fetch(config, into, context)

    assert source == Source(into, f"sha256:{sha256}", size_bytes=8)
    assert read_tree(into) == {"css": "folder", "css/site.css": "blue", "index.html": "home"}
    assert list(context.work.iterdir()) == []


@pytest.mark.usefixtures("loopback_allowed")
def test_subfolder_is_all_that_is_fetched(context: PlainContext, into: Path, server: Server) -> None:
    url = server.serve("/a", ARCHIVE)

    fetch({"url": url, "sha256": SHA256, "stripComponents": 1, "subfolder": "css"}, into, context)

    assert read_tree(into) == {"site.css": "blue"}


@pytest.mark.usefixtures("loopback_allowed")
def test_redirect_to_another_server_is_followed(context: PlainContext, into: Path, server: Server) -> None:
    with run_server() as mirror:
        mirror.serve("/files/a", ARCHIVE)
        server.answer("/a", lambda request: request.redirect(f"{mirror.url}/files/a?signature=hush"))

        fetch({"url": f"{server.url}/a", "sha256": SHA256, "stripComponents": 1}, into, context)

    assert read_tree(into)["index.html"] == "home"
    assert "hush" not in "".join(context.lines)


@pytest.mark.usefixtures("loopback_allowed")
def test_other_content_is_refused_with_its_checksum(context: PlainContext, into: Path, server: Server) -> None:
    with pytest.raises(PermanentError, match="its SHA-256 checksum is another") as caught:
        fetch({"url": server.serve("/a", ARCHIVE + b"x"), "sha256": SHA256}, into, context)

    assert hashlib.sha256(ARCHIVE + b"x").hexdigest() in caught.value.hint
    assert read_tree(into) == {}


def cut(request: Request) -> None:
    request.send(ARCHIVE[:100], claims=len(ARCHIVE))
    request.handler.close_connection = True


@pytest.mark.usefixtures("loopback_allowed")
def test_download_that_is_cut_off_may_work_later(context: PlainContext, into: Path, server: Server) -> None:
    with pytest.raises(TransientError, match="was cut off"):
        fetch({"url": server.answer("/a", cut), "sha256": SHA256}, into, context)

    assert read_tree(into) == {}
    assert list(context.work.iterdir()) == []


@pytest.mark.usefixtures("loopback_allowed")
def test_archive_that_was_always_cut_off_is_refused(context: PlainContext, into: Path, server: Server) -> None:
    half = ARCHIVE[:-20]

    with pytest.raises(PermanentError, match="cut off"):
        fetch({"url": server.serve("/a", half), "sha256": hashlib.sha256(half).hexdigest()}, into, context)


@pytest.mark.parametrize("target", ["http://10.0.0.1/a", "http://169.254.169.254/latest/meta-data/", "http://[::1]/a"])
@pytest.mark.usefixtures("loopback_allowed")
def test_redirect_to_a_private_address_is_refused(
    context: PlainContext, into: Path, server: Server, target: str
) -> None:
    url = server.answer("/a", lambda request: request.redirect(target))

    with pytest.raises(PermanentError, match="cannot be used"):
        fetch({"url": url, "sha256": SHA256}, into, context)


def test_private_address_is_refused_without_a_setting(
    context: PlainContext, into: Path, server: Server, settings: Settings
) -> None:
    settings.REGISTRY_SOURCE_HTTP = True
    config = {"url": server.serve("/a", ARCHIVE), "sha256": SHA256}

    with pytest.raises(PermanentError, match="cannot be used"):
        fetch(config, into, context)

    assert server.paths() == []
    assert [problem.path for problem in HttpArchive().check_config(config)] == ["/url"]


def test_http_is_refused_without_a_setting() -> None:
    config = {"url": "http://example.com/a", "sha256": SHA256}

    assert HttpArchive().check_config(config) == [Problem("/url", "address", "Addresses must begin with https://.")]
    assert HttpArchive().check_config(config | {"url": "https://example.com/a"}) == []


@pytest.mark.usefixtures("loopback_allowed")
def test_secret_in_an_address_is_in_no_message(context: PlainContext, into: Path, server: Server) -> None:
    with pytest.raises(BackendError) as caught:
        fetch({"url": f"{server.url}/missing?token=hush", "sha256": SHA256}, into, context)

    assert "hush" not in "".join([str(caught.value), caught.value.hint, *context.lines])


@pytest.mark.parametrize(
    "url",
    [
        "https://user@example.com/a",
        "https://example.com",
        "ftp://example.com/a",
        "https://example.com/a b",
        "file:///a",
    ],
)
def test_address_of_another_form_is_refused_by_the_schema(url: str) -> None:
    assert not is_valid(HttpArchive(), {"url": url, "sha256": SHA256})
