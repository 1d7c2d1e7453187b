"""What workers and deployers may do is what their code does: all of it, nothing else, and every refusal is tried."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.authorization import enable_iam_authentication
from storages.backends.s3 import S3Storage

from catalog.actions.snapshots import request_snapshot
from catalog.publishing.cdn import CloudFrontCdn
from catalog.publishing.delivery import send_invalidations
from catalog.publishing.garbage import collect_garbage
from catalog.publishing.outlet import Outlet
from catalog.publishing.publish import run_publish
from catalog.publishing.refresh import refresh_pointer
from catalog.publishing.stores.s3 import S3Store
from deployments.targets import get_target
from tests.clock import Clock
from tests.deployments.targets.buckets import deploy as deploy_site
from tests.deployments.targets.buckets import make_context
from tests.factories import KEY, SANITY, provider_document, publish, save
from tests.infrastructure.asking import Asked, watch, watch_new_clients
from tests.infrastructure.emulated import client, deploy
from tests.infrastructure.policies import actions_of, is_allowed
from tests.infrastructure.templates import Resolved, read_template

BUCKET = "example-registry"
ARN = f"arn:aws:s3:::{BUCKET}"
DISTRIBUTION = "arn:aws:cloudfront::123456789012:distribution/"


def open_store(**credentials: Any) -> S3Store:
    session = boto3.Session(region_name="us-east-1", **credentials)

    class Storage(S3Storage):  # type: ignore[misc]
        def _create_session(self) -> boto3.Session:
            return session

    return S3Store(Storage(bucket_name=BUCKET, querystring_auth=False))


@pytest.fixture
def stack() -> Iterator[dict[str, str]]:
    with mock_aws():
        yield deploy("registry.yaml", {"BucketName": BUCKET})


def statements_of(name: str, template: str, **attributes: str) -> list[Any]:
    stack = Resolved(read_template(template), {"BucketName": BUCKET}, attributes)
    statements: list[Any] = stack.resource(name)["PolicyDocument"]["Statement"]
    return statements


def do_everything(outlet: Outlet, clock: Clock) -> None:
    """All that workers ever ask: first publish, change, rollback by version, renewal, invalidation, collection."""
    save("provider", SANITY)
    save("provider", provider_document("gone"))
    publish_through(outlet)
    for cost in (1, 2, 3):
        save("provider", {**SANITY, "monthly_cost_range": [cost, 100]})
        publish_through(outlet)
    outlet.store.get_version("manifest.json", "an-older-version")
    clock.now += timedelta(days=2)
    refresh_pointer(outlet)
    collect_garbage(outlet, keep=1, keep_for=timedelta(0), apply=True)
    send_invalidations(outlet.cdn, public_url=outlet.public_url)
    send_invalidations(outlet.cdn, public_url=outlet.public_url)


def publish_through(outlet: Outlet) -> None:
    snapshot = request_snapshot(by=None, note="", confirm_mass_change=True, in_background=False)
    run_publish(snapshot.pk, outlet=outlet)


@pytest.mark.slow
@pytest.mark.django_db
def test_workers_may_do_what_they_do_and_do_all_that_they_may(stack: dict[str, str], clock: Clock) -> None:
    asked: Asked = set()
    store, cloudfront = open_store(), client("cloudfront")
    watch(store._client, asked)
    watch(cloudfront, asked)
    outlet = Outlet(store, stack["PublicUrl"], [KEY], CloudFrontCdn(cloudfront, stack["DistributionId"]))
    statements = statements_of("WriterPolicy", "registry.yaml", Distribution=stack["DistributionId"])

    do_everything(outlet, clock)

    assert [each for each in sorted(asked) if not is_allowed(statements, *each)] == []
    assert actions_of(statements) == {action for action, _ in asked}


# What the code never does, each refused: (action, resource).
REFUSED = [
    *[("s3:DeleteObject", f"{ARN}/{path}") for path in ("current.json", "manifest.json", "keys.json", "fallback.json")],
    ("s3:DeleteObject", f"{ARN}/schemas/provider/1.0.0.json"),
    ("s3:DeleteObjectVersion", f"{ARN}/objects/aa/a.json"),
    ("s3:GetObjectVersion", f"{ARN}/current.json"),
    ("s3:PutObject", f"{ARN}/index.html"),
    ("s3:PutObjectAcl", f"{ARN}/current.json"),
    *[(f"s3:{action}", ARN) for action in ("PutBucketPolicy", "GetBucketPolicy", "PutBucketPublicAccessBlock")],
    *[(f"s3:{action}", ARN) for action in ("PutBucketVersioning", "PutLifecycleConfiguration", "ListBucketVersions")],
    ("s3:DeleteBucket", ARN),
    ("s3:ListAllMyBuckets", "*"),
    *[(f"s3:{action}", "arn:aws:s3:::another/current.json") for action in ("GetObject", "PutObject", "DeleteObject")],
    ("s3:PutObject", f"{ARN}-2/current.json"),
    ("s3:ListBucket", "arn:aws:s3:::another"),
    ("cloudfront:CreateInvalidation", f"{DISTRIBUTION}EOTHER"),
    ("cloudfront:UpdateDistribution", f"{DISTRIBUTION}E1"),
    ("dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:123456789012:table/provider-metadata-index"),
    ("iam:PassRole", "*"),
    ("sts:AssumeRole", "*"),
]  # fmt: skip


def test_workers_are_refused_everything_else() -> None:
    statements = statements_of("WriterPolicy", "registry.yaml", Distribution="E1")

    assert [each for each in REFUSED if is_allowed(statements, *each)] == []


def test_web_processes_write_nothing() -> None:
    statements = statements_of("ReaderPolicy", "registry.yaml")

    assert actions_of(statements) == {"s3:GetObject", "s3:ListBucket", "s3:GetObjectVersion"}
    assert is_allowed(statements, "s3:GetObject", f"{ARN}/current.json")
    assert [each for each in REFUSED if is_allowed(statements, *each)] == []


# --- The same, refused by an S3 that knows policies ------------------------------------------------------------
def take_role(arn: str) -> dict[str, str]:
    taken = client("sts").assume_role(RoleArn=arn, RoleSessionName="worker")["Credentials"]
    return {
        "aws_access_key_id": taken["AccessKeyId"],
        "aws_secret_access_key": taken["SecretAccessKey"],
        "aws_session_token": taken["SessionToken"],
    }


TRIED: list[Callable[[Any], object]] = [
    lambda s3: s3.delete_object(Bucket=BUCKET, Key="current.json"),
    lambda s3: s3.delete_object(Bucket=BUCKET, Key="schemas/provider/1.0.0.json"),
    lambda s3: s3.delete_object(Bucket=BUCKET, Key="manifest.json", VersionId="v"),
    lambda s3: s3.delete_object(Bucket=BUCKET, Key="objects/aa/a.json", VersionId="v"),
    lambda s3: s3.put_object(Bucket=BUCKET, Key="index.html", Body=b""),
    lambda s3: s3.put_bucket_policy(Bucket=BUCKET, Policy="{}"),
    lambda s3: s3.get_bucket_policy(Bucket=BUCKET),
    lambda s3: s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"}),
    lambda s3: s3.list_buckets(),
    lambda s3: s3.list_object_versions(Bucket=BUCKET),
    lambda s3: s3.get_object(Bucket="another", Key="current.json"),
    lambda s3: s3.put_object(Bucket="another", Key="current.json", Body=b""),
    lambda s3: s3.list_objects_v2(Bucket="another"),
]


@pytest.mark.slow
@pytest.mark.django_db
def test_worker_with_the_role_publishes_and_every_other_request_is_denied(stack: dict[str, str]) -> None:
    client("s3").create_bucket(Bucket="another")
    store = open_store(**take_role(stack["WriterRoleArn"]))
    save("provider", SANITY)
    answers = []
    with enable_iam_authentication():
        snapshot = publish(store)
        for ask in TRIED:
            with pytest.raises(ClientError) as raised:
                ask(store._client)
            answers.append(raised.value.response["Error"]["Code"])

    assert (snapshot.state, answers) == ("live", ["AccessDenied"] * len(TRIED))


# --- Sites ---------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_deployers_may_do_what_the_target_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with mock_aws():
        outputs = deploy("sites.yaml", {"BucketName": BUCKET})
        asked: Asked = set()
        watch_new_clients(monkeypatch, asked)
        config = {"bucket": outputs["Bucket"], "distributionId": outputs["DistributionId"], "url": outputs["Url"]}
        releases = [deploy_site(tmp_path, text, config) for text in ("one", "two")]
        remove(releases[0], config, tmp_path)
    statements = statements_of("DeployerPolicy", "sites.yaml", Distribution=outputs["DistributionId"])

    assert [each for each in sorted(asked) if not is_allowed(statements, *each)] == []
    assert actions_of(statements) == {action for action, _ in asked}
    refused = [
        ("s3:DeleteObject", f"{ARN}/current.json"),
        ("s3:PutObject", f"{ARN}/other.html"),
        *[each for each in REFUSED if each[1] != f"{ARN}/current.json"],
    ]
    assert [each for each in refused if is_allowed(statements, *each)] == []


def remove(release: Any, config: dict[str, Any], folder: Path) -> None:
    get_target("s3@1").remove(release, config, make_context(folder))
