"""Source `git`: a repository at any server that speaks Git's smart HTTP protocol."""

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from catalog.schemas.problems import Problem, pointer_to
from deployments.configs.credentials import read_credential
from deployments.configs.schemas import config_of, secret
from deployments.configs.words import counted
from deployments.contract import BackendInfo, Context, Kind, PermanentError, Source, SourceBackend
from deployments.network.urls import show_url
from deployments.sources.git_checkout import At, Checkout, fetch_commit
from deployments.sources.git_repository import Remote, Repository
from deployments.sources.rules import configured_rules
from deployments.sources.schemas import HOST_PATTERN, REF, SUBFOLDER

COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
DEFAULT_REF = "main"
MAX_MESSAGE = 200
FORMAT = f"--format=%<({MAX_MESSAGE},trunc)%an%n%<({MAX_MESSAGE},trunc)%s"

SCHEMA = config_of(
    {
        "url": {
            "type": "string",
            "title": "Repository address",
            "description": "Address for cloning over HTTPS, without user name or password.",
            "format": "uri",
            "pattern": rf"^https?://{HOST_PATTERN}(/[A-Za-z0-9._~%+-]+)+/?$",
            "not": {"pattern": r"/\.{1,2}(/|$)"},
            "maxLength": 500,
        },
        "ref": {
            **REF,
            "title": "Branch, tag or commit",
            "description": "What to deploy: of a branch the newest commit, a commit by all 40 digits.",
            "default": DEFAULT_REF,
        },
        "subfolder": SUBFOLDER,
        "submodules": {
            "type": "boolean",
            "title": "Fetch submodules",
            "description": "Also fetch the repositories that this one includes.",
            "default": False,
        },
        "username": {
            "type": "string",
            "title": "User name",
            "description": "User name that goes with the token.",
            "pattern": "^[A-Za-z0-9_][A-Za-z0-9._@+-]*$",
            "maxLength": 100,
            "default": "git",
        },
        "token": secret("Access token", "Token or password that may read the repository."),
    },
    required=["url"],
)


class Git(SourceBackend):
    """Fetches one commit without its history."""

    info: ClassVar = BackendInfo(
        key="git",
        version="1.0.0",
        name="Git repository",
        summary="Fetches a branch, tag or commit from any Git server over HTTPS.",
        schema=SCHEMA,
        icon="git",
        category="repository",
    )
    produces: ClassVar = frozenset({Kind.TREE})

    def check_config(self, config: Mapping[str, Any]) -> list[Problem]:
        problem = configured_rules().problem_of(config["url"])
        return [Problem(pointer_to(["url"]), "address", problem)] if problem else []

    def resolve(self, config: Mapping[str, Any], context: Context) -> str:
        """The commit id. One request for a branch or tag; a branch counts if both have the name. None for a commit."""
        ref = config.get("ref", DEFAULT_REF)
        if COMMIT.fullmatch(ref.lower()):
            return str(ref.lower())
        remote = _remote(config, context)
        with TemporaryDirectory(dir=context.work) as folder:
            repository = Checkout(Path(folder), configured_rules(), context).open(remote)
            names = [f"refs/heads/{ref}", f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}"]
            found = _list_refs(repository, remote, names)
            commit = next((found[name] for name in names if name in found), None)
            if commit is None:
                raise _missing(repository, remote, ref)
        context.log(f"{ref} is commit {commit}")
        return commit

    def fetch(self, config: Mapping[str, Any], revision: str, into: Path, context: Context) -> Source:
        """Two requests for the repository, and as many for each submodule."""
        remote, subfolder = _remote(config, context), config.get("subfolder", "")
        context.log(f"Fetching {show_url(remote.url)} at {revision}")
        with TemporaryDirectory(dir=context.work) as folder:
            checkout = Checkout(Path(folder), configured_rules(), context)
            repository = checkout.open(remote)
            fetch_commit(repository, remote, revision)
            at = At(repository, remote, revision, into, subfolder)
            submodules = checkout.write(at)
            if submodules and config.get("submodules", False):
                checkout.write_submodules(submodules, at=at)
            author, _, message = repository.run("log", "-1", FORMAT, revision).partition("\n")
        context.log(f"Checked out {counted(checkout.entries, 'file')}, {counted(checkout.size_bytes, 'byte')}.")
        return Source(
            into,
            revision,
            ref=config.get("ref", DEFAULT_REF),
            message=message.strip(),
            author=author.strip(),
            size_bytes=checkout.size_bytes,
        )


def _remote(config: Mapping[str, Any], context: Context) -> Remote:
    if "token" not in config:
        return Remote(config["url"])
    pair = f"{config.get('username', 'git')}:{read_credential(config['token'], context)}"
    return Remote(config["url"], f"Basic {base64.b64encode(pair.encode()).decode()}")


def _list_refs(repository: Repository, remote: Remote, names: list[str]) -> dict[str, str]:
    lines = repository.run("ls-remote", "--quiet", "--", remote.url, *names).splitlines()
    return {name: commit for commit, _, name in (line.partition("\t") for line in lines)}


def _missing(repository: Repository, remote: Remote, ref: str) -> PermanentError:
    head = repository.run("ls-remote", "--quiet", "--symref", "--", remote.url, "HEAD")
    default = re.search(r"^ref: refs/heads/(\S+)", head)
    hint = f"Its default branch is {default[1]}." if default else "Is there anything in the repository yet?"
    return PermanentError(f"The repository has no branch or tag {ref}.", hint=f"{hint} Commits need all 40 digits.")
