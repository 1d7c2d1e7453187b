"""The builders of the starter catalogue narrow what their backends take, and never widen it."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.schemas.compare.report import compare_schemas
from catalog.schemas.configs import judge_config
from deployments.builds import BUILDS, get_build

ROWS = sorted(Path("catalog/starter/builders").glob("*.json"))


def read(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.mark.parametrize("path", ROWS, ids=lambda path: path.stem)
def test_row_accepts_only_what_its_backend_accepts(path: Path) -> None:
    row = read(path)
    backend = get_build(row["backend"]).info.schema
    assert [change.explanation for change in compare_schemas(row["config_schema"], backend).breaking] == []


@pytest.mark.parametrize("path", ROWS, ids=lambda path: path.stem)
def test_defaults_of_a_row_are_a_config_of_its_backend(path: Path) -> None:
    row = read(path)
    given = {name: part["default"] for name, part in row["config_schema"]["properties"].items() if "default" in part}
    given |= {
        name: row["config_schema"]["properties"][name]["examples"][0]
        for name in row["config_schema"].get("required", [])
    }
    assert list(judge_config(get_build(row["backend"]).info.schema, given).errors) == []


def test_every_backend_has_a_row() -> None:
    assert {read(path)["backend"] for path in ROWS} == set(BUILDS.specs())
