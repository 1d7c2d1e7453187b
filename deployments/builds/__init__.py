"""Backends that turn source into something deployable."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from deployments.backends import Registry
from deployments.contract import BuildBackend, Detection, Kind

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
    """A build backend that fits a tree, and how well: the newest major that says so; `others` are the majors before it,
    the newest first, with what each of them says.
    """

    spec: str
    detection: Detection
    others: Mapping[str, Detection] = field(default_factory=dict)

    @property
    def majors(self) -> dict[str, Detection]:
        """All of them, the newest first."""
        return {self.spec: self.detection, **self.others}


def suggest(tree: Path, *, kinds: Collection[Kind] = (Kind.TREE,)) -> list[Suggestion]:
    """Every builder that takes one of the kinds and says that it fits the tree, the surest first; of equally sure ones
    the first by name.

    A builder that is broken, or fails at the tree, has nothing to say. Imports every one of them.
    """
    told: dict[str, dict[str, Detection]] = {}
    for each in BUILDS.listings():
        if each.info and (detection := _ask(each.spec, tree, kinds)):
            told.setdefault(each.info.key, {})[each.spec] = detection
    found = [_newest_first(majors) for majors in told.values()]
    return sorted(found, key=lambda each: (-each.detection.confidence, each.spec))


def _newest_first(majors: Mapping[str, Detection]) -> Suggestion:
    newest, *others = sorted(majors, key=lambda spec: -int(spec.partition("@")[2]))
    return Suggestion(newest, majors[newest], {spec: majors[spec] for spec in others})


def _ask(spec: str, tree: Path, kinds: Collection[Kind]) -> Detection | None:
    try:
        builder = BUILDS.get(spec)
        return builder.detect(tree) if builder.accepts & set(kinds) else None
    except Exception:  # Whatever it stumbles over, the others are asked.
        log.exception("detection_failed", backend=spec)
        return None
