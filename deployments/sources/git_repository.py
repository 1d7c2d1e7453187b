"""Running git as a tool that trusts nothing: no configuration but ours, no prompts, one protocol, one address.

What is not said here by options is said by the environment, so that no secret is ever in an argument or a file.
Reference: git-config(1), GIT_CONFIG_COUNT; gitprotocol-v2(5); libcurl, CURLOPT_RESOLVE.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from deployments.contract import CalledError, Context, PermanentError
from deployments.network.rules import Rules
from deployments.network.urls import bracketed, origin_of
from deployments.sources.archives.limits import LIMITS, MIB
from deployments.sources.git_errors import explain

# The first that pins addresses (http.curloptResolve); an older one would look names up by itself without a word.
LEAST_VERSION = (2, 37)
LOW_SPEED_SECONDS = 20
ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "/bin/false",
    "SSH_ASKPASS": "/bin/false",
    "GIT_SSH_COMMAND": "/bin/false",
    "GIT_PROTOCOL_FROM_USER": "0",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
CONFIG = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.packedGitLimit": "256m",
    "core.packedGitWindowSize": "16m",
    "core.quotePath": "true",
    "credential.helper": "",
    "fetch.fsckObjects": "true",
    "filter.lfs.clean": "",
    "filter.lfs.process": "",
    "filter.lfs.required": "false",
    "filter.lfs.smudge": "",
    "gc.auto": "0",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",
    "maintenance.auto": "false",
    "protocol.allow": "never",
    "protocol.version": "2",
    "submodule.recurse": "false",
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one git process may take: bytes of a file that it writes, bytes of memory."""

    file_bytes: int
    memory_bytes: int


BOUNDS = Bounds(LIMITS.total_bytes, 2048 * MIB)
# Enough for the 20,000 files that a source may have, and for a few times as many.
INDEX_BOUNDS = Bounds(16 * MIB, 512 * MIB)


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository somewhere else; `authorization` is the value of that header, and a secret."""

    url: str
    authorization: str = field(default="", repr=False)

    def at(self, url: str) -> "Remote":
        """Another repository, with the same secret if it is at the same origin."""
        return Remote(url, self.authorization if origin_of(url) == origin_of(self.url) else "")


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A file, link or submodule of a commit. `path` is as git quotes it."""

    mode: str
    identifier: str
    size_bytes: int
    path: str

    @property
    def is_submodule(self) -> bool:
        return self.mode == "160000"


class Repository:
    """An empty bare repository of our own in the folder `home`, which talks to one remote.

    Raises PermanentError if the remote may not be used, or git cannot be.
    """

    def __init__(self, home: Path, remote: Remote, *, rules: Rules, context: Context) -> None:
        rules.check(remote.url)
        self._home, self._context = home, context
        self._environment = _environment(home, remote, rules=rules)
        home.mkdir()
        _check_version(self.run("version"))
        self.run("init", "--quiet", "--bare", "--template=")

    def run(self, *arguments: str, into: Path | None = None, bounds: Bounds | None = None) -> str:
        """Standard output of a git command; `into` is the folder that it may check files out to.

        Raises TransientError or PermanentError that says what went wrong.
        """
        environment = self._environment | ({"GIT_WORK_TREE": str(into)} if into else {})
        bounds = bounds or BOUNDS
        limits = [f"--fsize={bounds.file_bytes}", f"--as={bounds.memory_bytes}"]
        limited = ["prlimit", *limits, "--", "git", *arguments]
        try:
            return self._context.call(limited, cwd=into or self._home, env=environment)
        except CalledError as error:
            raise explain(error, most=bounds.file_bytes) from error

    def read_tree(self, tree: str) -> None:
        """Make the index of a tree. Raises PermanentError if it has very many files.

        A few small trees that hold each other many times over can be billions of files; this is what finds them out.
        """
        self.run("read-tree", tree, bounds=INDEX_BOUNDS)

    def size_of(self, name: str) -> int:
        """Bytes of an object, 0 if there is none."""
        try:
            return int(self.run("cat-file", "-s", name))
        except PermanentError:
            return 0

    def entries(self, tree: str) -> Iterator[TreeEntry]:
        """Everything below a tree that `read_tree` has found bearable, without folders."""
        for line in self.run("ls-tree", "-r", "-l", "--full-tree", tree).splitlines():
            described, _, path = line.partition("\t")
            mode, _, identifier, size = described.split()
            yield TreeEntry(mode, identifier, int(size) if size.isdecimal() else 0, path)


def _environment(home: Path, remote: Remote, *, rules: Rules) -> dict[str, str]:
    parts = urlsplit(remote.url)
    config = CONFIG | {
        f"protocol.{parts.scheme}.allow": "always",
        "http.lowSpeedTime": str(LOW_SPEED_SECONDS),
        "http.curloptResolve": _pin(remote.url, rules=rules),
    }
    if remote.authorization:
        config["http.extraHeader"] = f"Authorization: {remote.authorization}"
    if "SSL_CERT_FILE" in os.environ:
        config["http.sslCAInfo"] = os.environ["SSL_CERT_FILE"]
    return {
        **ENVIRONMENT,
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "GIT_DIR": str(home / "repository"),
        "GIT_ALLOW_PROTOCOL": parts.scheme,
        **_config_variables(config),
    }


def _config_variables(config: Mapping[str, str]) -> dict[str, str]:
    variables = {"GIT_CONFIG_COUNT": str(len(config))}
    for number, (name, value) in enumerate(config.items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


def _pin(url: str, *, rules: Rules) -> str:
    """`host:port:address,address`, for curl: it looks the host up nowhere else."""
    origin = origin_of(url)
    found = ",".join(map(bracketed, rules.find_addresses(origin)))
    return f"{bracketed(origin.host)}:{origin.port}:{found}"


def _check_version(text: str) -> None:
    found = re.search(r"(\d+)\.(\d+)", text)
    if found is None or (int(found[1]), int(found[2])) < LEAST_VERSION:
        raise PermanentError(
            f"This worker has {text.strip()}, which is too old.",
            hint="An administrator installs git 2.37 or newer on the workers.",
        )
