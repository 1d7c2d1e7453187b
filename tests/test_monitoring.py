"""Alerts and the dashboard ask for numbers that there are, and each alert says what to do."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from catalog.search.configured import INDEXES
from tests.factories import provider_document, publish, save

ROOT = Path(__file__).parents[1]
MONITORING = ROOT / "infrastructure" / "monitoring"
METRIC = re.compile(r"\bregistry_[a-z_]+\b(?!\")")
RULES: list[dict[str, Any]] = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"][0]["rules"]
PANELS: list[dict[str, Any]] = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
EXPRESSIONS = [rule["expr"] for rule in RULES] + [each["expr"] for panel in PANELS for each in panel["targets"]]


@pytest.mark.django_db
def test_every_number_that_is_asked_for_is_told(client: Client) -> None:
    save("provider", provider_document())
    publish()
    client.get("/api/v1/status")

    answer = client.get("/metrics").content.decode()

    told = {sample.name for family in text_string_to_metric_families(answer) for sample in family.samples}
    # A worker has not been heard of in this process.
    asked = {name for text in EXPRESSIONS for name in METRIC.findall(text)} - {"registry_worker_silent_seconds"}
    assert len(asked) > 10
    assert asked - told == set()


def test_every_alert_says_what_to_do() -> None:
    runbook = (ROOT / "docs" / "monitoring.md").read_text()
    headings = re.findall(r"^### (\w+)$", runbook, re.MULTILINE)

    assert [rule["alert"] for rule in RULES] == headings
    for rule in RULES:
        assert rule["annotations"]["runbook"] == f"docs/monitoring.md#{rule['alert'].lower()}"


def test_runbook_names_the_command_of_each_index() -> None:
    runbook = (ROOT / "docs" / "monitoring.md").read_text()
    part = runbook.partition("### IndexBehind")[2].partition("\n### ")[0]

    commands = re.findall(r"`manage\.py (rebuild_search_index[^`]*)`", part)
    named = [re.findall(r"--backend (\w+)", command) or ["database"] for command in commands]
    assert sorted(name for (name,) in named) == sorted(INDEXES)


def test_every_alert_is_seen_firing() -> None:
    tried = yaml.safe_load((MONITORING / "alerts.test.yaml").read_text())["tests"][-1]["promql_expr_test"]
    fired = {re.findall(r'"(\w+)"', sample["labels"])[0] for sample in tried[0]["exp_samples"]}

    assert fired == {rule["alert"] for rule in RULES}


def test_panels_of_the_dashboard_do_not_overlap() -> None:
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in PANELS)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


@pytest.mark.tools
@pytest.mark.parametrize("arguments", [("check", "rules", "alerts.yaml"), ("test", "rules", "alerts.test.yaml")])
def test_promtool_accepts_the_rules(arguments: tuple[str, ...]) -> None:
    if not shutil.which("promtool"):
        pytest.skip("promtool is missing (Debian: prometheus)")
    run = subprocess.run(["promtool", *arguments], cwd=MONITORING, capture_output=True, text=True, check=False)

    assert (run.returncode, "SUCCESS" in run.stdout) == (0, True), run.stdout + run.stderr
