"""A target that makes nothing live: for trying out a source and a build."""

from collections.abc import Mapping
from typing import Any, ClassVar

from deployments.configs.schemas import config_of
from deployments.configs.words import counted
from deployments.contract import Artifact, BackendInfo, Context, Kind, Release, TargetBackend

SCHEMA = config_of({})


class Null(TargetBackend):
    """Takes everything and says what it would make live."""

    info: ClassVar = BackendInfo(
        key="null", version="1.0.0", name="Nothing", summary="Builds, and makes nothing live.", schema=SCHEMA
    )
    accepts: ClassVar = frozenset(Kind)

    def upload(self, artifact: Artifact, config: Mapping[str, Any], context: Context) -> Release:
        context.log(f"Would make {counted(artifact.files, 'file')} live.")
        return Release(str(context.deployment_id))

    def probe(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        """There is nothing to probe."""

    def activate(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        """There is nothing to make live."""

    def remove(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        """There is nothing to remove."""
