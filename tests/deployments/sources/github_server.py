"""A GitHub of two servers, as the real one: an API that knows commits, and one that packs them with `git archive`."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote

from tests.deployments.sources.git_server import ENVIRONMENT, Working
from tests.deployments.sources.servers import Request, Server, run_server


@dataclass
class GitHubServer:
    """`token` is asked for if there is one; `limits` are headers that every answer of the API is refused with."""

    api: Server
    codeload: Server
    repository: Working
    name: str = "bakery/site"
    token: str = ""
    limits: dict[str, str] = field(default_factory=dict)

    def archive(self, commit: str) -> bytes:
        prefix = f"--prefix=bakery-site-{commit[:7]}/"
        command = ["git", "archive", "--format=tar.gz", prefix, commit]
        return subprocess.run(
            command, cwd=self.repository.path, env=ENVIRONMENT, capture_output=True, check=True
        ).stdout

    def answer_api(self, request: Request) -> None:
        found = re.fullmatch(rf"/repos/{self.name}/(commits|tarball)/([^/]+)", request.path)
        if self.limits:
            request.send(b"{}", status=403, **self.limits)  # type: ignore[arg-type]
        elif found is None or (self.token and request.headers.get("Authorization") != f"Bearer {self.token}"):
            request.send(b'{"message": "Not Found"}', status=404)
        elif not (commit := self._find(unquote(found[2]))):
            request.send(b'{"message": "No commit found"}', status=422)
        elif found[1] == "commits":
            request.send(commit.encode(), Content_Type="application/vnd.github.sha")
        else:
            request.redirect(f"{self.codeload.url}/{self.name}/legacy.tar.gz/{commit}?token=short-lived")

    def answer_codeload(self, request: Request) -> None:
        request.send(self.archive(request.path.rpartition("/")[2]), Content_Type="application/x-gzip")

    def _find(self, name: str) -> str:
        full = f"refs/{name}" if name.startswith(("heads/", "tags/")) else name
        done = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", f"{full}^{{commit}}"],
            cwd=self.repository.path,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip()


@contextmanager
def run_github(repository: Working) -> Iterator[GitHubServer]:
    with run_server() as api, run_server() as codeload:
        github = GitHubServer(api, codeload, repository)
        api.otherwise, codeload.otherwise = github.answer_api, github.answer_codeload
        yield github
