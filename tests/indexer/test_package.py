"""The zip of the Lambda: the same bytes for the same source, and nothing but boto3 is needed to run it."""

import json
import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
import pytest

from indexer.package import write_package
from indexer.table import SHAPE
from tests.aws import _one_session, endpoint_url  # noqa: F401 - fixtures
from tests.factories import SANITY, publish, save
from tests.stores import make_bucket_store

ROOT = Path(__file__).resolve().parents[2]
# What boto3 brings.
RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
PROGRAM = """
import importlib.util, json, sys
from indexer.handler import lambda_handler
assert all(importlib.util.find_spec(name) is None for name in ("django", "catalog", "registry_site", "rest_framework"))
print(json.dumps(lambda_handler(json.loads(sys.argv[1]), None)))
"""


def test_same_source_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = write_package(tmp_path / "one.zip")
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    os.umask(os.umask(0o077))
    write_package(tmp_path / "there" / "two.zip")

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "there" / "two.zip").read_bytes()
    names = zipfile.ZipFile(tmp_path / "one.zip").namelist()
    assert (len(names), names) == (count, sorted(names))
    assert {"indexer/__init__.py", "indexer/handler.py"} <= set(names)
    assert "indexer/package.py" not in names


@pytest.fixture
def bare_python(tmp_path: Path) -> Path:
    """A folder with the unzipped package, and one with what the runtime of a Lambda has."""
    write_package(tmp_path / "indexer.zip")
    with zipfile.ZipFile(tmp_path / "indexer.zip") as package:
        package.extractall(tmp_path / "task")
    (tmp_path / "runtime").mkdir()
    for name in RUNTIME:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        found = origin.parent if origin.name == "__init__.py" else origin
        (tmp_path / "runtime" / found.name).symlink_to(found)
    return tmp_path


def run(folder: Path, event: Any, **variables: str) -> "subprocess.CompletedProcess[str]":
    paths = f"import sys; sys.path[:0] = [{str(folder / 'task')!r}, {str(folder / 'runtime')!r}]\n"
    # Without site there are none of the packages of this environment.
    command = [sys.executable, "-I", "-S", "-c", paths + PROGRAM, json.dumps(event)]
    environment = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    return subprocess.run(
        command, cwd=folder, env={**environment, **variables}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.mark.django_db
@pytest.mark.usefixtures("_credentials")
def test_package_indexes_a_bucket_in_a_python_that_has_boto3_only(
    bare_python: Path,
    endpoint_url: str,  # noqa: F811
) -> None:
    store = make_bucket_store(endpoint_url=endpoint_url, bucket="packaged")
    save("provider", SANITY)
    publish(store)
    table = boto3.client("dynamodb", endpoint_url=endpoint_url)
    table.create_table(TableName="packaged", **SHAPE)
    event = {
        "Records": [
            {
                "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": "packaged"}, "object": {"key": "manifest.json"}},
            }
        ]
    }

    done = run(bare_python, event, INDEX_TABLE="packaged", REGISTRY_BUCKET="packaged", AWS_ENDPOINT_URL=endpoint_url)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"batchItemFailures": [], "seen": {"manifest": 1}, "serial": 1}
    found = table.query(
        TableName="packaged",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "providers/cms/sanity.json"}},
    )
    assert [item["provider_name"]["S"] for item in found["Items"]] == ["sanity"]


def test_package_without_variables_says_what_it_lacks(bare_python: Path) -> None:
    done = run(bare_python, {})

    assert done.stderr.splitlines()[-1].endswith("SettingsError: The function lacks INDEX_TABLE and REGISTRY_BUCKET.")


def test_source_asks_for_no_scan() -> None:
    assert [path.name for path in (ROOT / "indexer").glob("*.py") if ".scan(" in path.read_text()] == []
