"""Source `github`: one commit as GitHub packs it, from github.com or an Enterprise server.

Reference: GitHub REST API, "Get a commit", "Download a repository archive (tar)", "Rate limits for the REST API".
"""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

import httpx

from catalog.schemas.problems import Problem, pointer_to
from deployments.configs.credentials import read_credential
from deployments.configs.schemas import config_of, secret
from deployments.configs.words import counted
from deployments.contract import BackendInfo, Context, Kind, PermanentError, Source, SourceBackend, TransientError
from deployments.network.connections import MAX_RETRY_SECONDS, retry_seconds
from deployments.sources.archives.limits import LIMITS
from deployments.sources.archives.unpacking import unpack
from deployments.sources.rules import configured_rules
from deployments.sources.schemas import HOST_PATTERN, REF, SUBFOLDER
from deployments.sources.web import check_status, open_web

COMMIT = re.compile(r"[0-9a-f]{40}")
SHORT_COMMIT = re.compile(r"[0-9a-f]{7,39}")
DEFAULT_API = "https://api.github.com"
DEFAULT_BRANCH = "main"
VERSION_HEADER = {"X-GitHub-Api-Version": "2022-11-28"}
HINTS = {
    401: "The token is wrong, or has ended. Make a new one.",
    403: "The token may not read this repository's contents.",
    404: "Check the repository, and the branch, tag or commit; private repositories need a token that may read them.",
    409: "Is there anything in the repository yet?",
    422: "There is no such branch, tag or commit.",
}

SCHEMA = config_of(
    {
        "repository": {
            "type": "string",
            "title": "Repository",
            "description": "Owner and name.",
            "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,38}/[A-Za-z0-9._-]{1,100}$",
            "not": {"pattern": r"/(-|\.{1,2}$)|\.git$"},
            "maxLength": 140,
        },
        "branch": {
            **REF,
            "title": "Branch",
            "description": "Branch to deploy; its newest commit is taken each time.",
            "default": DEFAULT_BRANCH,
        },
        "ref": {**REF, "title": "Tag or commit", "description": "Deploy exactly this, and do not look at the branch."},
        "subfolder": SUBFOLDER,
        "token": secret("Access token", "Token that may read the repository's contents."),
        "apiUrl": {
            "type": "string",
            "title": "API address",
            "description": "Change it only for GitHub Enterprise: there it is the server's address and /api/v3.",
            "format": "uri",
            "pattern": rf"^https?://{HOST_PATTERN}(/[A-Za-z0-9._~-]+)*$",
            "maxLength": 300,
            "default": DEFAULT_API,
        },
    },
    required=["repository"],
)


class GitHub(SourceBackend):
    """Downloads the archive of one commit; no git is needed."""

    info: ClassVar = BackendInfo(
        key="github",
        version="1.0.0",
        name="GitHub",
        summary="Fetches a branch, tag or commit from GitHub or GitHub Enterprise.",
        schema=SCHEMA,
        icon="github",
        category="repository",
    )
    produces: ClassVar = frozenset({Kind.TREE})

    def check_config(self, config: Mapping[str, Any]) -> list[Problem]:
        problem = configured_rules().problem_of(_api(config))
        return [Problem(pointer_to(["apiUrl"]), "address", problem)] if problem else []

    def resolve(self, config: Mapping[str, Any], context: Context) -> str:
        """The commit id. One request; none for a whole commit id."""
        name = _ref_name(config)
        if COMMIT.fullmatch(name):
            return name
        url = f"{_api(config)}/repos/{config['repository']}/commits/{quote(name, safe='')}"
        headers = VERSION_HEADER | {"Accept": "application/vnd.github.sha"}
        with open_web(context) as web, web.open_url(url, headers=headers, token=_token(config, context)) as response:
            _check(response, url)
            commit = _read_commit(response)
        context.log(f"{name} is commit {commit}")
        return commit

    def fetch(self, config: Mapping[str, Any], revision: str, into: Path, context: Context) -> Source:
        """Two requests: the API sends the archive from another host, by an address that ends after minutes."""
        api = _api(config)
        url = f"{api}/repos/{config['repository']}/tarball/{quote(revision, safe='')}"
        context.log(f"Downloading {config['repository']} at {revision}")
        with TemporaryDirectory(dir=context.work) as folder:
            archive = Path(folder) / "archive"
            with (
                open_web(context) as web,
                web.open_url(
                    url,
                    headers=VERSION_HEADER,
                    token=_token(config, context),
                    redirects=1,
                    may_follow=lambda target: _is_of(api, target),
                ) as response,
            ):
                _check(response, url)
                web.save_body(response, archive, most=LIMITS.archive_bytes)
            return _unpack(archive, config, revision, into, context)


