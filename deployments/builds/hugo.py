"""Builds websites with Hugo. Reference: https://gohugo.io/commands/hugo/."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from deployments.builds.programs import require
from deployments.builds.schemas import SOURCE_FOLDER, flag, with_defaults
from deployments.builds.site_generators import generate_site
from deployments.builds.trees import folder_in, has
from deployments.configs.schemas import config_of
from deployments.contract import BackendInfo, BuildBackend, Context, Detection, Kind, Source

OWN_SETTINGS = ("hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config/_default")
SHARED_SETTINGS = ("config.toml", "config.yaml", "config.yml", "config.json")
OWN_FOLDERS = ("archetypes", "content", "layouts", "themes")


class Hugo(BuildBackend):
    """Runs the worker's Hugo in the sandbox, without a network: modules must be in the source."""

    info: ClassVar[BackendInfo] = BackendInfo(
        key="hugo",
        version="1.0.0",
        name="Hugo",
        summary="Builds a Hugo site.",
        icon="hugo",
        category="static_site",
        schema=config_of(
            {
                "sourceFolder": SOURCE_FOLDER,
                "baseUrl": {
                    "type": "string",
                    "title": "Website address",
                    "description": "Address of the live website, or the path below which it is served. Leave it out to "
                    "use what the site's own settings say.",
                    "pattern": r"^(https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?"
                    r"|/[A-Za-z0-9._~/-]*)$",
                    "maxLength": 300,
                    "examples": ["https://www.example.com/"],
                },
                "environment": {
                    "type": "string",
                    "title": "Environment",
                    "description": "Which set of settings in the site's config folder is used.",
                    "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,63}$",
                    "default": "production",
                    "examples": ["production", "staging"],
                },
                "minify": flag(
                    "Minify",
                    "Remove what browsers do not need from HTML, CSS and scripts, so that pages load faster.",
                    default=True,
                ),
                "buildDrafts": flag(
                    "Include drafts",
                    "Also publish pages that are marked as drafts; meant for preview sites.",
                    default=False,
                ),
                "buildFuture": flag(
                    "Include future pages", "Also publish pages whose date has not come yet.", default=False
                ),
            }
        ),
    )
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.TREE})
    produces: ClassVar[Kind] = Kind.SITE

    def detect(self, tree: Path) -> Detection | None:
        if has(tree, *OWN_SETTINGS):
            return Detection(5, {"sourceFolder": "."}, "There are settings of Hugo.")
        if has(tree, *SHARED_SETTINGS) and has(tree, *OWN_FOLDERS):
            return Detection(4, {"sourceFolder": "."}, "There are settings and folders as Hugo has them.")
        return None

    def build(self, source: Source, config: Mapping[str, Any], into: Path, context: Context) -> None:
        chosen = with_defaults(self.info.schema, config)
        require("hugo", package="hugo")
        folder = folder_in(source.path, chosen["sourceFolder"], what="source folder")
        argv = ["hugo", "--noBuildLock", "--cacheDir", "/tmp/hugo"]  # noqa: S108 inside
        argv += ["--environment", chosen["environment"]]
        argv += [f"--{name}" for name in ("minify", "buildDrafts", "buildFuture") if chosen[name]]
        if "baseUrl" in chosen:
            argv += ["--baseURL", chosen["baseUrl"]]
        hint = "Is the source folder the one with Hugo's settings?"
        generate_site(argv, folder=folder, into=into, context=context, hint=hint)
