"""Recognises the npm generators whose sites the command builder can build, by the package that they need."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deployments.builds.trees import has, read_small
from deployments.contract import Detection


@dataclass(frozen=True, slots=True)
class Generator:
    """How a site of it is built: called directly, because npx would look for a missing one in the network."""

    name: str
    package: str
    build_command: str
    output_folder: str
    environment: Mapping[str, str] = field(default_factory=dict)


GENERATORS = (
    Generator("Eleventy", "@11ty/eleventy", "node_modules/.bin/eleventy", "_site"),
    Generator("Astro", "astro", "node_modules/.bin/astro build", "dist", {"ASTRO_TELEMETRY_DISABLED": "1"}),
    Generator("Next.js", "next", "node_modules/.bin/next build", "out", {"NEXT_TELEMETRY_DISABLED": "1"}),
    Generator("Gatsby", "gatsby", "node_modules/.bin/gatsby build", "public", {"GATSBY_TELEMETRY_DISABLED": "1"}),
    Generator("Nuxt", "nuxt", "node_modules/.bin/nuxt generate", ".output/public", {"NUXT_TELEMETRY_DISABLED": "1"}),
)
OTHER_LOCKS = ("yarn.lock", "pnpm-lock.yaml", "bun.lockb", "bun.lock")


def detect_generator(tree: Path) -> Detection | None:
    """What package.json says; without a lock file of npm one is less sure that the same packages come again."""
    package = _read_package(tree)
    if package is None:
        return None
    is_locked = has(tree, "package-lock.json", "npm-shrinkwrap.json")
    install = "npm ci --ignore-scripts" if is_locked else "npm install --ignore-scripts"
    doubt = _doubt_of(tree, is_locked=is_locked)
    names = {*_names(package, "dependencies"), *_names(package, "devDependencies")}
    for generator in GENERATORS:
        if generator.package in names:
            config = {
                "installCommand": install,
                "buildCommand": generator.build_command,
                "outputFolder": generator.output_folder,
                **({"environment": dict(generator.environment)} if generator.environment else {}),
            }
            return Detection(5 if is_locked else 3, config, f"package.json needs {generator.name}.{doubt}")
    if "build" in _names(package, "scripts"):
        config = {"installCommand": install, "buildCommand": "npm run build", "outputFolder": "dist"}
        return Detection(2, config, f"package.json has a build script.{doubt}")
    return None


def _doubt_of(tree: Path, *, is_locked: bool) -> str:
    if is_locked:
        return ""
    if has(tree, *OTHER_LOCKS):
        return " Its lock file is not npm's, so npm chooses the versions."
    return " It has no lock file: commit package-lock.json to get the same packages each time."


def _read_package(tree: Path) -> Mapping[str, Any] | None:
    try:
        package = json.loads(read_small(tree, "package.json") or "null")
    except (ValueError, RecursionError):
        return None
    return package if isinstance(package, dict) else None


def _names(package: Mapping[str, Any], member: str) -> set[str]:
    found = package.get(member)
    return set(found) if isinstance(found, dict) else set()
