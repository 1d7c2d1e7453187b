"""Uploads as people write them: begun, gone on with piece by piece, removed."""

import re
import uuid
from collections.abc import Callable, Mapping
from io import BufferedRandom

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from catalog.models.audit import Verb
from deployments.actions.errors import NotAllowedError, RefusedError, RefusedFieldError
from deployments.actions.services.teams import ADD, CHANGE, SEE_EVERY, VIEW, own_teams, teams_of
from deployments.models import Upload
from deployments.runner.uploads import changing, digest_of, is_used, make_part, note, remove, show_whole, write
from deployments.sources.archives.limits import LIMITS

MAX_BYTES = LIMITS.archive_bytes
# Of one person; who begins them in a circle is stopped here.
MAX_UNFINISHED = 20
SHA256 = re.compile("[0-9a-f]{64}")


class OffsetError(RefusedError):
    """What is sent does not go on where the upload is: `received` bytes are there."""

    def __init__(self, received: int) -> None:
        super().__init__(f"The upload has {received:,} bytes: go on from there.")
        self.received = received


class TooMuchError(RefusedError):
    """More than an upload may have, or more than it was to have."""


def uploads_of(person: User) -> QuerySet[Upload]:
    """Those of the person, and of their teams."""
    uploads = Upload.objects.select_related("team", "owner")
    if not person.has_perm(VIEW):
        return uploads.none()
    if person.has_perm(SEE_EVERY):
        return uploads
    return uploads.filter(Q(owner=person.pk) | Q(team__in=own_teams(person).order_by().values("pk")))


def create_upload(*, by: User, size_bytes: int, said: Mapping[str, str], metadata: str) -> Upload:
    """An upload of which nothing has come yet. `said` is what `metadata` says: `team` by its name, `sha256`.

    Raises NotAllowedError, TooMuchError, RefusedFieldError, RefusedError, NoRoomError.
    """
    if not (by.has_perm(ADD) or by.has_perm(CHANGE)):
        raise NotAllowedError("You may not send archives, which are for services that you make or change.")
    if size_bytes > MAX_BYTES:
        raise TooMuchError(f"An archive may have up to {MAX_BYTES:,} bytes.")
    if "sha256" in said and not SHA256.fullmatch(said["sha256"]):
        raise RefusedFieldError("sha256 is 64 digits, 0 to 9 and a to f.", field="sha256")
    team = _team_of(by, said.get("team"))
    if Upload.objects.filter(owner=by.pk, finished_at=None).count() >= MAX_UNFINISHED:
        raise RefusedError(f"You have {MAX_UNFINISHED} uploads that are not finished: go on with them, or remove some.")
    pk, now = uuid.uuid4(), timezone.now()
    make_part(pk, size_bytes=size_bytes)
    with transaction.atomic():
        made = Upload.objects.create(
            pk=pk, owner_id=by.pk, team=team, size_bytes=size_bytes, metadata=metadata, created_at=now, changed_at=now
        )
        note(Verb.UPLOAD_BEGUN, made, by=by, detail="")
    return made


def append_to_upload(
    upload: Upload, *, by: User, offset: int, length: int, read: Callable[[int], bytes], sha256: str = ""
) -> Upload:
    """Go on with an upload at `offset`, with up to `length` bytes that `read` gives; as it is then.

    Where `read` ends early, what came counts. With its last byte it is whole: its digest is compared with `sha256`, if
    one is given, and deployers see it. Raises OffsetError, TooMuchError, UploadBusyError, UploadGoneError, NoRoomError;
    RefusedFieldError if it is not what it should be, which removes it.
    """
    with changing(upload.pk) as (found, file):
        if offset != found.received_bytes:
            raise OffsetError(found.received_bytes)
        if offset + length > found.size_bytes:
            raise TooMuchError(f"The upload was to have {found.size_bytes:,} bytes; this would be {offset + length:,}.")
        if found.finished_at is not None:
            return found
        found.received_bytes += write(file, offset=offset, read=read)
        found.changed_at = timezone.now()
        if found.received_bytes == found.size_bytes:
            _finish(found, file, by=by, sha256=sha256)
        with transaction.atomic():
            found.save(update_fields=("received_bytes", "changed_at", "sha256", "finished_at"))
            if found.finished_at is not None:
                note(Verb.UPLOAD_FINISHED, found, by=by, detail="")
        return found


def _finish(upload: Upload, file: BufferedRandom, *, by: User, sha256: str) -> None:
    """Raises RefusedFieldError if its digest is another than `sha256`."""
    upload.sha256, upload.finished_at = digest_of(file), upload.changed_at
    if sha256 not in ("", upload.sha256):
        remove(upload, by=by, why=f"It was to have the SHA-256 {sha256}")
        message = f"What came has the SHA-256 {upload.sha256}, not {sha256}: it is removed, send it again."
        raise RefusedFieldError(message, field="sha256")
    show_whole(upload.pk)


def remove_upload(upload: Upload, *, by: User) -> None:
    """Raises RefusedError if something uses it, UploadBusyError."""
    with changing(upload.pk) as (found, _):
        if is_used(found):
            raise RefusedError("A service or a deployment that is kept uses this upload.")
        remove(found, by=by, why="" if found.finished_at else "Not whole")


def _team_of(person: User, name: str | None) -> Group | None:
    """The team that is named, or the only one there is. Raises NotAllowedError, RefusedFieldError."""
    if name is not None:
        team = teams_of(person).filter(name=name).first()
        if team is None:
            raise RefusedFieldError("There is no such team of yours.", field="team")
        return team
    if person.has_perm(SEE_EVERY):
        return None
    teams = list(teams_of(person)[:2])
    if len(teams) != 1:
        raise RefusedFieldError("Say which team it is for: `team` in Upload-Metadata.", field="team")
    return teams[0]
