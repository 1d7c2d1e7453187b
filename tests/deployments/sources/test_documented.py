"""Every example of docs/sources.md is fetched, from a server on this machine that stands for the one it names."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import boto3
import pytest
from pytest_django import Settings

from deployments.sources import SOURCES, get_source
from tests.aws import _one_session, endpoint_url
from tests.deployments.contexts import PlainContext
from tests.deployments.sources.archives.making import gzipped, tar_entry
from tests.deployments.sources.configs import is_valid
from tests.deployments.sources.git_server import Working, needs_git
from tests.deployments.sources.github_server import GitHubServer
from tests.deployments.sources.servers import Server
from tests.deployments.sources.trees import read_tree

__all__ = ["_one_session", "endpoint_url"]
pytestmark = [*needs_git, pytest.mark.usefixtures("loopback_allowed")]
PAGE = Path(__file__).parents[3] / "docs" / "sources.md"
SECTION = re.compile(r"^## (\S+)\n.*?^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES: dict[str, dict[str, Any]] = {name: json.loads(code) for name, code in SECTION.findall(PAGE.read_text())}
PAGE_OF_BAKERY = "<h1>Bread from seven o'clock</h1>"
ARCHIVE = gzipped([tar_entry("site-1/public/index.html", PAGE_OF_BAKERY.encode())])


def test_every_source_has_an_example() -> None:
    assert [f"{name}@1" for name in sorted(EXAMPLES)] == SOURCES.specs()


def fetched(name: str, into: Path, context: PlainContext, **local: str) -> dict[str, str]:
    """What comes of the example, with what of it has another address here."""
    backend, config = get_source(f"{name}@1"), {**EXAMPLES[name], **local}
    context.secrets = dict.fromkeys(("git-token", "github-token", "aws-key-id", "aws-key"), "hush")
    assert is_valid(backend, EXAMPLES[name])
    assert is_valid(backend, config)
    assert backend.check_config(config) == []
    backend.fetch(config, backend.resolve(config, context), into, context)
    return read_tree(into)


def test_git(context: PlainContext, into: Path, site: Working, url: str) -> None:
    site.commit({"public/index.html": PAGE_OF_BAKERY})

    assert fetched("git", into, context, url=url) == {"index.html": PAGE_OF_BAKERY}


def test_github(context: PlainContext, into: Path, github_site: Working, github: GitHubServer) -> None:
    github_site.commit({"public/index.html": PAGE_OF_BAKERY})

    assert fetched("github", into, context, apiUrl=github.api.url) == {"index.html": PAGE_OF_BAKERY}


def test_http_archive(context: PlainContext, into: Path, server: Server) -> None:
    url, digest = server.serve("/site-1.2.0.tar.gz", ARCHIVE), hashlib.sha256(ARCHIVE).hexdigest()

    assert fetched("http-archive", into, context, url=url, sha256=digest) == {"index.html": PAGE_OF_BAKERY}


def test_s3_archive(context: PlainContext, into: Path, endpoint_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint_url)
    asked = EXAMPLES["s3-archive"]
    client = boto3.client("s3")
    client.create_bucket(Bucket=asked["bucket"])
    client.put_object(Bucket=asked["bucket"], Key=asked["key"], Body=ARCHIVE)

    assert fetched("s3-archive", into, context) == {"index.html": PAGE_OF_BAKERY}


def test_upload(context: PlainContext, into: Path, settings: Settings, tmp_path: Path) -> None:
    settings.REGISTRY_UPLOAD_DIR = tmp_path
    (tmp_path / EXAMPLES["upload"]["artifactId"]).write_bytes(ARCHIVE)

    assert fetched("upload", into, context) == {"index.html": PAGE_OF_BAKERY}


def test_inline(context: PlainContext, into: Path) -> None:
    assert fetched("inline", into, context) == {"index.html": PAGE_OF_BAKERY}
