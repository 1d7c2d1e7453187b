"""`/uploads`: an archive comes in pieces, can be gone on with, and is there whole or not at all."""

import hashlib
import os
import uuid
from pathlib import Path

import pytest
from django.test import Client

from catalog.models import AuditRecord
from deployments.actions.uploads import MAX_BYTES
from deployments.models import Upload
from deployments.sources import get_source
from registry_site.intake import MAX_PIECE_BYTES
from tests.catalog.api.write.programs import refusal
from tests.deployments.api.uploads.sending import (
    PIECE,
    TUS,
    UPLOADS,
    begin,
    begun,
    metadata,
    offset_of,
    send,
    send_all,
    sender,
)
from tests.deployments.contexts import PlainContext
from tests.deployments.services import make_service

pytestmark = pytest.mark.django_db
CONTENT = b"0123456789"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_archive_that_came_in_pieces_is_whole(folder: Path) -> None:
    client = sender()
    answer = begin(client, 10, filename="site.zip")
    address = answer.headers["Location"]
    pk = address.rpartition("/")[2]

    first = send(client, address, CONTENT[:4], at=0)
    between = (offset_of(client, address), names(folder))
    second = send(client, address, CONTENT[4:], at=4)

    assert (answer.status_code, address) == (201, f"{UPLOADS}/{answer.json()['id']}")
    assert [(each.status_code, each.headers["Upload-Offset"]) for each in (first, second)] == [(204, "4"), (204, "10")]
    assert between == (4, [f".{pk}.part"])
    assert names(folder) == [pk]
    assert (folder / pk).read_bytes() == CONTENT
    body = client.get(address).json()
    assert (body["sha256"], body["receivedBytes"]) == (hashlib.sha256(CONTENT).hexdigest(), 10)
    assert (body["filename"], body["owner"], body["team"]) == ("site.zip", "deployer", "Web")
    assert body["finishedAt"] is not None


def test_head_says_what_the_protocol_wants() -> None:
    client = sender()
    address = begun(client, 10, filename="site.zip")

    answer = client.head(address, headers=TUS)

    found = {name: answer.headers[name] for name in ("Upload-Offset", "Upload-Length", "Upload-Metadata")}
    assert found == {"Upload-Offset": "0", "Upload-Length": "10", "Upload-Metadata": metadata(filename="site.zip")}
    assert (answer.headers["Tus-Resumable"], answer.headers["Cache-Control"]) == ("1.0.0", "no-store")
    assert answer.headers["Upload-Expires"].endswith("GMT")


@pytest.mark.parametrize("address", [UPLOADS, f"{UPLOADS}/{uuid.UUID(int=0)}"])
def test_options_say_what_is_spoken(address: str) -> None:
    answer = Client().options(address)

    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == "creation,expiration,termination"
    assert answer.headers["Tus-Max-Size"] == str(MAX_BYTES)


@pytest.mark.parametrize("version", ["0.2.2", "1.0.1", ""])
def test_other_versions_are_refused_everywhere(version: str) -> None:
    client = sender()
    address = begun(client, 10)
    headers = {"Upload-Length": "10", "Upload-Offset": "0", "Tus-Resumable": version}

    answers = [
        client.post(UPLOADS, headers=headers),
        client.head(address, headers=headers),
        client.patch(address, b"x", content_type=PIECE, headers=headers),
        client.delete(address, headers=headers),
    ]

    assert [(answer.status_code, answer.headers["Tus-Version"]) for answer in answers] == [(412, "1.0.0")] * 4
    assert offset_of(client, address) == 0


@pytest.mark.parametrize(
    ("size", "status"), [("", 400), ("0", 400), ("-1", 400), ("1.5", 400), ("9" * 30, 400), (str(MAX_BYTES + 1), 413)]
)
def test_size_that_is_none_is_refused(size: str, status: int, folder: Path) -> None:
    answer = sender().post(UPLOADS, headers={**TUS, "Upload-Length": size})

    assert refusal(answer)[0] == status
    assert not Upload.objects.exists()
    assert not folder.exists()


@pytest.mark.parametrize(
    "text",
    ["filename not-base64!", "filename YQ==,filename Yg==", "a,,b", "filename /w==", "a" * 2_001, "filename Cg=="],
)
def test_metadata_that_is_none_is_refused(text: str) -> None:
    headers = {**TUS, "Upload-Length": "1", "Upload-Metadata": text}

    assert refusal(sender().post(UPLOADS, headers=headers))[0] == 400


@pytest.mark.parametrize(("at", "content"), [(3, b"456789"), (5, b"56789"), (0, CONTENT), (10, b"")])
def test_wrong_offset_changes_nothing(at: int, content: bytes) -> None:
    client = sender()
    address = begun(client, 10)
    send(client, address, CONTENT[:4], at=0)

    answer = send(client, address, content, at=at)

    assert (refusal(answer)[0], answer.headers["Upload-Offset"]) == (409, "4")
    assert offset_of(client, address) == 4


