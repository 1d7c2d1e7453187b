"""Target `s3` against moto's server; it proves our requests, not what AWS does with them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from deployments.contract import PermanentError, Release, StoppedError, TransientError
from deployments.targets import get_target, s3
from tests.aws import SESSION, _one_session, endpoint_url
from tests.deployments.targets.buckets import (
    Config,
    client,
    config,
    deploy,
    folder,
    keys,
    live,
    make_artifact,
    make_context,
    names,
    upload,
)

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

__all__ = ["_one_session", "client", "config", "endpoint_url", "folder"]
pytestmark = pytest.mark.usefixtures("loopback_allowed")


def test_release_goes_live_and_the_one_before_comes_back(client: "S3Client", config: Config, folder: Path) -> None:
    first = deploy(folder, "one", config)
    seen = [live(client, config)]
    second = deploy(folder, "two", config)
    seen.append(live(client, config))
    for _ in range(2):
        get_target("s3@1").activate(first, config, make_context(folder))

    assert [*seen, live(client, config)] == ["one", "two", "one"]
    assert keys(client, config) == ["shop/live/current.json", *sorted(names(first) + names(second))]
    assert first.url == "https://shop.example.com"


def test_files_have_types_and_say_how_long_they_last(client: "S3Client", config: Config, folder: Path) -> None:
    release = deploy(folder, "one", config)

    heads = [
        client.head_object(Bucket=config["bucket"], Key=key) for key in [*names(release), "shop/live/current.json"]
    ]

    assert [(head["ContentType"], head["CacheControl"]) for head in heads] == [
        ("text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        ("text/css; charset=utf-8", "public, max-age=60"),
        ("text/html; charset=utf-8", "public, max-age=60"),
        ("application/json", "public, max-age=0, must-revalidate"),
    ]


def test_upload_again_is_harmless_and_what_is_live_stays(client: "S3Client", config: Config, folder: Path) -> None:
    deploy(folder, "one", config)
    target, deployment, artifact = get_target("s3@1"), uuid4(), make_artifact(folder, "two")

    releases = [target.upload(artifact, config, make_context(folder, deployment)) for _ in range(2)]

    assert releases[0] == releases[1]
    assert live(client, config) == "one"


def test_other_files_under_the_same_deployment_are_refused(client: "S3Client", config: Config, folder: Path) -> None:
    target, deployment = get_target("s3@1"), uuid4()
    release = target.upload(make_artifact(folder, "one"), config, make_context(folder, deployment))

    with pytest.raises(PermanentError, match="is there already, and another file"):
        target.upload(make_artifact(folder, "two"), config, make_context(folder, deployment))

    page = client.get_object(Bucket=config["bucket"], Key=names(release)[-1])["Body"].read()
    assert page == b"one"


def stop_after(times: int) -> Callable[[], None]:
    """A check that lets so many calls pass."""
    seen: list[None] = []

    def check() -> None:
        seen.append(None)
        if len(seen) > times:
            raise StoppedError

    return check


def test_stopped_upload_leaves_live_alone_and_is_finished_later(
    client: "S3Client", config: Config, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(folder, "one", config)
    target, context, artifact = get_target("s3@1"), make_context(folder), make_artifact(folder, "two")
    for number in range(40):
        (artifact.path / f"{number}.txt").write_text("page")
    monkeypatch.setattr(context, "check", stop_after(11))

    with pytest.raises(StoppedError):
        target.upload(artifact, config, context)

    uploaded = [key for key in keys(client, config) if str(context.deployment_id) in key]
    assert (0 < len(uploaded) < 43, live(client, config)) == (True, "one")
    partly = Release(str(context.deployment_id), meta={"files": "43"})
    for use in (target.probe, target.activate):
        with pytest.raises(PermanentError, match="of 43 files of the release"):
            use(partly, config, make_context(folder))
    release = target.upload(artifact, config, make_context(folder, context.deployment_id))
    target.activate(release, config, make_context(folder))
    assert live(client, config) == "two"


def test_live_release_is_not_removed_and_others_are(client: "S3Client", config: Config, folder: Path) -> None:
    first, second = deploy(folder, "one", config), deploy(folder, "two", config)
    target = get_target("s3@1")

    for _ in range(2):
        target.remove(first, config, make_context(folder))
    with pytest.raises(PermanentError, match="It is live"):
        target.remove(second, config, make_context(folder))

    assert keys(client, config) == ["shop/live/current.json", *names(second)]
    with pytest.raises(PermanentError, match="0 of 3 files"):
        target.activate(first, config, make_context(folder))
    assert live(client, config) == "two"


@pytest.mark.parametrize("is_first", [True, False])
def test_lost_race_is_transient_and_the_winner_stays(
    client: "S3Client", config: Config, folder: Path, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    if not is_first:
        deploy(folder, "zero", config)
    loser, target, read = upload(folder, "one", config), get_target("s3@1"), s3._read_pointer

    def read_then_lose(*arguments: Any) -> Any:
        answer = read(*arguments)
        monkeypatch.setattr(s3, "_read_pointer", read)
        deploy(folder, "two", config)
        return answer

    monkeypatch.setattr(s3, "_read_pointer", read_then_lose)
    with pytest.raises(TransientError, match="Somebody else made another release live"):
        target.activate(loser, config, make_context(folder))

    assert live(client, config) == "two"
    target.activate(loser, config, make_context(folder))
    assert live(client, config) == "one"


def test_object_that_is_no_pointer_is_left_alone(client: "S3Client", config: Config, folder: Path) -> None:
    client.put_object(Bucket=config["bucket"], Key="shop/live/current.json", Body=b"by hand")

    with pytest.raises(PermanentError, match="is not a pointer of the registry") as caught:
        deploy(folder, "one", config)

    assert caught.value.hint == "Choose another prefix, or remove it."
    found = client.get_object(Bucket=config["bucket"], Key="shop/live/current.json")["Body"].read()
    assert found == b"by hand"


def test_cloudfront_forgets_the_pointer_once_for_each_flip(config: Config, folder: Path, endpoint_url: str) -> None:
    cloudfront = SESSION.client("cloudfront", endpoint_url=endpoint_url, region_name="us-east-1")
    origin: Any = {"Id": "bucket", "DomainName": "b.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    behaviour: Any = {"TargetOriginId": "bucket", "ViewerProtocolPolicy": "https-only"}
    made = cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": "one", "Comment": "", "Enabled": True, "DefaultCacheBehavior": behaviour,
            "Origins": {"Quantity": 1, "Items": [origin]},
        }
    )["Distribution"]["Id"]  # fmt: skip

    release = deploy(folder, "one", config | {"distributionId": made})

    listed = cloudfront.list_invalidations(DistributionId=made)["InvalidationList"]["Items"]
    batches = [
        cloudfront.get_invalidation(DistributionId=made, Id=each["Id"])["Invalidation"]["InvalidationBatch"]
        for each in listed
    ]
    assert [batch["Paths"]["Items"] for batch in batches] == [["/shop/live/current.json"]]
    assert [batch["CallerReference"].partition(" ")[0] for batch in batches] == [release.id]
    with pytest.raises(PermanentError, match="NoSuchDistribution") as caught:
        get_target("s3@1").activate(release, config | {"distributionId": "E0"}, make_context(folder))
    assert caught.value.hint == "Check the distribution's id."
