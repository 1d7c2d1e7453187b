"""Releases in a bucket, each whole under a prefix that never changes, and one object that names the live one.

`<prefix>/current.json` is `{"at": ..., "release": ...}`; an edge function, or a server in front of the bucket, reads it
and serves `<prefix>/releases/<release>/`. A flip is one conditional write of that object.
"""

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any, ClassVar

from catalog.schemas.problems import Problem
from deployments.configs.words import counted
from deployments.contract import (
    Artifact,
    BackendInfo,
    Context,
    Kind,
    PermanentError,
    Release,
    StoppedError,
    TargetBackend,
    TransientError,
)
from deployments.targets.s3_bucket import Bucket, invalidate
from deployments.targets.s3_config import (
    PARALLEL,
    SCHEMA,
    is_own_bucket,
    open_bucket,
    open_cloudfront,
    root_of,
    server_of,
)
from deployments.targets.web_headers import cache_control_of, content_type_of

POINTER = "current.json"
CHECK_SECONDS = 0.25


class S3(TargetBackend):
    """`<prefix>/releases/<deployment>/...` and the pointer `<prefix>/current.json`."""

    info: ClassVar = BackendInfo(
        key="s3",
        version="1.0.0",
        name="Bucket",
        summary="A bucket of S3, or of a server that speaks it, with a pointer to the live release.",
        schema=SCHEMA,
        icon="bucket",
        category="site",
    )
    accepts: ClassVar = frozenset({Kind.SITE})

    def check_config(self, config: Mapping[str, Any]) -> list[Problem]:
        """The registry's own bucket is refused to the workers' role."""
        return [Problem("/bucket", "own", "It is the registry's own bucket.")] if is_own_bucket(config) else []

    def place(self, config: Mapping[str, Any]) -> str:
        return f"s3/{server_of(config)}/{config['bucket']}/{root_of(config)}".rstrip("/")

    def upload(self, artifact: Artifact, config: Mapping[str, Any], context: Context) -> Release:
        """Several files at once, each if it is not there yet. Raises PermanentError if another build is there."""
        paths = sorted(path for path in artifact.path.rglob("*") if path.is_file())
        release = Release(str(context.deployment_id), config.get("url", ""), {"files": str(len(paths))})
        bucket, prefix = open_bucket(config, context), _prefix_of(config, release)
        context.log(f"Uploading {counted(len(paths), 'file')} to {bucket.address_of(prefix)}")
        _Upload(bucket, artifact.path, prefix).run(paths, context=context)
        return release

    def probe(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        """As many files as were uploaded are listed, and one of them answers. Two requests for each 1,000 files."""
        bucket, prefix = open_bucket(config, context), _prefix_of(config, release)
        keys = []
        for found in bucket.list(prefix):
            context.check()
            keys.append(found.key)
        if len(keys) != int(release.meta.get("files", 0)) or not keys:
            raise PermanentError(
                f"{len(keys):,} of {release.meta.get('files', 'its')} files of the release are in the bucket.",
                hint="Deploy it again.",
            )
        page = f"{prefix}index.html"
        if not bucket.sha256_of(page if page in keys else keys[0]):
            raise PermanentError("The release was changed in the bucket.", hint="Deploy it again.")

    def activate(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        """Raises TransientError if somebody else moved the pointer meanwhile."""
        self.probe(release, config, context)
        bucket = open_bucket(config, context)
        pointer, etag = _read_pointer(bucket, config)
        if pointer.get("release") != release.id:
            pointer = {"at": datetime.now(UTC).isoformat(timespec="microseconds"), "release": release.id}
            _write_pointer(bucket, config, pointer, etag=etag)
        if "distributionId" in config:
            reference = f"{release.id} {pointer['at']}"
            path = f"/{root_of(config)}{POINTER}"
            invalidate(open_cloudfront(config, context), config["distributionId"], path, reference=reference)
            context.log(f"CloudFront is forgetting {path}")

    def remove(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        bucket = open_bucket(config, context)
        pointer, _ = _read_pointer(bucket, config)
        if pointer.get("release") == release.id:
            raise PermanentError("It is live.")
        keys = [found.key for found in bucket.list(_prefix_of(config, release))]
        bucket.delete(keys, check=context.check)


class _Upload:
    """The files of one release on their way."""

    def __init__(self, bucket: Bucket, folder: Path, prefix: str) -> None:
        self._bucket, self._folder, self._prefix = bucket, folder, prefix
        self._is_over = threading.Event()

    def run(self, paths: Sequence[Path], *, context: Context) -> None:
        """The first thing that goes wrong, or a stop, ends all of it."""
        going: set[Future[None]] = set()
        pool = ThreadPoolExecutor(PARALLEL)
        try:
            for path in paths:
                context.check()
                going = self._wait(going, most=PARALLEL - 1, context=context)
                going.add(pool.submit(self._send, path))
            self._wait(going, most=0, context=context)
        finally:
            self._is_over.set()
            # Who waits for an answer now may wait long; whatever it is, nothing live depends on it.
            pool.shutdown(wait=False, cancel_futures=True)

    def _wait(self, going: set[Future[None]], *, most: int, context: Context) -> set[Future[None]]:
        while len(going) > most:
            context.check()
            done, going = wait(going, timeout=CHECK_SECONDS, return_when=FIRST_COMPLETED)
            for each in done:
                each.result()
        return going

    def _send(self, path: Path) -> None:
        name = path.relative_to(self._folder).as_posix()
        with _StoppableFile(path, self._is_over) as file:
            sha256 = hashlib.file_digest(file, "sha256").digest()
            file.seek(0)
            written = self._bucket.put(
                self._prefix + name,
                file,
                sha256=sha256,
                content_type=content_type_of(name),
                cache_control=cache_control_of(name),
            )
        if not written and self._bucket.sha256_of(self._prefix + name) != sha256.hex():
            raise PermanentError(
                f"{self._bucket.address_of(self._prefix + name)} is there already, and another file.",
                hint="Deploy again: each deployment has a folder of its own.",
            )


class _StoppableFile(FileIO):
    """A file that cannot be read any more once the upload is over: a large one would go on for minutes."""

    def __init__(self, path: Path, is_over: threading.Event) -> None:
        super().__init__(path)
        self._is_over = is_over

    def read(self, size: int | None = -1, /) -> bytes:
        self._check()
        return super().read(-1 if size is None else size)

    def readinto(self, buffer: Any, /) -> int:
        self._check()
        return super().readinto(buffer)

    def _check(self) -> None:
        if self._is_over.is_set():
            raise StoppedError


def _prefix_of(config: Mapping[str, Any], release: Release) -> str:
    return f"{root_of(config)}releases/{release.id}/"


def _read_pointer(bucket: Bucket, config: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    """The pointer and its ETag; both empty if there is none yet. Raises PermanentError if it is not one of ours."""
    found = bucket.read(root_of(config) + POINTER)
    if found is None:
        return {}, ""
    try:
        pointer = json.loads(found[0])
        return {"at": str(pointer["at"]), "release": str(pointer["release"])}, found[1]
    except (ValueError, TypeError, KeyError) as error:
        raise PermanentError(
            f"{bucket.address_of(root_of(config) + POINTER)} is not a pointer of the registry.",
            hint="Choose another prefix, or remove it.",
        ) from error


def _write_pointer(bucket: Bucket, config: Mapping[str, Any], pointer: Mapping[str, str], *, etag: str) -> None:
    content = json.dumps(pointer, sort_keys=True).encode()
    is_written = bucket.put(
        root_of(config) + POINTER,
        content,
        sha256=hashlib.sha256(content).digest(),
        content_type="application/json",
        cache_control="public, max-age=0, must-revalidate",
        etag=etag,
    )
    if not is_written:
        raise TransientError("Somebody else made another release live at the same moment.", retry_after_seconds=1)
