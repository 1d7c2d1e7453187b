"""Which paths a CDN must forget, and what CloudFront says to it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from moto import mock_aws
from pytest_django import Settings

from catalog.publishing.cdn import CdnBusyError, CdnError, CloudFrontCdn, NullCdn, invalidation_paths
from catalog.publishing.outlet import open_outlet

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.client import CloudFrontClient

ORIGIN: dict[str, Any] = {
    "Id": "tree",
    "DomainName": "registry.s3.amazonaws.com",
    "S3OriginConfig": {"OriginAccessIdentity": ""},
}
BEHAVIOUR: dict[str, Any] = {"TargetOriginId": "tree", "ViewerProtocolPolicy": "redirect-to-https"}


@pytest.fixture
def client() -> Iterator["CloudFrontClient"]:
    with mock_aws():
        yield boto3.client("cloudfront", region_name="us-east-1")


@pytest.fixture
def distribution_id(client: "CloudFrontClient") -> str:
    config = {
        "CallerReference": "one",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [ORIGIN]},
        "DefaultCacheBehavior": BEHAVIOUR,
    }
    answer = client.create_distribution(DistributionConfig=config)  # type: ignore[arg-type]
    return answer["Distribution"]["Id"]


def copies(count: int, *, folder: str = "providers/cms") -> list[str]:
    return [f"{folder}/{number:03}.json" for number in range(count)]


def test_few_paths_are_exact_sorted_and_once() -> None:
    paths = invalidation_paths(["manifest.json", "current.json", "builders/hugo.json", "current.json"], public_url="")

    assert paths == ["/builders/hugo.json", "/current.json", "/manifest.json"]


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [
        ("https://registry.test", "/current.json"),
        ("https://registry.test/", "/current.json"),
        ("https://registry.test/catalogue/v1", "/catalogue/v1/current.json"),
        ("https://registry.test:8443/catalogue/", "/catalogue/current.json"),
        ("", "/current.json"),
    ],
)
def test_paths_are_those_of_the_public_address(public_url: str, expected: str) -> None:
    assert invalidation_paths(["current.json"], public_url=public_url) == [expected]


def test_twenty_paths_are_exact() -> None:
    assert invalidation_paths(copies(20), public_url="") == [f"/{path}" for path in copies(20)]


def test_more_paths_are_one_wildcard_a_top_folder() -> None:
    changed = ["current.json", "manifest.json", *copies(17), "builders/hugo.json", *copies(1, folder="stacks/tiers")]

    assert invalidation_paths(changed, public_url="https://registry.test/v1") == [
        "/v1/builders/*",
        "/v1/current.json",
        "/v1/manifest.json",
        "/v1/providers/*",
        "/v1/stacks/*",
    ]


def test_everything_changed_is_a_handful_of_paths() -> None:
    changed = ["current.json", "keys.json", "manifest.json", *copies(5000), *copies(5000, folder="stacks/tiers")]

    assert len(invalidation_paths(changed, public_url="")) == 5


def test_cloudfront_is_asked_and_carries_it_out(client: "CloudFrontClient", distribution_id: str) -> None:
    cdn = CloudFrontCdn(client, distribution_id)

    cdn_id = cdn.invalidate(["/current.json", "/providers/*"], reference="00000002-abc")

    kept = client.get_invalidation(DistributionId=distribution_id, Id=cdn_id)["Invalidation"]["InvalidationBatch"]
    assert kept["CallerReference"] == "00000002-abc"
    assert kept["Paths"]["Quantity"] == 2
    # moto says COMPLETED where AWS says Completed.
    assert cdn.is_done(cdn_id) is True


def test_cloudfront_that_does_not_exist_is_a_message(client: "CloudFrontClient") -> None:
    cdn = CloudFrontCdn(client, "E000")

    for ask in (lambda: cdn.invalidate(["/current.json"], reference="1"), lambda: cdn.is_done("I1")):
        with pytest.raises(CdnError, match=r"^The CDN refused: NoSuchDistribution, ") as raised:
            ask()
        assert not isinstance(raised.value, CdnBusyError)


@pytest.mark.parametrize(
    ("code", "status", "is_busy"),
    [
        ("TooManyInvalidationsInProgress", 400, True),
        ("Throttling", 400, True),
        ("ServiceUnavailable", 503, True),
        ("AccessDenied", 403, False),
        ("InvalidArgument", 400, False),
    ],
)
def test_refusal_says_whether_it_is_worth_waiting(
    client: "CloudFrontClient", code: str, status: int, is_busy: bool
) -> None:
    with Stubber(client) as stubber:
        stubber.add_client_error("create_invalidation", code, "Not now", http_status_code=status)

        with pytest.raises(CdnError, match=f"^The CDN refused: {code}, Not now$") as raised:
            CloudFrontCdn(client, "E1").invalidate(["/current.json"], reference="1")

    assert isinstance(raised.value, CdnBusyError) is is_busy


@pytest.mark.parametrize(("status", "is_done"), [("InProgress", False), ("Completed", True), ("COMPLETED", True)])
def test_status_says_whether_it_is_done(client: "CloudFrontClient", status: str, is_done: bool) -> None:
    batch = {"Paths": {"Quantity": 1, "Items": ["/current.json"]}, "CallerReference": "1"}
    answer = {"Id": "I1", "Status": status, "CreateTime": "2030-01-01T00:00:00Z", "InvalidationBatch": batch}
    with Stubber(client) as stubber:
        stubber.add_response("get_invalidation", {"Invalidation": answer})

        assert CloudFrontCdn(client, "E1").is_done("I1") is is_done


def test_unreachable_cloudfront_is_busy() -> None:
    config = Config(retries={"max_attempts": 1}, connect_timeout=1)
    client = boto3.client("cloudfront", endpoint_url="http://127.0.0.1:9", config=config)

    for ask in (
        lambda: CloudFrontCdn(client, "E1").invalidate(["/current.json"], reference="1"),
        lambda: CloudFrontCdn(client, "E1").is_done("I1"),
    ):
        with pytest.raises(CdnBusyError, match=r"^The CDN cannot be reached: "):
            ask()


def test_no_cdn_has_nothing_to_forget() -> None:
    assert (NullCdn().invalidate(["/current.json"], reference="1"), NullCdn().is_done("1")) == ("1", True)


@pytest.mark.parametrize(("distribution", "kind"), [("", NullCdn), ("E123", CloudFrontCdn)])
def test_settings_choose_the_cdn(distribution: str, kind: type, settings: Settings) -> None:
    settings.REGISTRY_CLOUDFRONT_DISTRIBUTION_ID = distribution

    assert type(open_outlet().cdn) is kind
