"""A generator that is a shell's script here."""

from pathlib import Path

import pytest

from deployments.builds.site_generators import generate_site
from deployments.contract import PermanentError
from tests.deployments.contexts import PlainContext


def generate(script: str, folder: Path, context: PlainContext) -> None:
    into = folder / "into"
    into.mkdir()
    argv = ["/bin/sh", "-c", script, "sh"]
    generate_site(argv, folder=folder, into=into, context=context, hint="Look there.", env={"NAME": "home"})


@pytest.fixture
def context(tmp_path: Path) -> PlainContext:
    return PlainContext(tmp_path, tmp_path)


def test_what_it_makes_is_copied(tmp_path: Path, context: PlainContext) -> None:
    generate('test "$1" = --destination && printf %s "$NAME" > "$2/index.html"', tmp_path, context)

    assert [path.name for path in (tmp_path / "into").iterdir()] == ["index.html"]
    assert (tmp_path / "into/index.html").read_text() == "home"


def test_nothing_is_refused_with_the_hint(tmp_path: Path, context: PlainContext) -> None:
    with pytest.raises(PermanentError, match="made no files") as caught:
        generate("true", tmp_path, context)

    assert caught.value.hint == "Look there."
