"""Folders on a disk that a web server serves: each release whole, and one symbolic link to the live one.

A flip renames a new link over the old one, which is atomic; nginx needs no reload. Reference: rename(2).
"""

import errno
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings

from catalog.schemas.problems import Problem
from deployments.configs.schemas import config_of
from deployments.contract import (
    Artifact,
    BackendInfo,
    Context,
    Kind,
    PermanentError,
    Release,
    TargetBackend,
    TransientError,
)
from deployments.sandbox.disks import FORBIDDEN
from deployments.targets.schemas import ADDRESS

CURRENT = "current"
RELEASES = "releases"
# What has no name yet: `.<release>.<hex>` and `.current.<hex>`.
LEFT_PATTERN = re.compile(r"\.(current|[0-9a-f-]{36})\.[0-9a-f]{32}")
NOT_OURS = "Ask whoever runs the registry to let deployers write to the folder for sites."
IN_THE_WAY = "Something else of this name is in the way: move it, or choose another folder."
LASTING = {
    **dict.fromkeys(FORBIDDEN, NOT_OURS),
    errno.EEXIST: IN_THE_WAY,
    errno.EISDIR: IN_THE_WAY,
    errno.ENOTDIR: IN_THE_WAY,
    errno.ENAMETOOLONG: "Give the file a shorter name.",
}
SCHEMA = config_of(
    {
        "folder": {
            "type": "string",
            "title": "Folder",
            "description": "Beneath the folder that the registry may write to; the web server serves its “current”.",
            "pattern": r"^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*$",
            "maxLength": 200,
            "examples": ["spring-campaign", "campaigns/spring"],
        },
        "url": ADDRESS,
    },
    required=["folder"],
)


class Directory(TargetBackend):
    """`<REGISTRY_SITES_DIR>/<folder>/releases/<deployment>/`, and the link `current`."""

    info: ClassVar = BackendInfo(
        key="directory",
        version="1.0.0",
        name="Folder",
        summary="A folder of this machine that a web server serves.",
        schema=SCHEMA,
    )
    accepts: ClassVar = frozenset({Kind.SITE})

    def check_config(self, config: Mapping[str, Any]) -> list[Problem]:
        """The folder may not lead out, through a link, of where sites may be."""
        if root_of(config).is_relative_to(sites()):
            return []
        return [Problem("/folder", "outside", "It leads out of the folder for sites.")]

    def place(self, config: Mapping[str, Any]) -> str:
        return f"directory/{root_of(config).relative_to(sites()).as_posix()}"

    def upload(self, artifact: Artifact, config: Mapping[str, Any], context: Context) -> Release:
        place = _release_folder(config, str(context.deployment_id))
        with _readable_errors("The release cannot be written"):
            place.parent.mkdir(parents=True, exist_ok=True)
            _clear(root_of(config))
            if not place.is_dir():
                # Beside its place first, so that a half copy never has the name.
                made = place.with_name(f".{place.name}.{uuid.uuid4().hex}")
                try:
                    _copy(artifact.path, made, check=context.check)
                    made.rename(place)
                finally:
                    shutil.rmtree(made, ignore_errors=True)
        return Release(str(context.deployment_id), config.get("url", ""))

    def probe(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        with _readable_errors("The release cannot be read"):
            if not _release_folder(config, release.id).is_dir():
                raise PermanentError("The release is gone from the folder.", hint="Deploy it again.")

    def activate(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        self.probe(release, config, context)
        link = root_of(config) / f".{CURRENT}.{uuid.uuid4().hex}"
        with _readable_errors(f"“{CURRENT}” cannot be replaced"):
            try:
                link.symlink_to(Path(RELEASES) / release.id)
                link.replace(root_of(config) / CURRENT)
            finally:
                link.unlink(missing_ok=True)

    def remove(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        if os.path.realpath(root_of(config) / CURRENT) == os.path.realpath(_release_folder(config, release.id)):
            raise PermanentError("It is live.")
        with _readable_errors("The release cannot be removed"), suppress(FileNotFoundError):
            shutil.rmtree(_release_folder(config, release.id))


def sites() -> Path:
    return Path(settings.REGISTRY_SITES_DIR).resolve()


def root_of(config: Mapping[str, Any]) -> Path:
    return (sites() / str(config["folder"])).resolve()


def _release_folder(config: Mapping[str, Any], release_id: str) -> Path:
    return root_of(config) / RELEASES / release_id


def _clear(root: Path) -> None:
    """Remove what workers that were killed have left: the place is one service's, and that deploys one at a time."""
    for path in (*root.iterdir(), *(root / RELEASES).iterdir()):
        if LEFT_PATTERN.fullmatch(path.name):
            path.unlink() if path.is_symlink() else shutil.rmtree(path, ignore_errors=True)


def _copy(artifact: Path, into: Path, *, check: Callable[[], None]) -> None:
    """Files and folders alone: there is nothing else in an artifact. The first that fails ends it."""
    into.mkdir()
    for path in artifact.iterdir():
        check()
        if path.is_dir():
            _copy(path, into / path.name, check=check)
            continue
        shutil.copyfile(path, into / path.name)
        (into / path.name).chmod(0o755 if os.access(path, os.X_OK) else 0o644)


@contextmanager
def _readable_errors(what: str) -> Iterator[None]:
    """Turn errors of the disk into TransientError, or PermanentError where waiting does not help."""
    try:
        yield
    except OSError as error:
        message = f"{what}: {error.strerror or error}."
        if error.errno in LASTING:
            raise PermanentError(message, hint=LASTING[error.errno]) from error
        raise TransientError(message, hint="Is the disk full?") from error
