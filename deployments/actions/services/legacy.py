"""Services as the system before this one stored them, in the words of this one. Pure: reads no database.

Two forms are known, and mixtures of them: hard-coded references with everything at the top (`{"name", "provider":
"github", "buildType": "dockerfile", "repository", "dockerfilePath"}`), and ids with a config each (`{"name",
"providerId", "builderId", "providerConfig", "builderConfig"}`), alone or below `service`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# Name that was hard-coded there -> slug in the catalogue here. Any other name is looked for as it is.
PROVIDERS = {
    "github-app": "github",
    "gitlab": "git",
    "gitea": "git",
    "bitbucket": "git",
    "static": "upload",
    "zip": "upload",
    "archive": "http-archive",
    "url": "http-archive",
    "s3": "s3-archive",
    "files": "inline",
}
BUILDERS = {
    "docker": "dockerfile",
    "docker-file": "dockerfile",
    "none": "static",
    "html": "static",
    "11ty": "eleventy",
    "next": "nextjs",
    "next-js": "nextjs",
    "npm": "command",
    "node": "command",
    "nodejs": "command",
    "script": "command",
}
# Member of a config there -> member here; those of one slug come before those of all.
PROVIDER_MEMBERS: dict[str, dict[str, str]] = {
    "": {"accessToken": "token", "rootDirectory": "subfolder", "rootDir": "subfolder"},
    "github": {"repo": "repository", "repositoryUrl": "repository"},
    "git": {"repositoryUrl": "url", "repository": "url", "branch": "ref"},
}
BUILDER_MEMBERS: dict[str, dict[str, str]] = {
    "": {"outputDirectory": "outputFolder", "outputDir": "outputFolder", "publishDirectory": "outputFolder"},
    "dockerfile": {"dockerfile": "dockerfilePath", "buildContext": "context", "args": "buildArgs"},
    "command": {"env": "environment"},
}
PROVIDER_NAMES = ("providerId", "provider", "providerType", "sourceType")
BUILDER_NAMES = ("builderId", "builder", "buildType", "builderType")
TARGET_NAMES = ("targetId", "targetConfig")
PLAIN_NAMES = ("name", "environment", "providerConfig", "builderConfig")
REPOSITORY = re.compile(r"(?:https?://|git@)github\.com[/:]([^/]+/[^/]+?)(?:\.git)?/?")


class LegacyError(Exception):
    """What is no service in any form that is known; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Legacy:
    """One record. `rest` are members that no rule names: of a config, or nothing that there is here."""

    name: str
    environment: str
    provider: str
    builder: str
    target: str = ""
    provider_config: Mapping[str, Any] = field(default_factory=dict)
    builder_config: Mapping[str, Any] = field(default_factory=dict)
    target_config: Mapping[str, Any] | None = None
    rest: Mapping[str, Any] = field(default_factory=dict)


def records_in(content: object) -> list[Any]:
    """The records of a file: one, a list, or either below `service` or `services`. Raises LegacyError."""
    if isinstance(content, dict) and isinstance(content.get("services"), list):
        content = content["services"]
    found = content if isinstance(content, list) else [content]
    if not found:
        raise LegacyError("There are no services in it.")
    return [_unwrapped(each) for each in found]


def _unwrapped(record: Any) -> Any:
    inner = record.get("service") if isinstance(record, dict) else None
    return inner if isinstance(inner, dict) else record


def read_record(record: object) -> Legacy:
    """Raises LegacyError for what is no service in either form."""
    if not isinstance(record, dict):
        raise LegacyError("It is no JSON object.")
    known = {_camel(name): value for name, value in record.items()}
    provider, builder = _text(known, PROVIDER_NAMES), _text(known, BUILDER_NAMES)
    used = {*PROVIDER_NAMES, *BUILDER_NAMES, *TARGET_NAMES, *PLAIN_NAMES}
    target_config = known.get("targetConfig")
    return Legacy(
        name=_text(known, ("name",)).strip(),
        environment=_text(known, ("environment",), default="production"),
        provider=_slug(provider, PROVIDERS),
        builder=_slug(builder, BUILDERS),
        target=_text(known, ("targetId",), default=""),
        provider_config=_config(known, "providerConfig"),
        builder_config=_config(known, "builderConfig"),
        target_config=None if target_config is None else _config(known, "targetConfig"),
        rest={name: value for name, value in known.items() if name not in used},
    )


def rename_members(config: Mapping[str, Any], names: Mapping[str, Mapping[str, str]], *, slug: str) -> dict[str, Any]:
    """The config with today's names; a repository's address at GitHub becomes owner and name."""
    renamed = {**names[""], **names.get(slug, {})}
    found: dict[str, Any] = {}
    for name, value in config.items():
        found.setdefault(renamed.get(_camel(name), _camel(name)), value)
    match = REPOSITORY.fullmatch(str(found.get("repository", "")))
    if slug == "github" and match:
        found["repository"] = match.group(1)
    return found


def _text(known: Mapping[str, Any], names: Iterable[str], *, default: str | None = None) -> str:
    for name in names:
        value = known.get(name)
        if isinstance(value, str) and value:
            return value
        if value is not None and value != "":
            raise LegacyError(f"{name} is no text.")
    if default is None:
        raise LegacyError(f"It has no {' or '.join(names)}.")
    return default


def _config(known: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = known.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise LegacyError(f"{name} is no JSON object.")
    return value


def _slug(name: str, names: Mapping[str, str]) -> str:
    """`GitHub` -> `github`, `DOCKER_FILE` -> `dockerfile`."""
    plain = re.sub(r"[\s_.]+", "-", name.strip().lower())
    return names.get(plain, plain)


def _camel(name: object) -> str:
    """`dockerfile_path` -> `dockerfilePath`."""
    first, *others = str(name).split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in others)
