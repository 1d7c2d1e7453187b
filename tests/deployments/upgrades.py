"""A second and a third major of the fake source, for tests of upgrades."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

import pytest

from deployments import backends
from deployments.contract import BackendInfo
from deployments.sources import SOURCES
from tests.deployments.fakes import FakeSource, forget, installed

WORDS = {
    "type": "object",
    "properties": {"words": {"type": "string", "maxLength": 20}},
    "required": ["words"],
    "additionalProperties": False,
}


class FakeSource2(FakeSource):
    """Calls `text` `words`; `act` is what it does instead."""

    info: ClassVar = BackendInfo("fake", "2.1.0", "Fake", "For tests.", WORDS)
    act: ClassVar[Callable[[Mapping[str, Any]], Any] | None] = None

    def upgrade(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        if FakeSource2.act is not None:
            result: Mapping[str, Any] = FakeSource2.act(config)
            return result
        return {"words": config["text"]}


class FakeSource3(FakeSource2):
    info: ClassVar = BackendInfo("fake", "3.0.0", "Fake", "For tests.", WORDS)

    def upgrade(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"words": f"{config['words']}!"}


@contextmanager
def newer_installed() -> Iterator[type[FakeSource2]]:
    """The fakes of `fakes`, and two newer majors of the source."""
    with installed(), pytest.MonkeyPatch.context() as patch:
        before = vars(backends)["entry_points"]

        def points(*, group: str) -> list[EntryPoint]:
            newer = [EntryPoint(f"fake@{n}", f"{__name__}:FakeSource{n}", group) for n in (2, 3)]
            return [*before(group=group), *(newer if group == SOURCES.group else [])]

        patch.setattr("deployments.backends.entry_points", points)
        forget()
        FakeSource2.act = None
        yield FakeSource2
