"""Source `upload`: what lies under an id is unpacked, as long as it is what it was."""

import hashlib
import os
from pathlib import Path

import pytest
from pytest_django import Settings

from deployments.contract import PermanentError, Source
from deployments.sources.upload import Upload
from tests.deployments.contexts import PlainContext
from tests.deployments.sources.archives.making import gzipped, tar_entry, zip_bytes
from tests.deployments.sources.configs import is_valid
from tests.deployments.sources.trees import read_tree

ID = "3f0c2f6e-6b0f-4c57-9a54-3a1f3d1f7c11"
ARCHIVE = zip_bytes([("site/index.html", b"home"), ("README", b"read")])


@pytest.fixture
def uploads(settings: Settings, tmp_path: Path) -> Path:
    settings.REGISTRY_UPLOAD_DIR = tmp_path / "uploads"
    settings.REGISTRY_UPLOAD_DIR.mkdir()
    return tmp_path / "uploads"


@pytest.mark.parametrize("content", [ARCHIVE, gzipped([tar_entry("site/index.html", b"home")])], ids=["zip", "tar.gz"])
def test_upload_is_fetched(context: PlainContext, into: Path, uploads: Path, content: bytes) -> None:
    (uploads / ID).write_bytes(content)
    config = {"artifactId": ID, "subfolder": "site"}
    revision = Upload().resolve(config, context)

    source = Upload().fetch(config, revision, into, context)

    assert revision == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert source == Source(into, revision, size_bytes=4)
    assert read_tree(into) == {"index.html": "home"}
    assert list(context.work.iterdir()) == []


def test_upload_that_was_changed_is_refused(context: PlainContext, into: Path, uploads: Path) -> None:
    (uploads / ID).write_bytes(ARCHIVE)
    revision = Upload().resolve({"artifactId": ID}, context)
    (uploads / ID).write_bytes(ARCHIVE + b"x")

    with pytest.raises(PermanentError, match="its SHA-256 checksum is another"):
        Upload().fetch({"artifactId": ID}, revision, into, context)

    assert read_tree(into) == {}


def test_missing_upload_is_a_message(context: PlainContext, uploads: Path) -> None:
    with pytest.raises(PermanentError, match=f"There is no upload {ID}") as caught:
        Upload().resolve({"artifactId": ID}, context)

    assert "Upload the archive again" in caught.value.hint


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_upload_that_is_no_file_is_refused(context: PlainContext, uploads: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "elsewhere").write_bytes(ARCHIVE)
    if kind == "link":
        (uploads / ID).symlink_to(tmp_path / "elsewhere")
    elif kind == "folder":
        (uploads / ID).mkdir()
    else:
        os.mkfifo(uploads / ID)

    with pytest.raises(PermanentError, match=r"no upload|is no file"):
        Upload().resolve({"artifactId": ID}, context)


def test_larger_upload_is_refused(context: PlainContext, uploads: Path) -> None:
    with (uploads / ID).open("wb") as file:
        file.truncate(256 * 1024 * 1024 + 1)

    with pytest.raises(PermanentError, match="larger than 268435456 bytes"):
        Upload().resolve({"artifactId": ID}, context)


@pytest.mark.parametrize("identifier", ["../3f0c", "", "3F0C2F6E-6B0F-4C57-9A54-3A1F3D1F7C11", "/etc/passwd"])
def test_other_identifier_is_refused_by_the_schema(identifier: str) -> None:
    assert not is_valid(Upload(), {"artifactId": identifier})
