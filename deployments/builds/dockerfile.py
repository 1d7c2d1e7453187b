"""Builds container images with buildah, and what their Dockerfiles run with runc in namespaces of its own.

Buildah too is nobody outside, and sees no more of this host than /usr, the source and its own storage, which goes with
the deployment; a RUN step has no network.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from deployments.builds.buildah import PATH, Buildah
from deployments.builds.dockerfiles import base_images
from deployments.builds.programs import new_folder, require
from deployments.builds.schemas import FILE_PATTERN, LINE_PATTERN, VARIABLE_PATTERN, named, with_defaults
from deployments.builds.trees import folder_in, has, read_small
from deployments.configs.schemas import config_of, folder, secret
from deployments.contract import BackendInfo, BuildBackend, Context, Detection, Kind, PermanentError, Source

TOOLS = {"buildah": "buildah", "runc": "runc", "bwrap": "bubblewrap", "unshare": "util-linux", "newuidmap": "uidmap"}
NAMES = ("Dockerfile", "Containerfile")


class Dockerfile(BuildBackend):
    """Needs a worker that runs as root: only root can make the users of an image."""

    info: ClassVar[BackendInfo] = BackendInfo(
        key="dockerfile",
        version="1.0.0",
        name="Dockerfile",
        summary="Builds a container image by following a Dockerfile; its steps have no network.",
        icon="docker",
        category="container",
        schema=config_of(
            {
                "dockerfilePath": {
                    "type": "string",
                    "title": "Dockerfile",
                    "description": "Path of the Dockerfile in the source.",
                    "pattern": FILE_PATTERN,
                    "maxLength": 300,
                    "default": "Dockerfile",
                    "examples": ["./Dockerfile", "docker/web.Dockerfile"],
                },
                "context": folder(
                    "Build context",
                    "Folder of the source that the Dockerfile may copy files from.",
                    default=".",
                    examples=[".", "server"],
                ),
                "target": {
                    "type": "string",
                    "title": "Target stage",
                    "description": "Build only up to this stage of a Dockerfile with several. Leave it out for the "
                    "last one.",
                    "pattern": "^[A-Za-z][A-Za-z0-9_.-]{0,127}$",
                    "examples": ["production"],
                },
                "buildArgs": named(
                    "Build arguments",
                    "Values for the ARG lines of the Dockerfile. They can be read in the finished image: put nothing "
                    "secret here.",
                    names=VARIABLE_PATTERN,
                    most=100,
                    values={
                        "type": "string",
                        "title": "Value",
                        "description": "Value of the argument.",
                        "pattern": LINE_PATTERN,
                        "maxLength": 4096,
                    },
                    default={},
                    examples=[{"APP_VERSION": "1.4.0"}],
                ),
                "buildSecrets": named(
                    "Build secrets",
                    "Secrets for RUN --mount=type=secret steps, by their id. They are not part of the finished image.",
                    names="^[A-Za-z0-9_][A-Za-z0-9_.-]*$",
                    most=50,
                    values=secret("Secret", "Name of the stored secret."),
                ),
            }
        ),
    )
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.TREE})
    produces: ClassVar[Kind] = Kind.IMAGE

    def detect(self, tree: Path) -> Detection | None:
        for name in NAMES:
            if has(tree, name):
                return Detection(3, {"dockerfilePath": name}, f"There is a {name}.")
        return None

    def build(self, source: Source, config: Mapping[str, Any], into: Path, context: Context) -> None:
        chosen = with_defaults(self.info.schema, config)
        _require_tools()
        text = _read_dockerfile(source.path, chosen["dockerfilePath"])
        copied_from = folder_in(source.path, chosen["context"], what="build context")
        buildah = Buildah(new_folder(context, "buildah"), source=copied_from, into=into, context=context)
        # Under a name of ours: buildah hands one that ends in `.in` to the C preprocessor, which can include any file.
        buildah.write("Dockerfile", text)
        for name, reference in chosen.get("buildSecrets", {}).items():
            buildah.add_secret(name, context.secret(reference))
        for image in base_images(text, chosen["buildArgs"]):
            buildah.pull(image)
        buildah.build(arguments=chosen["buildArgs"], target=chosen.get("target", ""))
        buildah.export()


def _require_tools() -> None:
    if os.geteuid() != 0:
        raise PermanentError(
            "Dockerfiles cannot be built on this worker: it does not run as root.",
            hint="Ask whoever runs the registry for a worker that does, in a container or machine of its own.",
        )
    for tool, package in TOOLS.items():
        require(tool, package=package, path=PATH)


def _read_dockerfile(tree: Path, name: str) -> str:
    folder, _, own = name.rpartition("/")
    text = read_small(folder_in(tree, folder or ".", what="folder"), own)
    if not text.strip():
        raise PermanentError(
            f"There is no Dockerfile {name!r}, or it is empty.", hint="Look at its path in the config."
        )
    return text
