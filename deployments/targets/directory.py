"""Folders on a disk that a web server serves: each release whole, and one symbolic link to the live one.

A flip renames a new link over the old one, which is atomic; nginx needs no reload. Reference: rename(2).
"""

import os
import shutil
import uuid
from collections.abc import Mapping
from contextlib import suppress
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
from deployments.targets.schemas import ADDRESS

CURRENT = "current"
RELEASES = "releases"
SCHEMA = config_of(
    {
        "folder": {
            "type": "string",
            "title": "Folder",
            "description": "Beneath the folder that the registry may write to; the web server serves its “current”.",
            "pattern": r"^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*$",
            "maxLength": 200,
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
        if not place.is_dir():
            # Beside its place first, so that a half copy never has the name.
            made = place.with_name(f".{place.name}.{uuid.uuid4().hex}")
            try:
                shutil.copytree(artifact.path, made, copy_function=_copying(context))
                made.rename(place)
            except OSError as error:
                raise TransientError(
                    f"The release cannot be written: {error.strerror}.", hint="Is the disk full?"
                ) from error
            finally:
                shutil.rmtree(made, ignore_errors=True)
        return Release(str(context.deployment_id), config.get("url", ""))

    def probe(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        if not _release_folder(config, release.id).is_dir():
            raise PermanentError("The release is gone from the folder.", hint="Deploy it again.")

    def activate(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        self.probe(release, config, context)
        link = root_of(config) / f".{CURRENT}.{uuid.uuid4().hex}"
        link.symlink_to(Path(RELEASES) / release.id)
        try:
            link.replace(root_of(config) / CURRENT)
        except OSError as error:
            raise PermanentError(
                f"“{CURRENT}” cannot be replaced: {error.strerror}.", hint="It has to be a link, or not be there."
            ) from error
        finally:
            link.unlink(missing_ok=True)

    def remove(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        if os.path.realpath(root_of(config) / CURRENT) == os.path.realpath(_release_folder(config, release.id)):
            raise PermanentError("It is live.")
        with suppress(FileNotFoundError):
            shutil.rmtree(_release_folder(config, release.id))


def sites() -> Path:
    return Path(settings.REGISTRY_SITES_DIR).resolve()


def root_of(config: Mapping[str, Any]) -> Path:
    return (sites() / str(config["folder"])).resolve()


def _release_folder(config: Mapping[str, Any], release_id: str) -> Path:
    folder = root_of(config) / RELEASES
    folder.mkdir(parents=True, exist_ok=True)
    return folder / release_id


def _copying(context: Context) -> Any:
    def copy(source: str, target: str) -> None:
        context.check()
        shutil.copyfile(source, target)
        Path(target).chmod(0o755 if os.access(source, os.X_OK) else 0o644)

    return copy
