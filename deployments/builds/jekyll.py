"""Builds websites with Jekyll. Reference: https://jekyllrb.com/docs/configuration/options/."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from deployments.builds.programs import require
from deployments.builds.schemas import SOURCE_FOLDER, flag, with_defaults
from deployments.builds.site_generators import generate_site
from deployments.builds.trees import folder_in, has, read_small
from deployments.configs.schemas import config_of
from deployments.contract import BackendInfo, BuildBackend, Context, Detection, Kind, Source

SETTINGS = "_config.yml"
OWN_FOLDERS = ("_posts", "_layouts", "_includes", "_data", "_sass")


class Jekyll(BuildBackend):
    """Runs the worker's Jekyll in the sandbox, in safe mode: no plug-ins of the site, no gems but the worker's."""

    info: ClassVar[BackendInfo] = BackendInfo(
        key="jekyll",
        version="1.0.0",
        name="Jekyll",
        summary="Builds a Jekyll site, in safe mode.",
        icon="jekyll",
        category="static_site",
        schema=config_of(
            {
                "sourceFolder": SOURCE_FOLDER,
                "configFiles": {
                    "type": "array",
                    "title": "Settings files",
                    "description": "The site's settings files, below the source folder. Later ones overrule "
                    "earlier ones.",
                    "items": {
                        "type": "string",
                        "pattern": r"^(\./)?(([^-./\\,\u0000-\u001F\u007F][^/\\,\u0000-\u001F\u007F]*"
                        r"|\.[^./\\,\u0000-\u001F\u007F][^/\\,\u0000-\u001F\u007F]*"
                        r"|\.\.[^/\\,\u0000-\u001F\u007F]+)/)*"
                        r"[^-/\\,\u0000-\u001F\u007F][^/\\,\u0000-\u001F\u007F]*\.(yml|yaml|toml)$",
                        "maxLength": 200,
                    },
                    "minItems": 1,
                    "maxItems": 10,
                    "uniqueItems": True,
                    "default": [SETTINGS],
                    "examples": [[SETTINGS, "_config.production.yml"]],
                    "x-widget": "tags",
                },
                "baseUrl": {
                    "type": "string",
                    "title": "Base path",
                    "description": "Path below which the site is served. Leave it out to use what the settings "
                    "files say.",
                    "pattern": "^(/[A-Za-z0-9._~-]+)+$",
                    "maxLength": 200,
                    "examples": ["/docs"],
                },
                "environment": {
                    "type": "string",
                    "title": "Environment",
                    "description": "Value of JEKYLL_ENV, which templates can ask for.",
                    "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,63}$",
                    "default": "production",
                    "examples": ["production", "staging"],
                },
                "buildDrafts": flag(
                    "Include drafts",
                    "Also publish the posts in the drafts folder; meant for preview sites.",
                    default=False,
                ),
                "buildFuture": flag(
                    "Include future posts", "Also publish posts whose date has not come yet.", default=False
                ),
            }
        ),
    )
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.TREE})
    produces: ClassVar[Kind] = Kind.SITE

    def detect(self, tree: Path) -> Detection | None:
        if "jekyll" in read_small(tree, "Gemfile") and has(tree, SETTINGS):
            return Detection(5, {"sourceFolder": "."}, "There are settings and a Gemfile of Jekyll.")
        if has(tree, SETTINGS) and has(tree, *OWN_FOLDERS) and not has(tree, "package.json"):
            return Detection(4, {"sourceFolder": "."}, "There are settings and folders as Jekyll has them.")
        return None

    def build(self, source: Source, config: Mapping[str, Any], into: Path, context: Context) -> None:
        chosen = with_defaults(self.info.schema, config)
        require("jekyll", package="jekyll")
        folder = folder_in(source.path, chosen["sourceFolder"], what="source folder")
        argv = ["jekyll", "build", "--safe", "--disable-disk-cache", "--source", "."]
        argv += [f"--{flag}" for flag, name in (("drafts", "buildDrafts"), ("future", "buildFuture")) if chosen[name]]
        if "configFiles" in config or has(folder, SETTINGS):
            argv += ["--config", ",".join(chosen["configFiles"])]
        if "baseUrl" in chosen:
            argv += ["--baseurl", chosen["baseUrl"]]
        # A Gemfile asks for gems that the worker may not have; there is no network to get them from.
        env = {"JEKYLL_ENV": chosen["environment"], "JEKYLL_NO_BUNDLER_REQUIRE": "true"}
        hint = "Is the source folder the one with the pages?"
        generate_site(argv, folder=folder, into=into, context=context, hint=hint, env=env)
