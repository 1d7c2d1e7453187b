"""Source `upload`: an archive that was uploaded, a file named by its id in `REGISTRY_UPLOAD_DIR`.

Whoever takes uploads writes such a file whole or not at all (under another name, then renamed) and never changes it.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, ClassVar
from uuid import UUID

from django.conf import settings

from deployments.configs.schemas import config_of
from deployments.contract import BackendInfo, Context, Kind, PermanentError, Source, SourceBackend
from deployments.sources.archives.entries import CHUNK_BYTES
from deployments.sources.archives.limits import LIMITS
from deployments.sources.packed import check_digest, unpack_source
from deployments.sources.schemas import STRIP, SUBFOLDER

FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

SCHEMA = config_of(
    {
        "artifactId": {
            "type": "string",
            "title": "Upload",
            "description": "Identifier that was returned when the archive was uploaded.",
            "format": "uuid",
            "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        },
        "stripComponents": STRIP,
        "subfolder": SUBFOLDER,
    },
    required=["artifactId"],
)


class Upload(SourceBackend):
    """Unpacks what was uploaded; its revision is the archive's digest."""

    info: ClassVar = BackendInfo(
        key="upload",
        version="1.0.0",
        name="Upload",
        summary="Deploys a zip or tar.gz archive that was uploaded beforehand.",
        schema=SCHEMA,
        icon="upload",
        category="archive",
    )
    produces: ClassVar = frozenset({Kind.TREE})

    def resolve(self, config: Mapping[str, Any], context: Context) -> str:
        """The digest of what is there under the id now."""
        return f"sha256:{_read(config, context, take=len)}"

    def fetch(self, config: Mapping[str, Any], revision: str, into: Path, context: Context) -> Source:
        with TemporaryDirectory(dir=context.work) as folder:
            archive = Path(folder) / "archive"
            with archive.open("xb") as copy:
                found = _read(config, context, take=copy.write)
            check_digest(found, revision.removeprefix("sha256:"))
            return unpack_source(archive, config, revision, into, context)


def _read(config: Mapping[str, Any], context: Context, *, take: Callable[[bytes], object]) -> str:
    digest = hashlib.sha256()
    with _open(UUID(config["artifactId"])) as upload:
        while chunk := upload.read(CHUNK_BYTES):
            context.check()
            digest.update(chunk)
            take(chunk)
    return digest.hexdigest()


@contextmanager
def _open(identifier: UUID) -> Iterator[BinaryIO]:
    try:
        descriptor = os.open(settings.REGISTRY_UPLOAD_DIR / str(identifier), FLAGS)
    except OSError as error:
        raise PermanentError(
            f"There is no upload {identifier} that can be read.",
            hint="Upload the archive again; workers must see the folder that uploads are kept in.",
        ) from error
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_size > LIMITS.archive_bytes:
        os.close(descriptor)
        raise PermanentError(f"Upload {identifier} is no file, or larger than {LIMITS.archive_bytes} bytes.")
    with os.fdopen(descriptor, "rb") as file:
        yield file
