"""Secrets in what was built: found however they are written, in layers too, and not where there are none."""

import base64
import gzip
import io
import os
import tarfile
from pathlib import Path
from urllib.parse import quote

import pytest

from deployments.contract import Kind, PermanentError
from deployments.runner.artifacts import Caps, verify

SECRET = "hunter/22 very secret"
BODY = base64.b64encode(bytes(range(96))).decode()
KEY = f"-----BEGIN PRIVATE KEY-----\n{BODY[:64]}\n{BODY[64:]}\n-----END PRIVATE KEY-----\n"


def verified(content: bytes, folder: Path, *, secret: str, kind: Kind = Kind.SITE, caps: Caps | None = None) -> None:
    (folder / "blob").write_bytes(content)
    verify(folder, kind, secrets=(secret,), check=lambda: None, caps=caps or Caps())


def layer(content: bytes) -> bytes:
    """As an image has it: a tar with an `.env` after much else, compressed."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, held in (("big", os.urandom(3 << 20)), ("app/.env", content)):
            header = tarfile.TarInfo(name)
            header.size = len(held)
            tar.addfile(header, io.BytesIO(held))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("written", "secret"),
    [
        (SECRET, SECRET),
        (SECRET, f"{SECRET}\n"),
        (SECRET, f"  {SECRET}\r\n"),
        (quote(SECRET, safe=""), SECRET),
        (base64.b64encode(f"user:{SECRET}".encode()).decode(), SECRET),
        (KEY, KEY),
        (KEY.replace("\n", "\r\n"), KEY),
        (f'{{"key": "{BODY[:64]}"}}', KEY),
        (base64.b64encode(KEY.encode()).decode(), KEY),
        ("pin=hush", "hush"),
    ],
)
def test_secret_is_found_however_it_is_written(written: str, secret: str, tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="The file 'blob' of the build holds a secret"):
        verified(f"a {written} b".encode(), tmp_path, secret=secret)


@pytest.mark.parametrize(
    ("written", "secret"),
    [
        ("every e, yes", "e"),
        ("user=abc", "abc\n"),
        ("-----BEGIN PRIVATE KEY-----\nyour key\n-----END PRIVATE KEY-----\n", KEY),
        ('{\n"type": "service_account",\n', '{\n"type": "service_account",\n"key": "x"\n}'),
        (base64.b64encode(b"hush").decode(), "hush"),
    ],
)
def test_what_may_be_anywhere_is_not_looked_for(written: str, secret: str, tmp_path: Path) -> None:
    verified(written.encode(), tmp_path, secret=secret)


def test_secret_in_a_layer_of_an_image_is_found(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="'blob, a layer' of the build holds a secret"):
        verified(layer(f"TOKEN={SECRET}".encode()), tmp_path, secret=f"{SECRET}\n", kind=Kind.IMAGE)
    verified(layer(b"TOKEN="), tmp_path, secret=SECRET, kind=Kind.IMAGE)


# A frame, and one to be skipped with nothing in it.
@pytest.mark.parametrize("begins", [b"\x28\xb5\x2f\xfd\x04\x00", b"\x5a\x2a\x4d\x18" + bytes(4)])
def test_layer_that_cannot_be_looked_through_is_refused_with_what_to_do(begins: bytes, tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="'blob' of the image is compressed with zstd") as caught:
        verified(begins, tmp_path, secret=SECRET, kind=Kind.IMAGE)

    assert caught.value.hint.startswith("Compress layers with gzip: ")


def test_zstd_is_taken_where_there_is_nothing_to_look_for_and_in_a_site(tmp_path: Path) -> None:
    frame = b"\x28\xb5\x2f\xfd\x04\x00"

    verified(frame, tmp_path, secret=SECRET)
    verified(frame, tmp_path, secret="", kind=Kind.IMAGE)


def test_archive_that_a_site_offers_is_not_unpacked(tmp_path: Path) -> None:
    verified(layer(SECRET.encode())[:100], tmp_path, secret=SECRET)


def test_layers_that_unpack_to_too_much_are_refused(tmp_path: Path) -> None:
    (tmp_path / "first").write_bytes(gzip.compress(bytes(600)))

    with pytest.raises(PermanentError, match="more than can be looked through"):
        verified(gzip.compress(bytes(600)), tmp_path, secret=SECRET, kind=Kind.IMAGE, caps=Caps(unpacked_bytes=1_000))


def test_layer_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="The layer 'blob' of the image is damaged"):
        verified(layer(b"")[:-20], tmp_path, secret=SECRET, kind=Kind.IMAGE)
