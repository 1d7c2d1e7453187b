"""Runs an install and a build command in the sandbox and takes the folder that they fill: for every npm generator."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from catalog.schemas.problems import Problem
from deployments.builds.generators import detect_generator
from deployments.builds.schemas import SOURCE_FOLDER, VARIABLE_PATTERN, line, named, with_defaults
from deployments.builds.trees import copy_site, folder_in
from deployments.configs.schemas import config_of, folder, secret
from deployments.contract import BackendInfo, BuildBackend, Context, Detection, Kind, PermanentError, Source
from deployments.sandbox.hosts import npm_host, npm_registry

HOST_PATTERN = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$"


class Command(BuildBackend):
    """The install command also reaches the npm registry that whoever runs this has set; the build command only the
    hosts of the config. Nobody's home folder, keys or settings of npm are there.
    """

    info: ClassVar[BackendInfo] = BackendInfo(
        key="command",
        version="1.0.0",
        name="Own commands",
        summary="Runs commands of the source in a sandbox and publishes the folder that they fill.",
        icon="terminal",
        category="generic",
        schema=config_of(
            {
                "sourceFolder": {**SOURCE_FOLDER, "description": "Folder that the commands run in."},
                "installCommand": line(
                    "Install command",
                    "Fetches the packages that the site needs. Empty: nothing is installed.",
                    maxLength=1000,
                    default="",
                    examples=["npm ci", "npm ci --ignore-scripts"],
                    **{"x-widget": "code"},
                ),
                "buildCommand": line(
                    "Build command",
                    "Writes the finished site to the output folder. The commands run in a sandbox, one line each.",
                    minLength=1,
                    maxLength=1000,
                    examples=["npm run build"],
                    **{"x-widget": "code"},
                ),
                "outputFolder": folder(
                    "Output folder",
                    "Folder below the source folder that holds the finished site. Only it is published.",
                    examples=["dist", "public"],
                ),
                "environment": named(
                    "Environment variables",
                    "Names and values that the commands see. They are stored readably: put nothing secret here.",
                    names=VARIABLE_PATTERN,
                    most=100,
                    values={
                        "type": "string",
                        "title": "Value",
                        "description": "Value of the variable.",
                        "pattern": r"^[^\u0000]*$",
                        "maxLength": 4096,
                    },
                ),
                "secretEnvironment": named(
                    "Secret environment variables",
                    "Variables whose values are stored secrets, for instance the token of a content API. Their values "
                    "are hidden in the log.",
                    names=VARIABLE_PATTERN,
                    most=50,
                    values=secret("Secret", "Name of the stored secret that is the variable's value."),
                ),
                "allowedHosts": {
                    "type": "array",
                    "title": "Reachable hosts",
                    "description": "Host names that the commands may connect to; everything else is out of reach, but "
                    "for the npm registry during the installation.",
                    "items": {"type": "string", "pattern": HOST_PATTERN, "maxLength": 253},
                    "maxItems": 20,
                    "uniqueItems": True,
                    "examples": [["cdn.contentful.com"]],
                    "x-widget": "tags",
                },
            },
        ),
    )
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.TREE})
    produces: ClassVar[Kind] = Kind.SITE

    def check_config(self, config: Mapping[str, Any]) -> list[Problem]:
        """Rows of the catalogue have defaults for what is needed, so the schema does not require it."""
        return [
            Problem(f"/{name}", "required", f"{name} is missing.")
            for name in ("buildCommand", "outputFolder")
            if name not in config
        ]

    def detect(self, tree: Path) -> Detection | None:
        return detect_generator(tree)

    def build(self, source: Source, config: Mapping[str, Any], into: Path, context: Context) -> None:
        chosen = with_defaults(self.info.schema, config)
        folder = folder_in(source.path, chosen["sourceFolder"], what="source folder")
        hosts = list(chosen.get("allowedHosts", ()))
        env = {**chosen.get("environment", {})}
        for name, reference in chosen.get("secretEnvironment", {}).items():
            env[name] = context.secret(reference)
        whole = source.path.resolve()
        if chosen["installCommand"].strip():
            cache = context.cache / "npm"
            cache.mkdir(exist_ok=True)
            _log(context, chosen["installCommand"])
            context.run(
                ["sh", "-c", chosen["installCommand"]],
                cwd=folder,
                env={**_npm_settings(cache), **env},
                writable=[whole, cache],
                egress=[*hosts, npm_host()],
            )
        _log(context, chosen["buildCommand"])
        context.run(["sh", "-c", chosen["buildCommand"]], cwd=folder, env=env, writable=[whole], egress=hosts)
        built = folder_in(folder, chosen["outputFolder"], what="output folder")
        if not copy_site(built, into, tree=whole, check=context.check, exclude=[".git", "node_modules"]).files:
            raise PermanentError(
                f"The output folder {chosen['outputFolder']!r} is empty.", hint="Does the build write somewhere else?"
            )


def _log(context: Context, command: str) -> None:
    context.log(f"$ {command}")


def _npm_settings(cache: Path) -> dict[str, str]:
    """As variables, which count for more than a file in the source. What npm takes from the cache it verifies."""
    return {
        "npm_config_registry": npm_registry(),
        "npm_config_cache": str(cache.resolve()),
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
    }
