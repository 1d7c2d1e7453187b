"""What the Dockerfile does, done in a clean environment and run as the image runs: read-only, by its user."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.flows.processes import ROOT, free_port, wait_for
from tests.registry_site.test_container import COMPOSE, COPIED, DOCKERFILE

pytestmark = [pytest.mark.slow, pytest.mark.tools, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the steps of the Dockerfile make, in folders of this machine: `venv` and `app`."""
    folder = tmp_path_factory.mktemp("image")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    install = "install --quiet --no-cache-dir -r requirements.txt -c constraints.txt"
    assert install.replace(" --quiet", "") in DOCKERFILE
    subprocess.run([folder / "venv/bin/pip", *install.split()], cwd=ROOT, check=True)
    for name in COPIED:
        source, target = ROOT / name, folder / "app" / name
        target.parent.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    found = re.search(r"^RUN (REGISTRY_VAR_DIR=\S+ .*?) && rm -r", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert found is not None
    collect = found[1].replace("/tmp/build", str(folder / "build"))
    environment = {"PATH": f"{folder}/venv/bin:{os.environ['PATH']}"}
    subprocess.run(["bash", "-ec", collect], cwd=folder / "app", env=environment, check=True)
    return folder


class Contained:
    """Processes as the image starts them: its user, a read-only file system but for `/data` and an empty `/tmp`."""

    def __init__(self, image: Path, data: Path) -> None:
        self.data, self.port = data, free_port()
        self.running: dict[str, subprocess.Popen[str]] = {}
        shared = ("/usr", "/bin", "/lib", "/lib64", "/etc", str(Path(sys.base_prefix).resolve()))
        self._command = [
            "bwrap", "--unshare-user", "--uid", "10001", "--gid", "10001", "--die-with-parent", "--clearenv",
            *(word for path in shared for word in ("--ro-bind-try", path, path)),
            "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp",
            "--ro-bind", str(image / "venv"), str(image / "venv"), "--ro-bind", str(image / "app"), "/app",
            "--bind", str(data), "/data", "--remount-ro", "/", "--chdir", "/app",
        ]  # fmt: skip
        given = dict(
            re.findall(r"(\w+)=(\"[^\"]*\"|[^\s\"]+)", re.findall(r"^ENV (.*\n.*)$", DOCKERFILE, re.MULTILINE)[0])
        )
        given["PATH"] = f"{image}/venv/bin:/usr/bin:/bin"
        given["GUNICORN_CMD_ARGS"] = f"--bind 127.0.0.1:{self.port}"
        given |= {"DJANGO_SECRET_KEY": "of a test that is over soon " * 3, "DJANGO_ALLOWED_HOSTS": "127.0.0.1"}
        for name, value in given.items():
            self._command += ["--setenv", name, value]

    def command(self, *arguments: str) -> list[str]:
        return [*self._command, "python", "-m", "registry_site.start", *arguments]

    def run(self, *arguments: str) -> None:
        run = subprocess.run(self.command(*arguments), capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr

    def start(self, name: str) -> None:
        with (self.data / f"{name}.log").open("a") as log:
            self.running[name] = subprocess.Popen(self.command(name), stdout=log, stderr=log, text=True)

    def is_healthy(self, command: list[str]) -> bool:
        """Whether this check of an image says so; it is run as the image would, but at the port of this test."""
        words = [word.replace(":8000/", f":{self.port}/") for word in command]
        assert words != command
        run = subprocess.run([*self._command, *words], capture_output=True, text=True, check=False)
        return run.returncode == 0

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz").status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture
def contained(image: Path, tmp_path: Path) -> Iterator[Contained]:
    contained = Contained(image, tmp_path)
    try:
        yield contained
    finally:
        for process in contained.running.values():
            process.kill()
            process.wait()


def health_checks() -> list[list[str]]:
    """Of the image, and of `web` in compose.yaml."""
    found = re.findall(r"^HEALTHCHECK .*? CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    return [json.loads(command) for command in found] + [COMPOSE["services"]["web"]["healthcheck"]["test"][1:]]


def test_image_runs_read_only_and_stops_when_it_is_told_to(contained: Contained) -> None:
    contained.run("migrate")
    sick = [contained.is_healthy(command) for command in health_checks()]
    names = ("web", "worker", "deployer", "beat")
    for name in names:
        contained.start(name)
    wait_for(contained.is_ready, what="The web process", seconds=120)
    well = [contained.is_healthy(command) for command in health_checks()]
    contained.run("manage", "publish", "--note", "From a container")
    wait_for(lambda: "beat_leads" in (contained.data / "beat.log").read_text(), what="The clock", seconds=60)
    wait_for(lambda: "sweep" in (contained.data / "worker.log").read_text(), what="The worker", seconds=120)

    for name in names:
        inner = subprocess.run(
            ["pgrep", "-P", str(contained.running[name].pid)], capture_output=True, text=True, check=True
        )
        os.kill(int(inner.stdout.split()[0]), signal.SIGTERM)
    ends = {name: contained.running[name].wait(timeout=60) for name in names}

    assert (sick, well) == ([False, False], [True, True])
    assert ends == dict.fromkeys(names, 0)
    assert (contained.data / "registry" / "current.json").exists()
