"""Processes by name: what a container starts."""

import os
import subprocess
import sys

import pytest

from registry_site import start


@pytest.mark.parametrize("name", sorted(start.COMMANDS))
def test_a_name_becomes_its_process(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[tuple[str, tuple[str, ...]]] = []

    def execvp(program: str, command: tuple[str, ...]) -> None:
        found.append((program, command))
        raise SystemExit

    monkeypatch.setattr(os, "execvp", execvp)
    with pytest.raises(SystemExit):
        start.main([name, "--more"])

    assert found == [(start.COMMANDS[name][0], (*start.COMMANDS[name], "--more"))]


def test_migrating_ends_at_the_first_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[list[str]] = []

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        tried.append(command[2:])
        return subprocess.CompletedProcess(command, returncode=3 if len(tried) == 2 else 0)

    monkeypatch.setattr(subprocess, "run", run)

    assert start.main(["migrate"]) == 3
    assert tried == [["migrate", "--no-input"], ["create_roles"]]


def test_migrating_does_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        tried.append(command[2])
        return subprocess.CompletedProcess(command, returncode=0)

    monkeypatch.setattr(subprocess, "run", run)

    assert start.main(["migrate"]) == 0
    assert tried == ["migrate", "create_roles", "load_starter_catalog"]


@pytest.mark.parametrize("arguments", [["nothing"], [], ["migrate", "--fake"]])
def test_unknown_name_is_refused_with_those_that_there_are(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "registry_site.start", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False)

    name = arguments[0] if arguments else ""
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == (f"There is no process '{name}'. Use one of: beat, deployer, manage, migrate, web, worker.\n")
