"""Judging configs as the product does: by the schema of the catalogue's row and by the backend's own."""

import json
from collections.abc import Mapping
from typing import Any

from catalog.actions.starter import STARTER_FOLDER
from catalog.schemas.configs import judge_config
from deployments.contract import SourceBackend


def row_schema(key: str) -> dict[str, Any]:
    """The config schema of the starter's row of a source."""
    document = json.loads((STARTER_FOLDER / "providers" / "source" / f"{key}.json").read_text())
    schema: dict[str, Any] = document["config_schema"]
    return schema


def is_valid(backend: SourceBackend, config: Mapping[str, Any]) -> bool:
    return judge_config(backend.info.schema, config).errors == ()
