"""Workflows of GitHub as documents, and their steps run as a runner would: bash, an environment, outputs."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
OWN = ROOT / ".github" / "workflows"
REPOSITORY = ROOT / "infrastructure" / "registry-repo"
OF_REPOSITORY = REPOSITORY / ".github" / "workflows"
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


def read_workflow(path: Path) -> dict[str, Any]:
    """`on` is a word of YAML 1.1, and comes as True."""
    workflow: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {("on" if key is True else str(key)): value for key, value in workflow.items()}


def all_workflows() -> list[Path]:
    return sorted([*OWN.glob("*.yml"), *OF_REPOSITORY.glob("*.yml")])


def steps_of(path: Path) -> list[dict[str, Any]]:
    return [step for job in read_workflow(path)["jobs"].values() for step in job["steps"]]


@dataclass
class Runner:
    """One job on one machine. `values` is what expressions are, as GitHub would fill them in; an unknown one fails."""

    folder: Path
    temporary: Path
    values: dict[str, str]
    environment: dict[str, str]
    log: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)

    def run_job(self, path: Path, job: str) -> int:
        """The exit code of the first step that failed; 0 if none did. Steps that use an action are left out."""
        failed = 0
        said = read_workflow(path)["jobs"][job]
        environment = {name: self.fill(value) for name, value in said.get("env", {}).items()}
        for step in said["steps"]:
            if "run" not in step or not self._is_wanted(step, failed=failed):
                continue
            failed = self.run_step(step, environment) or failed
        return failed

    def run_step(self, step: Mapping[str, Any], environment: Mapping[str, str]) -> int:
        outputs, exported = self.temporary / "outputs", self.temporary / "env"
        outputs.write_text("")
        exported.touch()
        named = dict(line.split("=", 1) for line in exported.read_text().splitlines())
        own = {name: self.fill(str(value)) for name, value in step.get("env", {}).items()}
        files = {"GITHUB_OUTPUT": str(outputs), "GITHUB_ENV": str(exported), "RUNNER_TEMP": str(self.temporary)}
        run = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder,
            env={**os.environ, **self.environment, **environment, **named, **own, **files},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        self.ran.append(step["name"])
        self.log.append(run.stdout + run.stderr)
        for line in outputs.read_text().splitlines() if "id" in step else ():
            name, value = line.split("=", 1)
            self.values[f"steps.{step['id']}.outputs.{name}"] = value
        return run.returncode

    def fill(self, text: str) -> str:
        return EXPRESSION.sub(lambda found: self.values[found[1]], text)

    def _is_wanted(self, step: Mapping[str, Any], *, failed: int) -> bool:
        condition = EXPRESSION.sub(lambda found: found[1], str(step.get("if", "")))
        if failed:
            return "cancelled()" in condition
        return all(self._holds(part) for part in condition.split(" && ") if part and "cancelled()" not in part)

    def _holds(self, part: str) -> bool:
        name, operator, value = re.fullmatch(r"(\S+) (==|!=) '(.*)'", part).groups()  # type: ignore[union-attr]
        return (self.values.get(name, "") == value) == (operator == "==")
