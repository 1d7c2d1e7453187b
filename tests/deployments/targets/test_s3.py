"""Target `s3` against moto's server; it proves our requests, not what AWS does with them."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import boto3
import pytest
from moto.core import set_initial_no_auth_action_count
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from catalog.schemas.configs import judge_config
from deployments.contract import Artifact, Kind, PermanentError, Release, StoppedError, TransientError
from deployments.targets import get_target, s3
from registry_site.env import StoreAddress
from tests.deployments.contexts import PlainContext
from tests.deployments.sources.servers import run_server

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

SESSION = boto3.Session()
KEYS = {"accessKeyId": {"$secret": "key-id"}, "secretAccessKey": {"$secret": "key"}}
Config = dict[str, Any]


@pytest.fixture(autouse=True)
def _one_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session of its own would read the description of S3 anew, longer than a test takes."""
    monkeypatch.setattr(boto3.session, "Session", lambda: SESSION)


@pytest.fixture(scope="module")
def endpoint_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


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


def test_missing_bucket_is_a_message(config: Config, folder: Path) -> None:
    with pytest.raises(PermanentError, match=r"Could not write s3://nobodys/shop/live/.*: NoSuchBucket") as caught:
        upload(folder, "one", config | {"bucket": "nobodys"})

    assert caught.value.hint == "Create the bucket, or correct its name and region."


def test_wrong_credentials_are_a_message_that_does_not_tell_them(config: Config, folder: Path) -> None:
    @set_initial_no_auth_action_count(0)
    def refuse() -> None:
        with pytest.raises(PermanentError, match="InvalidAccessKeyId") as caught:
            upload(folder, "one", config)
        assert caught.value.hint == "Check the access key, or the role of the workers where none is given."
        assert "hush" not in str(caught.value)

    refuse()


def test_server_in_trouble_is_transient(config: Config, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = Release(str(uuid4()), meta={"files": "3"})
    with run_server() as server:
        server.otherwise = lambda request: request.send(status=503)
        with pytest.raises(TransientError, match=r"Could not list .* now"):
            get_target("s3@1").probe(release, config | {"endpointUrl": server.url}, make_context(folder))
    with pytest.raises(TransientError, match="EndpointConnectionError"):
        upload(folder, "one", config | {"endpointUrl": server.url})


def test_silent_server_does_not_keep_a_stop_waiting(config: Config, folder: Path) -> None:
    context = make_context(folder)
    context._ends_at -= context.seconds - 0.5
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(StoppedError):
            get_target("s3@1").upload(make_artifact(folder, "one"), config | {"endpointUrl": endpoint}, context)


def test_file_cannot_be_read_once_the_upload_is_over(folder: Path) -> None:
    is_over = threading.Event()
    (folder / "large.bin").write_bytes(b"abc")
    with s3._StoppableFile(folder / "large.bin", is_over) as file:
        assert file.read(1) == b"a"
        is_over.set()
        with pytest.raises(StoppedError):
            file.read(1)
        with pytest.raises(StoppedError):
            file.readinto(bytearray(1))


@pytest.mark.parametrize("endpoint", ["http://169.254.169.254", "https://10.0.0.1", "http://1.1.1.1"])
def test_endpoint_in_a_private_network_or_without_tls_is_refused(config: Config, folder: Path, endpoint: str) -> None:
    with pytest.raises(PermanentError, match=r"not at a public address|not sent to without TLS"):
        upload(folder, "one", config | {"endpointUrl": endpoint})


def test_bucket_of_the_registry_is_refused_to_its_own_role(folder: Path, settings: Any) -> None:
    settings.REGISTRY_STORE = StoreAddress(bucket="registry")
    target = get_target("s3@1")

    problems = [target.check_config(config) for config in ({"bucket": "registry"}, {"bucket": "registry", **KEYS})]

    assert [[(each.path, each.code) for each in found] for found in problems] == [[("/bucket", "own")], []]
    with pytest.raises(PermanentError, match="the registry's own"):
        upload(folder, "one", {"bucket": "registry"})


@pytest.mark.parametrize(
    ("config", "is_valid"),
    [
        ({"bucket": "bakery"}, True),
        ({"bucket": "bakery", "prefix": "a/b", "endpointUrl": "https://s3.example.com:9000", **KEYS}, True),
        ({"bucket": "bakery", "endpointUrl": "https://s3.example.com"}, False),
        ({"bucket": "bakery", "accessKeyId": {"$secret": "key-id"}}, False),
        ({"bucket": "bakery", "accessKeyId": "AKIAGIVEN", "secretAccessKey": "hush"}, False),
        ({"bucket": "bakery", "prefix": "/a"}, False),
        ({"bucket": "bakery", "prefix": "a/../b"}, False),
        ({"bucket": "a..b"}, False),
        ({"bucket": "bakery", "region": "x.evil.test"}, False),
        ({}, False),
    ],
)
def test_schema_judges_configs(config: Config, is_valid: bool) -> None:
    assert judge_config(get_target("s3@1").info.schema, config).is_valid == is_valid
