"""The image and compose.yaml: what they name is there, and has few rights."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from registry_site import start
from tests.flows.processes import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}
COPIED = re.findall(r"^COPY ([a-z_.]+) \S+$", DOCKERFILE, re.MULTILINE)
IGNORED_BUT = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]


def test_image_holds_what_may_be_sent_to_the_builder() -> None:
    assert sorted([*COPIED, "requirements.txt", "constraints.txt"]) == sorted(IGNORED_BUT)
    assert all((ROOT / name).exists() for name in IGNORED_BUT)


def test_hadolint_has_nothing_to_say() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )

    assert (run.returncode, run.stdout) == (0, "")


def test_every_process_of_compose_is_one_that_starts() -> None:
    names = {name: service["command"][0] for name, service in OURS.items() if "command" in service}

    assert names == {name: name for name in ("migrate", "worker", "deployer", "beat")}
    assert set(OURS) - {"migrate"} == set(start.COMMANDS) - {"manage"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_process_has_few_rights(name: str) -> None:
    service = OURS[name]

    assert (service["read_only"], service["cap_drop"], service["tmpfs"][0]) == (True, ["ALL"], "/tmp")
    assert "no-new-privileges:true" in service["security_opt"]
    assert re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)[-1] == "10001"


def test_every_setting_of_compose_is_documented() -> None:
    readme = (ROOT / "README.md").read_text()
    names = {name for service in OURS.values() for name in service["environment"]}

    assert {name for name in names if not name.startswith("AWS_") and f"`{name}`" not in readme} == set()
