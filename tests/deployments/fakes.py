"""Backends that do what a test tells them, found like those of any package, by entry points, in two majors.

`Script.acts` maps the name of a step to what happens in it; each step is written down in `Script.done`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar

import pytest

from deployments.builds import BUILDS
from deployments.configs.schemas import config_of
from deployments.contract import (
    Artifact,
    BackendInfo,
    BuildBackend,
    Context,
    Kind,
    Release,
    Source,
    SourceBackend,
    TargetBackend,
)
from deployments.sources import SOURCES
from deployments.targets import TARGETS

ANYTHING = {"type": "object"}
TEXT = {"type": "string", "title": "Text"}


class Script:
    """What happens, and what happened; one for all fakes of a test."""

    acts: ClassVar[dict[str, Callable[[Context], object]]] = {}
    done: ClassVar[list[str]] = []
    live: ClassVar[list[str]] = []
    asked: ClassVar[list[Mapping[str, Any]]] = []

    @classmethod
    def step(cls, name: str, context: Context) -> None:
        cls.done.append(name)
        if name in cls.acts:
            cls.acts[name](context)


class FakeSource(SourceBackend):
    info: ClassVar = BackendInfo("fake", "1.2.3", "Fake", "For tests.", {**ANYTHING, "properties": {"text": TEXT}})
    produces: ClassVar = frozenset({Kind.TREE})

    def resolve(self, config: Mapping[str, Any], context: Context) -> str:
        Script.step("resolve", context)
        return "revision-1"

    def fetch(self, config: Mapping[str, Any], revision: str, into: Path, context: Context) -> Source:
        Script.step("fetch", context)
        (into / "index.html").write_text(str(config.get("text", "Hello")))
        return Source(into, revision)


class FakeBuild(BuildBackend):
    info: ClassVar = BackendInfo("fake", "1.0.0", "Fake", "For tests.", ANYTHING)
    accepts: ClassVar = frozenset({Kind.TREE})
    produces: ClassVar = Kind.SITE

    def detect(self, tree: Path) -> None:
        return None

    def build(self, source: Source, config: Mapping[str, Any], into: Path, context: Context) -> None:
        Script.step("build", context)
        (into / "index.html").write_bytes((source.path / "index.html").read_bytes())


class FakeTarget(TargetBackend):
    """`Script.live` is what it made live, in order."""

    info: ClassVar = BackendInfo("fake", "1.0.0", "Fake", "For tests.", ANYTHING)
    accepts: ClassVar = frozenset({Kind.SITE})

    def upload(self, artifact: Artifact, config: Mapping[str, Any], context: Context) -> Release:
        Script.step("upload", context)
        return Release(f"{context.deployment_id}", meta={"text": (artifact.path / "index.html").read_text()})

    def probe(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        Script.step("probe", context)

    def activate(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        Script.step("activate", context)
        Script.live.append(release.meta["text"])

    def remove(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        Script.step("remove", context)


class NextSource(FakeSource):
    """Its text has another name. What it is asked to upgrade is written down in `Script.asked`."""

    info: ClassVar = BackendInfo("fake", "2.0.0", "Fake", "For tests.", config_of({"body": TEXT}, required=["body"]))

    def fetch(self, config: Mapping[str, Any], revision: str, into: Path, context: Context) -> Source:
        return super().fetch({"text": config["body"]}, revision, into, context)

    def upgrade(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        Script.asked.append(config)
        return {"body": config["text"]}


class NextBuild(FakeBuild):
    info: ClassVar = replace(FakeBuild.info, version="2.1.0")


class NextTarget(FakeTarget):
    info: ClassVar = replace(FakeTarget.info, version="2.0.3")


@contextmanager
def installed() -> Iterator[type[Script]]:
    """As if a package with all of them had been installed."""
    kinds = {"registry.sources": "Source", "registry.builds": "Build", "registry.targets": "Target"}

    def points(*, group: str) -> list[EntryPoint]:
        majors = {"fake@1": "Fake", "fake@2": "Next"}
        return [EntryPoint(spec, f"{__name__}:{name}{kinds[group]}", group) for spec, name in majors.items()]

    Script.acts, Script.done, Script.live, Script.asked = {}, [], [], []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("deployments.backends.entry_points", points)
        for registry in (SOURCES, BUILDS, TARGETS):
            registry.reload()
        yield Script
    for registry in (SOURCES, BUILDS, TARGETS):
        registry.reload()
