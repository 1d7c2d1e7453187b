"""Backends that turn source into something deployable."""

from dataclasses import dataclass
from pathlib import Path

import structlog

from deployments.backends import Registry
from deployments.contract import BuildBackend, Detection

log = structlog.get_logger(__name__)
BUILDS: Registry[BuildBackend] = Registry(
    "registry.builds",
    {
        "command@1": "deployments.builds.command:Command",
        "dockerfile@1": "deployments.builds.dockerfile:Dockerfile",
        "hugo@1": "deployments.builds.hugo:Hugo",
        "jekyll@1": "deployments.builds.jekyll:Jekyll",
        "site-image@1": "deployments.builds.site_image:SiteImage",
        "static@1": "deployments.builds.static:Static",
    },
    contract=BuildBackend,
)


def get_build(spec: str) -> BuildBackend:
    """A new instance of the build backend `key@major`. Raises BackendMissingError."""
    return BUILDS.get(spec)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A build backend that fits a tree, by its `key@major`, and how well."""

    spec: str
    detection: Detection


def suggest(tree: Path) -> list[Suggestion]:
    """Every builder that says it fits the tree, the surest first; of equally sure ones the first by name.

    A builder that is broken, or fails at the tree, has nothing to say. Imports every one of them.
    """
    found = [Suggestion(each.spec, told) for each in BUILDS.listings() if each.info and (told := _ask(each.spec, tree))]
    return sorted(found, key=lambda each: (-each.detection.confidence, each.spec))


def _ask(spec: str, tree: Path) -> Detection | None:
    try:
        return BUILDS.get(spec).detect(tree)
    except Exception:  # Whatever it stumbles over, the others are asked.
        log.exception("detection_failed", backend=spec)
        return None
