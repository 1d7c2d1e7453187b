"""A bucket on moto's server, and releases in it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from deployments.contract import Artifact, Kind, Release
from deployments.targets import get_target
from tests.aws import SESSION
from tests.deployments.contexts import PlainContext

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

KEYS = {"accessKeyId": {"$secret": "key-id"}, "secretAccessKey": {"$secret": "key"}}
Config = dict[str, Any]


@pytest.fixture
def client(endpoint_url: str) -> "S3Client":
    return SESSION.client("s3", endpoint_url=endpoint_url, region_name="us-east-1")


@pytest.fixture
def config(client: "S3Client", endpoint_url: str) -> Config:
    """The config of a site in a new bucket."""
    bucket = f"bakery-{uuid4().hex}"
    client.create_bucket(Bucket=bucket)
    return {
        "bucket": bucket,
        "prefix": "shop/live",
        "endpointUrl": endpoint_url,
        "url": "https://shop.example.com",
        **KEYS,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def make_context(folder: Path, deployment: UUID | None = None) -> PlainContext:
    secrets = {"key-id": "AKIAGIVEN", "key": "hush\n"}
    return PlainContext(folder, folder, secrets, deployment_id=deployment or uuid4())


def make_artifact(folder: Path, text: str) -> Artifact:
    made = folder / f"artifact-{text}"
    (made / "css").mkdir(parents=True, exist_ok=True)
    (made / "index.html").write_text(text)
    (made / "css/site.0a1b2c3d.css").write_text(text)
    (made / "css/site.css").write_text(text)
    return Artifact(Kind.SITE, text, made, 3, 3)


def upload(folder: Path, text: str, config: Config) -> Release:
    return get_target("s3@1").upload(make_artifact(folder, text), config, make_context(folder))


def deploy(folder: Path, text: str, config: Config) -> Release:
    release = upload(folder, text, config)
    target, context = get_target("s3@1"), make_context(folder)
    target.probe(release, config, context)
    target.activate(release, config, context)
    return release


def keys(client: "S3Client", config: Config) -> list[str]:
    return [found["Key"] for found in client.list_objects_v2(Bucket=config["bucket"]).get("Contents", [])]


def names(release: Release) -> list[str]:
    return [
        f"shop/live/releases/{release.id}/{name}" for name in ("css/site.0a1b2c3d.css", "css/site.css", "index.html")
    ]


def live(client: "S3Client", config: Config) -> str:
    """What a reader sees who follows the pointer."""
    pointer = json.loads(client.get_object(Bucket=config["bucket"], Key="shop/live/current.json")["Body"].read())
    page = f"shop/live/releases/{pointer['release']}/index.html"
    return client.get_object(Bucket=config["bucket"], Key=page)["Body"].read().decode()
