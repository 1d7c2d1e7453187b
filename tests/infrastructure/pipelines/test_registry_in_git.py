"""A registry that lives in Git, from its first commit to a rollback: every step of its workflows, run as it stands.

Real: the registry's processes, Git with a remote, the workflows' commands, and `aws`, which asks an emulator. `gh` is
a program that notes what it is asked, and pip installs nothing: what it would is there.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.aws import endpoint_url  # noqa: F401
from tests.awscli import install_awscli
from tests.flows.processes import ROOT, WORKER, Registry
from tests.infrastructure.emulated import client, make_distribution
from tests.infrastructure.pipelines.workflows import OF_REPOSITORY, REPOSITORY, Runner, steps_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.tools,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not there: install Debian's package git"),
]
SCOPES = ("entries:read", "entries:write", "entries:approve", "snapshots:publish")
SANITY = "src/providers/cms/sanity.json"
PARAMETER = "/provider-registry/pipeline-token"


class Repository:
    """A clone of a registry's repository, its remote, and a runner for its workflows."""

    def __init__(self, folder: Path, registry: Registry, *, token: str, account: dict[str, Any]) -> None:
        self.folder, self.registry, self.programs = folder / "clone", registry, folder / "programs"
        self.git("init", "--quiet", "--bare", "--initial-branch", "main", str(folder / "remote"), cwd=folder)
        shutil.copytree(REPOSITORY, self.folder)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("remote", "add", "origin", str(folder / "remote"))
        self.programs.mkdir()
        for name in ("gh", "aws", "python"):
            self.write_program(name)
        self.token, self.runs, self.account = token, 0, account
        self.distribution = make_distribution(f"registry-{uuid4().hex}", **account)["Id"]

    def write_program(self, name: str) -> None:
        """`gh` keeps the comment; `python` is the one of these tests."""
        said = {
            "aws": f'exec {install_awscli()} "$@"',
            "gh": f'echo "$@" >> {self.programs}/gh.log; cat "$5" > {self.programs}/comment',
            "python": f'case "$2" in pip) ;; *) exec {ROOT}/.venv/bin/python "$@";; esac',
        }
        (self.programs / name).write_text(f"#!/bin/sh\n{said[name]}\n")
        (self.programs / name).chmod(0o755)

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        command = ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.com", *arguments]
        run = subprocess.run(command, cwd=cwd or self.folder, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return run.stdout

    def commit(self, note: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", note)
        self.git("push", "--quiet", "origin", "main")

    def edit(self, path: str, **members: Any) -> None:
        file = self.folder / path
        document = {**json.loads(file.read_text()), **members}
        file.write_text(json.dumps(document, indent=2) + "\n")

    def runner(self, **values: str) -> Runner:
        self.runs += 1
        temporary = self.folder.parent / f"runner-{self.runs}"
        temporary.mkdir()
        parameters = client("ssm", **self.account)
        parameters.put_parameter(Name=PARAMETER, Value=self.token, Type="SecureString", Overwrite=True)
        given = {
            "vars.REGISTRY_URL": self.registry.address,
            "vars.REGISTRY_SOFTWARE || ''": "example/software",
            "vars.REGISTRY_SOFTWARE_REF || ''": "v1",
            f"vars.TOKEN_PARAMETER || '{PARAMETER}'": PARAMETER,
            "vars.DISTRIBUTION_ID": self.distribution,
            "secrets.REGISTRY_TOKEN": "",
            "secrets.REGISTRY_READ_TOKEN": self.token,
            "github.token": "of-github",
            "github.repository": "example/registry",
            "github.event.pull_request.number": "7",
            "github.event.head_commit.message": 'Prices "of" autumn $(touch stolen)`touch stolen`; touch stolen',
            "inputs.bring_back && 'yes' || ''": "",
            "inputs.confirm_mass_change && 'yes' || ''": "",
        }
        environment = {
            "PATH": f"{self.programs}:/usr/bin:/bin",
            "HOME": str(self.folder.parent),
            "REGISTRY_VAR_DIR": str(self.folder.parent / "var"),
            "AWS_ENDPOINT_URL": self.account["endpoint_url"],
            "AWS_ACCESS_KEY_ID": self.account["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": self.account["aws_secret_access_key"],
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        return Runner(self.folder, temporary, {**given, **values}, environment)

    def deploy(self, **values: str) -> tuple[int, Runner]:
        runner = self.runner(**values)
        return runner.run_job(OF_REPOSITORY / "deploy.yml", "deploy"), runner

    def tags(self) -> list[str]:
        """Of the remote."""
        return sorted(re.findall(r"refs/tags/([^\s^]+)$", self.git("ls-remote", "--tags", "origin"), re.MULTILINE))

    def live(self, path: str) -> Any:
        return httpx.get(f"{self.registry.address}/registry/{path}", timeout=120).json()


@pytest.fixture
def repository(tmp_path: Path, endpoint_url: str) -> Iterator[Repository]:  # noqa: F811
    (tmp_path / "registry").mkdir()
    registry = Registry(tmp_path / "registry", {})
    registry.manage("first_run", "--port", str(registry.port))
    made = registry.manage(
        "api_token", "make", "--owner", "administrator", "--name", "Pipeline", "--days", "1",
        *(word for scope in SCOPES for word in ("--scope", scope)),
    )  # fmt: skip
    found = re.search(r"reg_[a-z0-9]+_\S+", made)
    assert found is not None
    try:
        registry.start_web()
        registry.start("worker", *WORKER)
        account = {"endpoint_url": endpoint_url, "aws_access_key_id": "AKIATEST", "aws_secret_access_key": "secret"}
        repository = Repository(tmp_path, registry, token=found[0], account=account)
        registry.manage("export_registry", str(repository.folder / "src"), "--into-existing")
        repository.commit("What the registry has")
        yield repository
    finally:
        registry.stop()


def latest_revision(repository: Repository) -> list[str]:
    """Note and author of the newest one of the entry that the tests edit."""
    found: list[str] = json.loads(repository.registry.python(
        "import json\nfrom catalog.models import Provider\n"
        "latest = Provider.objects.get(key='providers/cms/sanity').latest_revision\n"
        "print(json.dumps([latest.change_note, latest.author.username]))"
    ))  # fmt: skip
    return found


def test_a_change_goes_from_a_pull_request_to_readers_and_back(repository: Repository) -> None:
    before = repository.live("providers/cms/sanity.json")["monthly_cost_range"]
    serial = repository.live("manifest.json")["serial"]

    repository.edit(SANITY, monthly_cost_range=[70, 300])
    validate = repository.runner()
    (repository.folder / "software").symlink_to(ROOT)
    judged = validate.run_job(OF_REPOSITORY / "validate.yml", "validate")
    (repository.folder / "software").unlink()
    planned = validate.run_job(OF_REPOSITORY / "validate.yml", "plan")
    comment = (repository.programs / "comment").read_text()

    assert (judged, planned) == (0, 0), validate.log
    assert "`providers/cms/sanity`" in comment
    assert [line for line in comment.splitlines() if line.startswith("+  ")] == ["+    70,", "+    300"]
    assert (repository.programs / "gh.log").read_text().startswith("pr comment 7 --body-file")
    assert repository.live("providers/cms/sanity.json")["monthly_cost_range"] == before

    repository.commit("Prices of autumn")
    code, runner = repository.deploy()

    assert code == 0, runner.log
    assert repository.live("providers/cms/sanity.json")["monthly_cost_range"] == [70, 300]
    assert repository.tags() == [f"registry-{serial + 1}"]
    assert list(repository.folder.rglob("stolen")) == []
    assert "Invalidate once more" not in runner.ran
    assert latest_revision(repository) == [
        'Prices "of" autumn $(touch stolen)`touch stolen`; touch stolen',
        "administrator",
    ]

    # The same again: nothing to do, nothing published, no tag.
    again, runner = repository.deploy()
    assert (again, repository.tags()) == (0, [f"registry-{serial + 1}"])
    assert runner.ran == ["Fetch the token", "Write, approve and publish what changed"]

    # Back to what was, by hand; a deployment of something else does not bring it back in passing.
    back = repository.runner(**{"inputs.serial": str(serial), "inputs.reason": "Wrong $(touch stolen) prices"})
    assert back.run_job(OF_REPOSITORY / "rollback.yml", "rollback") == 0, back.log
    assert repository.live("providers/cms/sanity.json")["monthly_cost_range"] == before
    repository.edit("src/builders/hugo.json", best_for="Large sites")
    repository.commit("Hugo")
    code, runner = repository.deploy()
    assert code == 1
    assert "would bring back: providers/cms/sanity" in runner.log[-1]
    assert repository.live("manifest.json")["serial"] == serial + 2
    code, runner = repository.deploy(**{"inputs.bring_back && 'yes' || ''": "yes"})
    assert code == 0, runner.log
    assert repository.live("builders/hugo.json")["best_for"] == "Large sites"


def test_edits_of_both_sides_are_a_conflict_and_those_of_one_side_are_not(repository: Repository) -> None:
    change_in_admin(repository, "providers/cms/sanity", "Theirs")
    change_in_admin(repository, "providers/cms/decap", "Theirs, too")
    serial = repository.live("manifest.json")["serial"]
    repository.edit(SANITY, best_for="Ours")
    repository.edit("src/builders/hugo.json", best_for="Ours")
    repository.commit("Ours")

    plan = repository.runner()
    planned = plan.run_job(OF_REPOSITORY / "validate.yml", "plan")
    code, runner = repository.deploy()

    comment = (repository.programs / "comment").read_text()
    assert (planned, code) == (3, 3), runner.log
    assert "**Conflict** in `providers/cms/sanity`" in comment
    assert "providers/cms/decap" not in comment
    assert (repository.live("manifest.json")["serial"], repository.tags()) == (serial, [])
    assert newest(repository, "builders/hugo") != "Ours"

    # Sorted out by a person: ours is taken back, ours of another entry is deployed, what changed there alone stays.
    repository.git("checkout", "--quiet", "HEAD~1", "--", SANITY)
    repository.commit("Theirs is right")
    code, runner = repository.deploy()
    assert code == 0, runner.log
    assert [newest(repository, key) for key in ("providers/cms/sanity", "providers/cms/decap", "builders/hugo")] == [
        "Theirs",
        "Theirs, too",
        "Ours",
    ]


def test_a_refused_file_changes_nothing_and_is_named(repository: Repository) -> None:
    serial = repository.live("manifest.json")["serial"]
    repository.edit(SANITY, monthly_cost_range=[9, 1])
    repository.edit("src/builders/hugo.json", best_for="Ours")
    repository.commit("Wrong")
    validate = repository.runner()
    (repository.folder / "software").symlink_to(ROOT)

    judged = validate.run_job(OF_REPOSITORY / "validate.yml", "validate")
    code, runner = repository.deploy()

    assert (judged, code) == (1, 1)
    assert "providers/cms/sanity.json: /monthly_cost_range" in validate.log[-1]
    assert "/monthly_cost_range" in runner.log[-1]
    assert newest(repository, "builders/hugo") != "Ours"
    assert repository.live("manifest.json")["serial"] == serial


def test_readers_that_are_behind_are_told_to_the_cdn_once_more_and_to_people(repository: Repository) -> None:
    steps = {step["name"]: step for step in steps_of(OF_REPOSITORY / "deploy.yml") if "name" in step}
    runner = repository.runner(**{"steps.deploy.outputs.serial": "99"})
    wait = {**steps["Wait until readers see it"]}
    wait["run"] += " --seconds 1"
    environment = {"REGISTRY_URL": repository.registry.address, "REGISTRY_TOKEN": repository.token}

    codes = [
        runner.run_step(step, environment)
        for step in (wait, steps["Invalidate once more"], steps["Say that readers are behind"])
    ]

    assert codes == [0, 0, 1]
    assert runner.values["steps.readers.outputs.seen"] == "false"
    cdn = client("cloudfront", **repository.account)
    (asked,) = cdn.list_invalidations(DistributionId=repository.distribution)["InvalidationList"]["Items"]
    batch = cdn.get_invalidation(DistributionId=repository.distribution, Id=asked["Id"])["Invalidation"]
    assert set(batch["InvalidationBatch"]["Paths"]["Items"]) == {
        "/current.json", "/manifest.json", "/keys.json", "/providers/*", "/builders/*", "/stacks/*",
    }  # fmt: skip


def change_in_admin(repository: Repository, key: str, text: str) -> None:
    repository.registry.python(
        "from django.contrib.auth.models import User\nfrom catalog.models import find_entry\n"
        "from catalog.actions.entries import save_entry\nfrom catalog.actions.revisions import Change\n"
        f"entry = find_entry({key!r})\n"
        f"document = {{**entry.latest_revision.document, 'best_for': {text!r}}}\n"
        "by = User.objects.get(username='editor')\n"
        "save_entry(entry.kind, document, Change(by=by, note='In the admin', source='admin'))"
    )


def newest(repository: Repository, key: str) -> str:
    return repository.registry.python(
        f"from catalog.models import find_entry\nprint(find_entry({key!r}).latest_revision.document.get('best_for'))"
    ).strip()
