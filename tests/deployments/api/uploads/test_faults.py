"""Uploads where something goes wrong: two at once, a full disk, a crash, a file that is gone."""

import errno
import fcntl
import os
import shutil
from pathlib import Path

import pytest

from deployments.models import Upload
from tests.catalog.api.write.programs import refusal
from tests.deployments.api.uploads.sending import (
    TUS,
    begin,
    begun,
    offset_of,
    send,
    sender,
)

pytestmark = pytest.mark.django_db
CONTENT = b"0123456789"


def test_somebody_else_who_writes_it_is_not_disturbed(folder: Path) -> None:
    client = sender()
    address = begun(client, 10)
    part = folder / f".{address.rpartition('/')[2]}.part"
    with part.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)

        answers = [send(client, address, CONTENT, at=0), client.delete(address, headers=TUS)]

    assert [(refusal(answer)[0], answer.headers["Retry-After"]) for answer in answers] == [(423, "1")] * 2
    assert send(client, address, CONTENT, at=0).status_code == 204


def test_disk_without_room_is_said_and_what_came_stays(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    client = sender()
    address = begun(client, 10)
    send(client, address, CONTENT[:4], at=0)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        refused = send(client, address, CONTENT[4:], at=4)

    assert refusal(refused)[0] == 507
    assert offset_of(client, address) == 4
    assert (folder / f".{address.rpartition('/')[2]}.part").stat().st_size == 4
    assert send(client, address, CONTENT[4:], at=4).status_code == 204


def test_upload_that_has_no_room_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=9))

    assert refusal(begin(sender(), 10))[0] == 507
    assert not Upload.objects.exists()


def test_crash_before_the_row_was_written_is_made_good(folder: Path) -> None:
    """The file had its name already, the row did not know: the last piece comes again."""
    client = sender()
    address = begun(client, 10)
    pk = address.rpartition("/")[2]
    send(client, address, CONTENT[:4], at=0)
    (folder / f".{pk}.part").write_bytes(CONTENT + b"of a request that was cut")
    (folder / f".{pk}.part").rename(folder / pk)

    assert send(client, address, CONTENT[4:], at=4).status_code == 204
    assert (folder / pk).read_bytes() == CONTENT


def test_upload_whose_file_is_gone_is_gone(folder: Path) -> None:
    client = sender()
    address = begun(client, 10)
    send(client, address, CONTENT[:4], at=0)
    part = folder / f".{address.rpartition('/')[2]}.part"
    part.write_bytes(b"0")
    short = send(client, address, CONTENT[4:], at=4)
    part.unlink()

    assert [refusal(answer)[0] for answer in (short, send(client, address, CONTENT[4:], at=4))] == [404, 404]
