"""Real repositories, and Git's own server for them on this machine: `git http-backend` behind a loopback server."""

import base64
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deployments.contract import Source
from deployments.sources.git import Git
from tests.deployments.contexts import PlainContext
from tests.deployments.sources.servers import Request, Server

needs_git = [
    pytest.mark.tools,
    pytest.mark.skipif(shutil.which("git") is None, reason="Needs git: apt-get install git"),
]
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Ada Baker",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada Baker",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_ALLOW_PROTOCOL": "file",
}


@dataclass(frozen=True)
class Working:
    """A repository with its files, as a developer has it; the server serves it."""

    path: Path

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=ENVIRONMENT, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str], *, message: str = "Bake", executable: str = "") -> str:
        """Write the files (`-> target` is a symbolic link) and commit everything; the commit's id."""
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content.startswith("-> "):
                path.symlink_to(content.removeprefix("-> "))
            else:
                path.write_text(content)
        if executable:
            (self.path / executable).chmod(0o755)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def add_submodule(self, path: str, *, url: str, commit: str) -> None:
        """As `git submodule add` leaves it, whatever the address is."""
        self.git("config", "--file", ".gitmodules", f"submodule.{path}.path", path)
        self.git("config", "--file", ".gitmodules", f"submodule.{path}.url", url)
        self.git("add", ".gitmodules")
        self.git("update-index", "--add", "--cacheinfo", f"160000,{commit},{path}")
        self.git("commit", "--quiet", "--message", f"Add {path}")


def make_repository(path: Path) -> Working:
    path.mkdir(parents=True)
    repository = Working(path)
    repository.git("init", "--quiet", "--initial-branch=main")
    return repository


def serve_repositories(server: Server, root: Path, *, password: str = "") -> None:
    """Serve all repositories below `root`, to everybody or to who sends `password` (`user:password`)."""
    wanted = f"Basic {base64.b64encode(password.encode()).decode()}"

    def answer(request: Request) -> None:
        if password and request.headers.get("Authorization") != wanted:
            request.read()
            request.send(b"", status=401, WWW_Authenticate='Basic realm="git"')
        else:
            _run_backend(request, root)

    server.otherwise = answer


def _run_backend(request: Request, root: Path) -> None:
    environment = ENVIRONMENT | {
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query,
        "REQUEST_METHOD": request.handler.command,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
    }
    done = subprocess.run(
        ["git", "http-backend"], input=request.read(), env=environment, capture_output=True, check=False
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
    status = int(headers.pop("Status", "200").split()[0])
    request.send(body, status=status, **headers)  # type: ignore[arg-type]


def fetch(config: Mapping[str, Any], into: Path, context: PlainContext) -> Source:
    """What the source `git` makes of such a config."""
    return Git().fetch(config, Git().resolve(config, context), into, context)
