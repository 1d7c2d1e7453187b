"""A whole registry as real processes: its folder, its web process, worker and beat, and a browser without a screen."""

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import httpx
import psycopg

from tests.flows.pages import Page

ROOT = Path(__file__).resolve().parents[2]
WORKER = ("-m", "celery", "--quiet", "-A", "registry_site", "worker", "--loglevel", "INFO", "--pool", "solo")
# See there for what it reads from the environment.
SLOW_WORKER = tuple("tests.flows.slow_worker" if word == "registry_site" else word for word in WORKER)
BEAT = ("-m", "celery", "--quiet", "-A", "registry_site", "beat", "--loglevel", "INFO")
SETUP = """
import os, django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry_site.settings")
django.setup()
"""
Found = TypeVar("Found")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(look: Callable[[], Found | None], *, what: str, seconds: float = 20) -> Found:
    """The first thing that `look` finds. Raises AssertionError when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what} did not come within {seconds} seconds.")


class Registry:
    """One registry on this machine in a folder of its own; `stop` ends every process that it has started."""

    def __init__(self, folder: Path, services: Mapping[str, str]) -> None:
        self.folder, self.port = folder, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "DJANGO_DEBUG": "true",
            "DJANGO_SECRET_KEY": "of a test that is over soon " * 3,
            "REGISTRY_VAR_DIR": str(folder),
            "REGISTRY_PUBLIC_URL": f"{self.address}/registry",
            **services,
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        # What `first_run` printed, for tests that need a password.
        self.greeting = ""

    def manage(self, *arguments: str) -> str:
        """What `manage.py` prints; it must succeed."""
        return self._run("manage.py", *arguments)

    def python(self, code: str) -> str:
        """What a piece of Python prints that runs in the registry's Django."""
        return self._run("-c", SETUP + code)

    def snapshots(self) -> list[tuple[int | None, str]]:
        """(serial, state) of every Snapshot, straight from the database: cheap enough to ask again and again."""
        database = self.environment.get("DATABASE_URL", "")
        query = "SELECT serial, state FROM catalog_snapshot ORDER BY id"
        if database:
            with psycopg.connect(database) as server:
                return [(row[0], row[1]) for row in server.execute(query)]
        with closing(sqlite3.connect(self.folder / "registry.sqlite3")) as file:
            return [(row[0], row[1]) for row in file.execute(query)]

    def start(self, name: str, *arguments: str, **environment: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self.environment | environment, stdout=log, stderr=log
            )

    def start_web(self, **environment: str) -> None:
        application = ("registry_site.asgi:application", "--host", "127.0.0.1", "--port", str(self.port))
        self.start("web", "-m", "uvicorn", *application, "--log-level", "warning", **environment)
        wait_for(self.answers, what="The web process", seconds=60)

    def stop(self, *names: str) -> None:
        for name in names or tuple(self.running):
            process = self.running.pop(name)
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def _run(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        run = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def answers(self) -> bool:
        """Whether its web process does."""
        try:
            return httpx.get(f"{self.address}/healthz").status_code == 200
        except httpx.TransportError:
            return False


class Browser:
    """Somebody at the pages of the admin: follows redirects, keeps cookies, sends whole forms back."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, follow_redirects=True, timeout=30)
        self.page, self.html, self.url = Page(""), "", ""

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *raised: object) -> None:
        self._client.close()

    def open(self, path: str) -> None:
        self._show(self._client.get(path))

    def log_in(self, name: str, password: str) -> None:
        self.open("/admin/")
        self.send({"username": name, "password": password})

    def send(self, values: Mapping[str, str], *, button: tuple[str, str] | None = None) -> None:
        """Send the page's form that has fields for `values`, otherwise as it stands."""
        fitting = [form for form in self.page.forms if form.method == "post" and values.keys() <= form.fields.keys()]
        assert fitting, f"{self.url} has no form for {sorted(values)}"
        fields = fitting[-1].fields | dict(values) | dict([button] if button else [])
        target = httpx.URL(self.url).join(fitting[-1].action or self.url)
        self._show(self._client.post(target, data=fields, headers={"Referer": self.url}))

    def _show(self, answer: httpx.Response) -> None:
        assert answer.status_code == 200, f"{answer.url}: {answer.status_code}\n{answer.text[:2000]}"
        self.url, self.html, self.page = str(answer.url), answer.text, Page(answer.text)
