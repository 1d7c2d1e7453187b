import json
from pathlib import Path
from typing import Any

import pytest

from catalog.schemas.configs import judge_config
from deployments.builds import get_build
from deployments.builds.generators import GENERATORS, detect_generator
from tests.deployments.builds.boxed import source_of

ROWS = {"Eleventy": "eleventy", "Astro": "astro", "Next.js": "nextjs", "Gatsby": "gatsby", "Nuxt": "nuxt"}


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda generator: generator.name)
def test_generator_is_detected_by_its_package(tree: Path, generator: Any) -> None:
    source_of(
        tree, {"package.json": json.dumps({"devDependencies": {generator.package: "1"}}), "package-lock.json": ""}
    )
    found = detect_generator(tree)
    assert found is not None
    assert (found.confidence, found.config["installCommand"], found.reason) == (
        5,
        "npm ci --ignore-scripts",
        f"package.json needs {generator.name}.",
    )
    assert list(judge_config(get_build("command@1").info.schema, found.config).errors) == []


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda generator: generator.name)
def test_suggestion_agrees_with_the_row_of_the_catalogue(generator: Any) -> None:
    row = json.loads(Path(f"catalog/starter/builders/{ROWS[generator.name]}.json").read_text())["config_schema"]
    defaults = {name: row["properties"][name].get("default") for name in ("buildCommand", "outputFolder")}
    assert (defaults, row["properties"]["environment"].get("default", {})) == (
        {"buildCommand": generator.build_command, "outputFolder": generator.output_folder},
        generator.environment,
    )


@pytest.mark.parametrize(
    ("files", "confidence", "reason"),
    [
        ({"package.json": '{"dependencies": {"astro": "5"}}'}, 3, "commit package-lock.json"),
        ({"package.json": '{"dependencies": {"astro": "5"}}', "yarn.lock": ""}, 3, "npm chooses the versions"),
        ({"package.json": '{"scripts": {"build": "make"}}'}, 2, "has a build script"),
    ],
)
def test_doubts_are_said(tree: Path, files: dict[str, str], confidence: int, reason: str) -> None:
    source_of(tree, files)
    found = detect_generator(tree)
    assert found is not None
    assert (found.confidence, reason in found.reason) == (confidence, True)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"dependencies": []}', '{"scripts": "build"}', "[" * 100_000, '{"name": "x"}']
)
def test_nothing_is_detected_in_other_packages(tree: Path, text: str) -> None:
    source_of(tree, {"package.json": text})
    assert detect_generator(tree) is None


def test_package_that_is_a_link_is_not_read(tree: Path) -> None:
    outside = tree.parent / "package.json"
    outside.write_text('{"dependencies": {"astro": "5"}}')
    (tree / "package.json").symlink_to(outside)
    assert detect_generator(tree) is None