@pytest.mark.parametrize("offset", ["", "-1", "four", "1e1"])
def test_offset_that_is_none_is_refused(offset: str) -> None:
    client = sender()
    headers = {**TUS, "Upload-Offset": offset}

    assert refusal(client.patch(begun(client, 10), b"x", content_type=PIECE, headers=headers))[0] == 400


def test_pieces_have_a_type_of_their_own() -> None:
    client = sender()
    headers = {**TUS, "Upload-Offset": "0"}

    assert refusal(client.patch(begun(client, 10), b"{}", content_type="application/json", headers=headers))[0] == 415


def test_more_than_was_said_is_refused() -> None:
    client = sender()
    address = begun(client, 10)

    assert refusal(send(client, address, CONTENT + b"x", at=0))[0] == 413
    assert offset_of(client, address) == 0


def test_finished_upload_takes_no_more(folder: Path) -> None:
    client = sender()
    upload = send_all(client, CONTENT)
    address = f"{UPLOADS}/{upload.pk}"

    assert refusal(send(client, address, CONTENT, at=0))[0] == 409
    assert refusal(send(client, address, b"x", at=10))[0] == 413
    assert send(client, address, b"", at=10).status_code == 204
    assert (folder / str(upload.pk)).read_bytes() == CONTENT


def test_piece_may_be_larger_than_other_bodies() -> None:
    client, content = sender(), os.urandom(MAX_PIECE_BYTES)

    upload = send_all(client, content)

    assert upload.sha256 == hashlib.sha256(content).hexdigest()


def test_piece_has_a_limit_too() -> None:
    client = sender()
    address = begun(client, 2 * MAX_PIECE_BYTES)

    answer = send(client, address, b"x" * (MAX_PIECE_BYTES + 1), at=0)

    assert refusal(answer)[0] == 413
    assert answer.json()["detail"] == "A request may have up to 8,388,608 bytes."
    assert offset_of(client, address) == 0


def test_digest_that_was_promised_is_compared(folder: Path) -> None:
    client, digest = sender(), hashlib.sha256(CONTENT).hexdigest()
    assert send_all(client, CONTENT, sha256=digest).sha256 == digest
    address = begun(client, 10, sha256="0" * 64)

    answer = send(client, address, CONTENT, at=0)

    assert refusal(answer) == (422, [("/sha256", "refused")])
    assert digest in answer.json()["detail"]
    assert client.get(address).status_code == 404
    assert len(names(folder)) == 1


def test_audit_says_what_began_what_came_and_what_was_removed() -> None:
    client, digest = sender(), hashlib.sha256(CONTENT).hexdigest()
    address, given_up, wrong = (begun(client, 10), begun(client, 10), begun(client, 10, sha256="0" * 64))
    send(client, address, CONTENT[:4], at=0)
    send(client, address, CONTENT[4:], at=4)
    send(client, wrong, CONTENT, at=0)
    client.delete(given_up, headers=TUS)
    client.delete(address, headers=TUS)

    records = AuditRecord.objects.filter(verb__startswith="upload_", by__username="deployer").order_by("pk")
    said: dict[str, list[tuple[str, str]]] = {}
    for record in records:
        said.setdefault(record.object_name, []).append((record.verb, record.detail))
    what, whole = "10 bytes, for the team Web", f"10 bytes, for the team Web, SHA-256 {digest}"
    begin_record = ("upload_begun", what)
    assert said == {
        f"upload {address.rpartition('/')[2]}": [
            begin_record, ("upload_finished", whole), ("upload_removed", whole),
        ],
        f"upload {given_up.rpartition('/')[2]}": [begin_record, ("upload_removed", f"Not whole, {what}")],
        f"upload {wrong.rpartition('/')[2]}": [
            begin_record, ("upload_removed", f"It was to have the SHA-256 {'0' * 64}, {whole}"),
        ],
    }  # fmt: skip


@pytest.mark.parametrize("digest", ["abc", "G" * 64, "A" * 64])
def test_digest_that_is_none_is_refused(digest: str) -> None:
    assert refusal(begin(sender(), 10, sha256=digest)) == (422, [("/sha256", "refused")])


@pytest.mark.parametrize("is_whole", [True, False])
def test_removed_upload_is_gone(is_whole: bool, folder: Path) -> None:
    client = sender()
    address = f"{UPLOADS}/{send_all(client, CONTENT).pk}" if is_whole else begun(client, 10)

    answer = client.delete(address, headers=TUS)

    assert (answer.status_code, answer.headers["Tus-Resumable"]) == (204, "1.0.0")
    assert client.head(address, headers=TUS).status_code == 404
    assert names(folder) == []


def test_upload_that_a_service_names_is_not_removed(folder: Path) -> None:
    client = sender()
    upload = send_all(client, CONTENT)
    make_service(source_config={"artifactId": str(upload.pk)})

    assert refusal(client.delete(f"{UPLOADS}/{upload.pk}", headers=TUS))[0] == 422
    assert names(folder) == [str(upload.pk)]


def test_deployers_find_what_was_sent(tmp_path: Path) -> None:
    upload, context = send_all(sender(), CONTENT), PlainContext(tmp_path, tmp_path)

    assert get_source("upload@1").resolve({"artifactId": str(upload.pk)}, context) == f"sha256:{upload.sha256}"
