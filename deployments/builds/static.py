"""Publishes files as they are."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from deployments.builds.schemas import LINE_PATTERN, flag, with_defaults
from deployments.builds.trees import copy_site, folder_in, has
from deployments.configs.schemas import config_of, folder
from deployments.configs.words import counted
from deployments.contract import BackendInfo, BuildBackend, Context, Detection, Kind, PermanentError, Source

# Where generators and habits put a finished site.
USUAL_FOLDERS = (".", "public", "dist", "build", "_site", "out", "site", "docs", "html", "www")


class Static(BuildBackend):
    """Copies a folder of the source, without what is left out."""

    info: ClassVar[BackendInfo] = BackendInfo(
        key="static",
        version="1.0.0",
        name="Static files",
        summary="Publishes a folder of the source as it is.",
        icon="folder",
        category="static_site",
        schema=config_of(
            {
                "outputFolder": folder(
                    "Published folder",
                    "Folder of the source that is published. A dot stands for the whole source.",
                    default=".",
                    examples=[".", "public"],
                ),
                "requireIndex": flag(
                    "Require a start page", "Refuse to publish when there is no index.html at the top.", default=True
                ),
                "exclude": {
                    "type": "array",
                    "title": "Leave out",
                    "description": "Patterns of files and folders that are not published; * stands for any characters.",
                    "items": {"type": "string", "pattern": LINE_PATTERN, "minLength": 1, "maxLength": 200},
                    "maxItems": 100,
                    "uniqueItems": True,
                    "default": [".git", ".github", ".gitignore", "node_modules"],
                    "examples": [["*.md", "drafts/*"]],
                    "x-widget": "tags",
                },
            }
        ),
    )
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.TREE})
    produces: ClassVar[Kind] = Kind.SITE

    def detect(self, tree: Path) -> Detection | None:
        for name in USUAL_FOLDERS:
            if has(tree, f"{name}/index.html") and not has(tree, "package.json"):
                return Detection(2, {"outputFolder": name}, f"There is an index.html in {name!r}.")
        return None

    def build(self, source: Source, config: Mapping[str, Any], into: Path, context: Context) -> None:
        chosen = with_defaults(self.info.schema, config)
        published = folder_in(source.path, chosen["outputFolder"], what="published folder")
        copied = copy_site(published, into, tree=source.path, check=context.check, exclude=chosen["exclude"])
        if chosen["requireIndex"] and not (into / "index.html").is_file():
            raise PermanentError(
                "There is no index.html at the top of the published folder.",
                hint="Choose the folder that it is in, or do not require a start page.",
            )
        context.log(f"Copied {counted(copied.files, 'file')}, {counted(copied.size_bytes, 'byte')}.")
