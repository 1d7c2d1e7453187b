"""Files of uploads in `REGISTRY_UPLOAD_DIR`: `<id>` when it is whole, `.<id>.part` until then.

Whoever holds the lock of its file may change an upload, file and row; the row says how much of the file counts.
"""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from io import BufferedRandom
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalog.models import AuditRecord
from catalog.models.audit import Verb
from deployments.models import QUEUED, RUNNING, BackendKind, Deployment, Service, Upload
from deployments.sandbox.disks import FULL

PIECE_BYTES = 1 << 20
UNFINISHED_LIVES = timedelta(days=1)
UNUSED_LIVES = timedelta(days=30)
FLAGS = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class UploadBusyError(Exception):
    """Somebody else is writing it, or removing it."""


class UploadGoneError(Exception):
    """It, or its file, is not there any more."""


class NoRoomError(Exception):
    """The disk that uploads are kept on is full."""


def make_part(pk: UUID, *, size_bytes: int) -> None:
    """An empty file, if there is room for all of it. Raises NoRoomError."""
    folder = settings.REGISTRY_UPLOAD_DIR
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < size_bytes:
        raise NoRoomError
    with _room():
        os.close(os.open(_part(pk), FLAGS | os.O_CREAT | os.O_EXCL, 0o666))


@contextmanager
def changing(pk: UUID) -> Iterator[tuple[Upload, BufferedRandom]]:
    """The upload as it is now and the file of what has come, for one at a time, in this process or another.

    Raises UploadBusyError, UploadGoneError.
    """
    with os.fdopen(_open(pk), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UploadBusyError from error
        upload = Upload.objects.select_related("team", "owner").filter(pk=pk).first()
        if upload is None:
            raise UploadGoneError
        yield upload, file


def write(file: BufferedRandom, *, offset: int, read: Callable[[int], bytes]) -> int:
    """Write what `read` gives, from `offset` on, down to the disk; how many bytes. Raises NoRoomError, UploadGoneError.

    On a disk that is full, what came before `offset` is left.
    """
    if os.fstat(file.fileno()).st_size < offset:
        raise UploadGoneError
    file.seek(offset)
    try:
        with _room():
            while piece := read(PIECE_BYTES):
                file.write(piece)
            # Behind it may be what came in a request whose end nobody noted.
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
    except NoRoomError:
        os.truncate(file.fileno(), offset)
        raise
    return file.tell() - offset


def digest_of(file: BufferedRandom) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def show_whole(pk: UUID) -> None:
    """Give the file its name: from now on deployers see it."""
    folder = os.open(settings.REGISTRY_UPLOAD_DIR, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # A crash between this and the row has given it the name already.
        with suppress(FileNotFoundError):
            _part(pk).rename(whole(pk))
        os.fsync(folder)
    finally:
        os.close(folder)


def remove(upload: Upload, *, by: User | None, why: str) -> None:
    """The file, then the row: a crash between the two leaves what `collect_uploads` finds. Its lock is held."""
    for path in (_part(upload.pk), whole(upload.pk)):
        path.unlink(missing_ok=True)
    with transaction.atomic():
        note(Verb.UPLOAD_REMOVED, upload, by=by, detail=why)
        upload.delete()


def note(verb: Verb, upload: Upload, *, by: User | None, detail: str) -> None:
    """Keep in the audit what became of it, and what it is: its size, its team, its digest when it is whole."""
    parts = (detail, f"{upload.size_bytes:,} bytes", f"for the team {upload.team}" if upload.team else "",
             f"SHA-256 {upload.sha256}" if upload.sha256 else "")  # fmt: skip
    said = ", ".join(part for part in parts if part)
    AuditRecord.objects.note(verb, by=by, object_name=f"upload {upload.pk}", detail=said)


def is_used(upload: Upload) -> bool:
    """Whether a service names it, or a deployment that is kept, runs or waits was made of it."""
    services = Service.objects.filter(removed_at=None, source_config__artifactId=str(upload.pk))
    made = Deployment.objects.filter(**{f"configs__{BackendKind.SOURCE}__artifactId": str(upload.pk)})
    return services.exists() or made.filter(~Q(release={}) | Q(state__in=(*RUNNING, QUEUED))).exists()


def collect_uploads() -> int:
    """Remove what nobody went on with, and what is whole, old and used by nothing; how many."""
    now, removed = timezone.now(), 0
    left = Q(finished_at=None, changed_at__lt=now - UNFINISHED_LIVES)
    for pk in Upload.objects.filter(left | Q(finished_at__lt=now - UNUSED_LIVES)).values_list("pk", flat=True):
        with suppress(UploadBusyError):
            removed += _collect(pk)
    _remove_unnamed()
    return removed


def whole(pk: UUID) -> Path:
    return Path(settings.REGISTRY_UPLOAD_DIR, str(pk))


def _collect(pk: UUID) -> bool:
    try:
        with changing(pk) as (upload, _):
            is_late = timezone.now() - upload.changed_at >= UNFINISHED_LIVES
            if not is_late or (upload.finished_at is not None and is_used(upload)):
                return False
            why = "Nobody went on with it" if upload.finished_at is None else "Nothing uses it"
            remove(upload, by=None, why=why)
    except UploadGoneError:
        Upload.objects.filter(pk=pk).delete()
    return True


def _remove_unnamed() -> None:
    """Files of uploads that nobody has a row of, since a process died when it was about to make one."""
    before = time.time() - UNFINISHED_LIVES.total_seconds()
    for path in Path(settings.REGISTRY_UPLOAD_DIR).glob(".*.part"):
        name = path.name[1 : -len(".part")]
        with suppress(FileNotFoundError, ValueError):
            if path.lstat().st_mtime <= before and not Upload.objects.filter(pk=UUID(name)).exists():
                path.unlink()


def _open(pk: UUID) -> int:
    for path in (_part(pk), whole(pk)):
        with suppress(FileNotFoundError):
            return os.open(path, FLAGS)
    raise UploadGoneError


def _part(pk: UUID) -> Path:
    return Path(settings.REGISTRY_UPLOAD_DIR, f".{pk}.part")


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise NoRoomError from error
        raise