def _unpack(archive: Path, config: Mapping[str, Any], revision: str, into: Path, context: Context) -> Source:
    unpacked = unpack(archive, into, strip=1, subfolder=config.get("subfolder", ""), check=context.check)
    if unpacked.comment != revision:
        raise PermanentError(
            f"GitHub sent {unpacked.comment or 'an archive of no commit'} instead of {revision}.",
            hint="Deploy again; if it stays so, use the source git.",
        )
    context.log(f"Unpacked {counted(unpacked.files, 'file')}, {counted(unpacked.size_bytes, 'byte')}.")
    return Source(into, revision, ref=_ref(config), size_bytes=unpacked.size_bytes)


def _api(config: Mapping[str, Any]) -> str:
    return str(config.get("apiUrl", DEFAULT_API))


def _ref(config: Mapping[str, Any]) -> str:
    return str(config.get("ref") or config.get("branch", DEFAULT_BRANCH))


def _ref_name(config: Mapping[str, Any]) -> str:
    """What to ask for: `ref` is a commit, or else a tag; a branch and a tag may have one name."""
    ref = str(config.get("ref", ""))
    if not ref:
        return f"heads/{_ref(config)}"
    is_commit = COMMIT.fullmatch(ref.lower()) or SHORT_COMMIT.fullmatch(ref.lower())
    return ref.lower() if is_commit else f"tags/{ref}"


def _token(config: Mapping[str, Any], context: Context) -> str:
    return f"Bearer {read_credential(config['token'], context)}" if "token" in config else ""


def _is_of(api: str, target: str) -> bool:
    """Whether a redirect leads to the host that GitHub keeps archives at, or stays at the API's own."""
    host = urlsplit(api).hostname or ""
    server = host.removeprefix("api.")
    return urlsplit(target).hostname in {host, server, f"codeload.{server}"}


def _check(response: httpx.Response, url: str) -> None:
    """Raise unless the answer is 200; to be over a limit is a refusal by its status, but passes."""
    if response.status_code in (403, 429):
        if response.headers.get("x-ratelimit-remaining") == "0":
            raise TransientError(
                "GitHub's limit of requests is used up.",
                hint="With a token the limit is higher.",
                retry_after_seconds=_reset_seconds(response),
            )
        if "retry-after" in response.headers:
            raise TransientError(
                "GitHub asks to wait between requests.",
                retry_after_seconds=retry_seconds(response.headers, otherwise=60),
            )
    check_status(response, url, hints=HINTS)


def _reset_seconds(response: httpx.Response) -> float:
    text = response.headers.get("x-ratelimit-reset", "")
    left = float(text) - time.time() if text.isdecimal() else 60.0
    return min(max(left, 1.0), MAX_RETRY_SECONDS)


def _read_commit(response: httpx.Response) -> str:
    content = b""
    for chunk in response.iter_raw():
        content += chunk
        if len(content) > 100:
            break
    commit = content.decode("ascii", "replace").strip()
    if not COMMIT.fullmatch(commit):
        raise PermanentError("GitHub did not answer with a commit id.", hint="Check the API address.")
    return commit
