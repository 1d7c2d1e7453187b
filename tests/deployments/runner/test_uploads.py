"""Uploads that nobody needs are removed, and no others."""

import fcntl
import hashlib
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from catalog.models import AuditRecord
from deployments.actions.uploads import append_to_upload, create_upload
from deployments.models import Deployment, DeploymentState, Upload
from deployments.runner.uploads import collect_uploads
from deployments.tasks import collect
from tests.deployments.people import deployer
from tests.deployments.services import make_service, queue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.REGISTRY_UPLOAD_DIR = tmp_path / "uploads"
    return tmp_path / "uploads"


def make_upload(*, age: timedelta, is_whole: bool = True) -> Upload:
    upload = create_upload(by=deployer(f"d{Upload.objects.count()}"), size_bytes=2, said={}, metadata="")
    pieces = iter([b"ab" if is_whole else b"a"])
    append_to_upload(upload, by=upload.owner, offset=0, length=2, read=lambda size: next(pieces, b""))
    when = timezone.now() - age
    Upload.objects.filter(pk=upload.pk).update(changed_at=when, finished_at=when if is_whole else None)
    return upload


def left(folder: Path) -> tuple[set[Any], set[str]]:
    return set(Upload.objects.values_list("pk", flat=True)), {path.name for path in folder.iterdir()}


def test_what_nobody_goes_on_with_is_removed_after_a_day(folder: Path) -> None:
    make_upload(age=timedelta(hours=25), is_whole=False)
    young = make_upload(age=timedelta(hours=23), is_whole=False)

    assert collect_uploads() == 1
    assert left(folder) == ({young.pk}, {f".{young.pk}.part"})


def test_audit_says_what_was_removed_by_itself() -> None:
    make_upload(age=timedelta(hours=25), is_whole=False)
    make_upload(age=timedelta(days=31))

    collect_uploads()

    removed = AuditRecord.objects.filter(verb="upload_removed", by=None).order_by("detail")
    digest = hashlib.sha256(b"ab").hexdigest()
    assert list(removed.values_list("detail", flat=True)) == [
        "Nobody went on with it, 2 bytes, for the team Web",
        f"Nothing uses it, 2 bytes, for the team Web, SHA-256 {digest}",
    ]


def test_what_is_whole_and_unused_is_removed_after_thirty_days(folder: Path) -> None:
    make_upload(age=timedelta(days=31))
    young = make_upload(age=timedelta(days=29))

    assert collect_uploads() == 1
    assert left(folder) == ({young.pk}, {str(young.pk)})


def test_what_is_used_stays(folder: Path) -> None:
    named, made = make_upload(age=timedelta(days=90)), make_upload(age=timedelta(days=90))
    running, forgotten = make_upload(age=timedelta(days=90)), make_upload(age=timedelta(days=90))
    make_service("named", source_config={"artifactId": str(named.pk)})
    service = make_service("made")
    ended = {"state": DeploymentState.SUCCEEDED, "finished_at": timezone.now()}
    for upload, release in ((made, {"id": "1"}), (forgotten, {})):
        queue(service, configs={"source": {"artifactId": str(upload.pk)}}, release=release, **ended)
    queue(service, configs={"source": {"artifactId": str(running.pk)}})
    removed = make_service("removed", source_config={"artifactId": str(forgotten.pk)})
    type(removed).objects.filter(pk=removed.pk).update(removed_at=timezone.now())

    assert collect_uploads() == 1
    assert left(folder)[0] == {named.pk, made.pk, running.pk}
    assert Deployment.objects.count() == 3


def test_what_somebody_writes_just_now_stays(folder: Path) -> None:
    upload = make_upload(age=timedelta(days=2), is_whole=False)
    with (folder / f".{upload.pk}.part").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)

        assert collect_uploads() == 0

    assert collect_uploads() == 1


def test_row_whose_file_is_gone_goes_too(folder: Path) -> None:
    upload = make_upload(age=timedelta(days=2), is_whole=False)
    (folder / f".{upload.pk}.part").unlink()

    assert collect_uploads() == 1
    assert left(folder) == (set(), set())


def test_files_of_no_row_are_removed_if_they_are_parts(folder: Path) -> None:
    folder.mkdir()
    part, young = (folder / f".{each * 8}-0000-4000-8000-000000000000.part" for each in "ab")
    by_hand, other = folder / "cccccccc-0000-4000-8000-000000000000", folder / ".notes.part"
    for path in (part, young, by_hand, other):
        path.write_bytes(b"x")
    for path in (part, by_hand, other):
        os.utime(path, (0, 0))

    collect_uploads()

    assert left(folder)[1] == {young.name, by_hand.name, other.name}


def test_hourly_task_collects_them() -> None:
    make_upload(age=timedelta(days=31))

    collect()

    assert not Upload.objects.exists()


def test_folder_that_is_not_there_yet_is_no_error() -> None:
    assert collect_uploads() == 0
