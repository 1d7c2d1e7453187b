"""Images in a container registry: each release under a tag of its own, and one tag that is moved to the live one.

The repository has to be this service's alone. Reference: OCI distribution specification 1.1; image-layout.md.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from catalog.schemas.problems import Problem
from deployments.configs.credentials import read_credential
from deployments.configs.schemas import config_of, secret
from deployments.configs.words import counted
from deployments.contract import Artifact, BackendInfo, Context, Kind, PermanentError, Release, TargetBackend
from deployments.network.urls import read_origin
from deployments.targets.registry_client import Repository, open_repository, parse_object
from deployments.targets.schemas import ADDRESS

LIVE = "live"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
MANIFESTS = frozenset({MANIFEST, "application/vnd.docker.distribution.manifest.v2+json"})
ACCEPT = ", ".join(sorted(MANIFESTS))
DIGEST_PATTERN = re.compile(r"sha256:[0-9a-f]{64}")
TAG = re.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
CHUNK_BYTES = 1 << 20
MAX_MANIFEST_BYTES = 4 << 20
MAX_TAG_PAGES = 100
# It cannot delete, or not by tag: registries differ in how they say so.
WILL_NOT_DELETE = (400, 404, 405)
SCHEMA = config_of(
    {
        "registryUrl": {
            "type": "string",
            "title": "Registry",
            "description": "Address of the registry, such as https://registry.example.com.",
            "pattern": r"^https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?/?$",
            "maxLength": 300,
        },
        "repository": {
            "type": "string",
            "title": "Repository",
            "description": "Name in the registry, for this service alone.",
            "pattern": r"^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$",
            "maxLength": 200,
        },
        "tag": {
            "type": "string",
            "title": "Live tag",
            "description": "The tag that is moved to whatever is live.",
            "pattern": f"^{TAG.pattern}$",
            "not": {"pattern": "^release-"},
            "default": LIVE,
        },
        "username": {
            "type": "string",
            "title": "User name",
            "description": "Of an account that may push there.",
            "pattern": "^[!-9;-~]+$",
            "maxLength": 200,
        },
        "password": secret("Password", "The account's password or token."),
        "url": ADDRESS,
    },
    required=["registryUrl", "repository"],
    dependentRequired={"username": ["password"], "password": ["username"]},
)


class OciRegistry(TargetBackend):
    """`release-<deployment>` for each release, and the live tag."""

    info: ClassVar = BackendInfo(
        key="oci-registry",
        version="1.0.0",
        name="Container registry",
        summary="A repository of images, with a tag for the live one.",
        schema=SCHEMA,
        icon="container",
        category="image",
    )
    accepts: ClassVar = frozenset({Kind.IMAGE})

    def check_config(self, config: Mapping[str, Any]) -> list[Problem]:
        try:
            read_origin(config["registryUrl"])
        except PermanentError as error:
            return [Problem("/registryUrl", "address", str(error))]
        return []

    def place(self, config: Mapping[str, Any]) -> str:
        """A repository is not within another, whatever its name."""
        origin = read_origin(config["registryUrl"])
        return f"oci-registry/{origin.host}:{origin.port}/{config['repository'].replace('/', '%2F')}"

    def upload(self, artifact: Artifact, config: Mapping[str, Any], context: Context) -> Release:
        """Blobs that the registry has not, then the manifest by its digest and under the release's tag."""
        image = read_layout(artifact.path)
        release = Release(str(context.deployment_id), config.get("url", ""), {"digest": image.digest})
        with _open(config, context) as repository:
            for digest, path in image.blobs.items():
                context.check()
                if repository.ask("HEAD", f"blobs/{digest}", okay=(307, 404)).status == 404:
                    context.log(f"Pushing {digest}, {counted(path.stat().st_size, 'byte')}")
                    _push_blob(repository, digest, path, check=context.check)
            for reference in (image.digest, _tag_of(release)):
                _put_manifest(repository, reference, image.manifest, media_type=image.media_type)
        context.log(f"Pushed {config['repository']}@{image.digest}")
        return release

    def probe(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        with _open(config, context) as repository:
            answer = repository.ask("HEAD", f"manifests/{_digest_of(release)}", okay=(404,), Accept=ACCEPT)
        if answer.status == 404:
            raise PermanentError("The image is gone from the registry.", hint="Deploy it again.")

    def activate(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        self.probe(release, config, context)
        digest, tag = _digest_of(release), config.get("tag", LIVE)
        with _open(config, context) as repository:
            found = repository.ask("GET", f"manifests/{digest}", Accept=ACCEPT)
            if _sha256(found.content) != digest:
                raise PermanentError("The registry has another image under this digest.", hint="Deploy it again.")
            _put_manifest(repository, tag, found.content, media_type=found.headers.get("content-type", MANIFEST))
        context.log(f"{config['repository']}:{tag} is {digest}")

    def remove(self, release: Release, config: Mapping[str, Any], context: Context) -> None:
        """The tag, and the image if no other tag has it; nothing where the registry cannot delete.

        The same image may be live, or kept, for another deployment: a rollback pushes what is there.
        """
        digest, own = _digest_of(release), _tag_of(release)
        with _open(config, context, actions="pull,push,delete") as repository:
            if _digest_under(repository, config.get("tag", LIVE)) == digest:
                raise PermanentError("It is live.")
            others = [tag for tag in _tags(repository) if tag != own and _digest_under(repository, tag) == digest]
            context.check()
            repository.ask("DELETE", f"manifests/{own}", okay=WILL_NOT_DELETE)
            if not others:
                repository.ask("DELETE", f"manifests/{digest}", okay=WILL_NOT_DELETE)


@dataclass(frozen=True, slots=True)
class Image:
    """The one image of a layout; `blobs` are all that its manifest names, by digest."""

    digest: str
    media_type: str
    manifest: bytes
    blobs: Mapping[str, Path]


def read_layout(folder: Path) -> Image:
    """Raises PermanentError if it is no OCI layout of one whole image."""
    try:
        (described,) = json.loads((folder / "index.json").read_bytes())["manifests"]
        manifest = _blob_of(folder, described, most=MAX_MANIFEST_BYTES).read_bytes()
        parsed = json.loads(manifest)
        blobs = {each["digest"]: _blob_of(folder, each) for each in (parsed["config"], *parsed["layers"])}
        media_type = str(described.get("mediaType", MANIFEST))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PermanentError("What was built is no OCI layout of one image.", hint="Choose another builder.") from error
    if media_type not in MANIFESTS or _sha256(manifest) != described["digest"]:
        raise PermanentError("What was built has a manifest that is not an image's.", hint="Build for one platform.")
    return Image(described["digest"], media_type, manifest, blobs)


def _blob_of(folder: Path, described: Mapping[str, Any], *, most: int | None = None) -> Path:
    if not DIGEST_PATTERN.fullmatch(described["digest"]):
        raise ValueError("no digest")
    path: Path = folder / "blobs" / "sha256" / described["digest"].removeprefix("sha256:")
    size = path.stat().st_size
    if size != described["size"] or (most is not None and size > most):
        raise ValueError("another size")
    return path


def _open(
    config: Mapping[str, Any], context: Context, *, actions: str = "pull,push"
) -> AbstractContextManager[Repository]:
    account = (config["username"], read_credential(config["password"], context)) if "password" in config else None
    return open_repository(
        config["registryUrl"], config["repository"], actions=actions, account=account, context=context
    )


def _push_blob(repository: Repository, digest: str, path: Path, *, check: Callable[[], None]) -> None:
    """In one request. Reference: OCI distribution specification, "POST then PUT"."""
    begun = repository.ask("POST", "blobs/uploads/", Content_Length="0")
    if "location" not in begun.headers:
        raise PermanentError("The registry does not say where to push to.", hint="Is it a container registry?")
    place = begun.url.join(begun.headers["location"]).copy_merge_params({"digest": digest})

    def read() -> Iterator[bytes]:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                check()
                yield chunk

    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(path.stat().st_size)}
    repository.send("PUT", place, headers=headers, body=read)


def _put_manifest(repository: Repository, reference: str, manifest: bytes, *, media_type: str) -> None:
    headers = {"Content-Type": media_type, "Content-Length": str(len(manifest))}
    repository.send("PUT", repository.url.join(f"manifests/{reference}"), headers=headers, body=lambda: [manifest])


def _digest_under(repository: Repository, tag: str) -> str:
    """Empty if there is no such tag."""
    found = repository.ask("HEAD", f"manifests/{tag}", okay=(404,), Accept=ACCEPT)
    if found.status == 404:
        return ""
    told = str(found.headers.get("docker-content-digest", ""))
    # A registry should tell it, and need not.
    return told or _sha256(repository.ask("GET", f"manifests/{tag}", Accept=ACCEPT).content)


def _tags(repository: Repository) -> Iterator[str]:
    url = repository.url.join("tags/list?n=1000")
    for _ in range(MAX_TAG_PAGES):
        answer = repository.send("GET", url, okay=(404,))
        found = parse_object(answer.content).get("tags")
        yield from (tag for tag in found if TAG.fullmatch(str(tag))) if isinstance(found, list) else ()
        following = re.search(r'<([^>]+)>;\s*rel="?next', answer.headers.get("link", ""))
        if not following:
            return
        url = answer.url.join(following[1])
    raise PermanentError("The repository has more tags than can be looked through.", hint="Remove those not needed.")


def _tag_of(release: Release) -> str:
    return f"release-{release.id}"


def _digest_of(release: Release) -> str:
    """Raises PermanentError for a release of another target, which was made before the service got this one."""
    digest = release.meta.get("digest", "")
    if not DIGEST_PATTERN.fullmatch(digest):
        raise PermanentError("The release is not in a container registry.", hint="Deploy it again.")
    return digest


def _sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
