"""Sites of the large generators, built as their rows of the catalogue say, without a lock file."""

import json
import shutil
from pathlib import Path

import pytest

from deployments.builds.command import Command
from tests.deployments.builds.boxed import BoxedContext, names_in, real_network, source_of
from tests.deployments.tools import needs, needs_sandbox

SITES = Path(__file__).with_name("sites")

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.timeout(600), needs_sandbox, needs(npm="npm")]


@pytest.mark.parametrize("row", ["astro", "nextjs"])
def test_site_is_built_as_its_row_says(
    tree: Path, into: Path, context: BoxedContext, monkeypatch: pytest.MonkeyPatch, row: str
) -> None:
    real_network(monkeypatch)
    shutil.copytree(SITES / row, tree, dirs_exist_ok=True)
    context.seconds = 500
    context.__post_init__()
    schema = json.loads(Path(f"catalog/starter/builders/{row}.json").read_text())["config_schema"]
    defaults = {name: part["default"] for name, part in schema["properties"].items() if "default" in part}
    config = {**defaults, "installCommand": "npm install --ignore-scripts"}
    Command().build(source_of(tree, {}), config, into, context)
    assert ("Good bread" in (into / "index.html").read_text(), "index.html" in names_in(into)) == (True, True)
