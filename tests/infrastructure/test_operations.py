"""docs/operations.md from an empty account to a registry with an index: every command as it stands, by an emulator.

What stands in for AWS: moto's server, whose CloudFormation gets the templates without what it cannot make
(emulated.py), and a server that answers readers from the bucket as the template's error pages say.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from moto.cloudformation import parsing
from moto.cloudformation.models import CloudFormationBackend

from tests.aws import endpoint_url  # noqa: F401
from tests.awscli import install_awscli
from tests.infrastructure.emulated import client, make_distribution, replacements_for, trim
from tests.infrastructure.templates import Resolved, read_template

pytestmark = [
    pytest.mark.slow,
    pytest.mark.tools,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there: install Debian's package curl"),
]
ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^ *```sh (?:aws|index)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
BUCKET = "example-registry"
# What `make lambda` looks at: with them, it packs at once.
OF_MAKE = ("Makefile", "requirements.txt", "constraints.txt", ".venv")


def commands() -> list[str]:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    return BLOCK.findall(page)


@pytest.fixture(autouse=True)
def _outputs_of_change_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto forgets them; with a stack that is made at once, it does not."""
    execute = CloudFormationBackend.execute_change_set

    def executed(self: CloudFormationBackend, *arguments: Any, **options: Any) -> None:
        execute(self, *arguments, **options)
        for stack in self.stacks.values():
            stack._parse_template()
            stack.output_map = stack._create_output_map()

    monkeypatch.setattr(CloudFormationBackend, "execute_change_set", executed)


@pytest.fixture(autouse=True)
def _conditions_that_come_true(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto remembers what had no reason to be as nothing, and then fails to change it; it is made instead."""
    change = parsing.parse_and_update_resource

    def changed(logical_id: str, resource_json: Any, resources: parsing.ResourceMap, **where: Any) -> Any:
        if resources._parsed_resources.get(logical_id) is not None:
            return change(logical_id, resource_json, resources, **where)
        resources._parsed_resources.pop(logical_id, None)
        return resources[logical_id]

    monkeypatch.setattr(parsing, "parse_and_update_resource", changed)


@pytest.fixture
def account(endpoint_url: str) -> dict[str, Any]:  # noqa: F811
    """How to reach the emulator, with credentials that it takes."""
    return {"endpoint_url": endpoint_url, "aws_access_key_id": "AKIATEST", "aws_secret_access_key": "secret"}


@pytest.fixture
def edge(account: dict[str, Any]) -> Iterator[str]:
    """What readers reach: the bucket's files, and for what is missing the page that the template names, as a 404."""
    s3 = client("s3", **account)
    config = Resolved(read_template("registry.yaml"), {"BucketName": BUCKET}).resource("Distribution")
    errors = {each["ErrorCode"]: each for each in config["DistributionConfig"]["CustomErrorResponses"]}

    class Edge(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content, status = read(self.path), 200
            if content is None:
                status, content = errors[404]["ResponseCode"], read(errors[404]["ResponsePagePath"]) or b""
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    def read(path: str) -> bytes | None:
        try:
            content: bytes = s3.get_object(Bucket=BUCKET, Key=path.lstrip("/"))["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None
        return content

    server = ThreadingHTTPServer(("127.0.0.1", 0), Edge)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def make_checkout(folder: Path, account: dict[str, Any], edge: str) -> dict[str, str]:
    """A folder like a checkout, in which templates are what the emulator can make; the environment of its shell."""
    distribution = make_distribution(BUCKET, **account)
    (folder / "infrastructure").mkdir()
    for name in ("registry.yaml", "sites.yaml"):
        trimmed = trim(read_template(name), replacements_for(distribution))
        (folder / "infrastructure" / name).write_text(json.dumps(trimmed))
    for name in ("manage.py", "catalog", "deployments", "indexer", "registry_site", *OF_MAKE):
        (folder / name).symlink_to(ROOT / name)
    programs = folder / "programs"
    programs.mkdir()
    host = f"https://{distribution['DomainName']}"
    reader = f'for word; do shift; set -- "$@" "$(printf %s "$word" | sed s,{host},{edge},)"; done'
    curl = f'{reader}; exec {shutil.which("curl")} "$@"'
    for name, text in {"curl": curl, "python": f'exec {sys.executable} "$@"'}.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    return {
        "PATH": f"{programs}:{install_awscli().parent}:/usr/bin:/bin",
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "REGISTRY_VAR_DIR": str(folder / "var"),
        "AWS_ENDPOINT_URL": account["endpoint_url"],
        "AWS_ACCESS_KEY_ID": account["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": account["aws_secret_access_key"],
        "PYTHONWARNINGS": "ignore",
        "LANG": os.environ.get("LANG", "C.UTF-8"),
    }


def test_a_stranger_gets_from_an_empty_account_to_a_published_registry(
    tmp_path: Path, account: dict[str, Any], edge: str
) -> None:
    environment = make_checkout(tmp_path, account, edge)
    script = "\n".join([*(f"echo '--- {at}'\n{block}" for at, block in enumerate(commands())), "echo '--- end'"])

    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=1000,
    )  # fmt: skip

    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    said = dict(re.findall(r"^--- (\w+)\n(.*?)(?=^--- |\Z)", run.stdout, re.MULTILINE | re.DOTALL))
    assert len(commands()) == 9
    manifest, status = said["5"].rsplit("\n", 2)[0], said["5"].splitlines()[-1]
    assert (json.loads(manifest)["serial"], status) == (1, "404")
    stacks = client("cloudformation", **account).describe_stacks()["Stacks"]
    assert {stack["StackName"]: stack["StackStatus"] for stack in stacks} == {
        "provider-registry": "UPDATE_COMPLETE",
        "shop-site": "CREATE_COMPLETE",
    }
    assert "serial 1" in said["6"], said["6"]
    functions = client("lambda", **account).list_functions()["Functions"]
    assert "indexer.handler.lambda_handler" in {function["Handler"] for function in functions}
    token = client("ssm", **account).get_parameter(Name="/provider-registry/pipeline-token", WithDecryption=True)
    assert re.fullmatch(r"reg_[a-z0-9]{12}_[A-Za-z0-9_-]{43}", token["Parameter"]["Value"])
    assert (tmp_path / "signing-key.pem").stat().st_mode & 0o777 == 0o600
    wanted = client("cloudfront", **account).list_invalidations(DistributionId=_distribution(account))
    assert wanted["InvalidationList"]["Quantity"] == 1


def _distribution(account: dict[str, Any]) -> str:
    (found,) = client("cloudfront", **account).list_distributions()["DistributionList"]["Items"]
    identity: str = found["Id"]
    return identity
