"""registry.yaml as a document: what it promises about the tree, the CDN, contradictions and alarms."""

import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from catalog.publishing.tree import CACHE_BY_FOLDER, CACHE_BY_PATH, FALLBACK_PATH, MANIFEST_PATH, cache_control_of
from tests.infrastructure.policies import is_allowed
from tests.infrastructure.templates import FOLDER, Resolved, read_template

TEMPLATE = read_template("registry.yaml")
LEAST = {"BucketName": "example-registry"}
DOMAIN = {"DomainName": "registry.example.com"}
ZONE = {"HostedZoneId": "Z0123456789ABC"}
CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-1111-2222-333344445555"}
ELSEWHERE = {"CertificateArn": CERTIFICATE["CertificateArn"].replace("us-east-1", "eu-west-1")}
INDEX = {"WithIndex": "true", "IndexerCodeBucket": "code", "IndexerCodeKey": "indexer-1.zip"}
GITHUB = {"GitHubRepository": "example/registry"}
OIDC = {"GitHubOidcProviderArn": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}
ALL = {**LEAST, **DOMAIN, **ZONE, **INDEX, **GITHUB}


def resolved(**parameters: str) -> Resolved:
    return Resolved(TEMPLATE, {**LEAST, **parameters})


def distribution(**parameters: str) -> Any:
    return resolved(**parameters).resource("Distribution")["DistributionConfig"]


@pytest.mark.slow
def test_templates_have_nothing_that_cfn_lint_finds() -> None:
    paths = sorted(str(path) for path in FOLDER.glob("*.yaml"))

    program = Path(sys.executable).with_name("cfn-lint")
    run = subprocess.run([program, *paths], capture_output=True, text=True, check=False)

    assert (run.stdout, run.returncode) == ("", 0)
    assert len(paths) == 2


@pytest.mark.parametrize("name", ["registry.yaml", "sites.yaml"])
def test_template_is_small_enough_to_be_sent_as_it_is(name: str) -> None:
    """Beyond 51,200 bytes it would have to be put into a bucket first, and there is none yet."""
    text = (FOLDER / name).read_text(encoding="utf-8")

    assert len(text.encode()) < 51_200
    assert max(map(len, re.findall(r"ZipFile: .*?\n((?: {10,}.*\n|\n)+)", text))) < 4096


# --- The table of Cache-Control ------------------------------------------------------------------------------
def seconds(cache_control: str, *names: str) -> int:
    said = dict(re.findall(r"([a-z-]+)=(\d+)", cache_control))
    return int(next(said[name] for name in names if name in said))


def policy_of(path: str) -> Any:
    """The cache policy of the first behavior whose pattern fits, as CloudFront chooses."""
    config = distribution()
    fitting = [each for each in config["CacheBehaviors"] if fnmatchcase(path, each["PathPattern"])]
    chosen = (fitting or [config["DefaultCacheBehavior"]])[0]
    return resolved().resource(chosen["CachePolicyId"].strip("<>"))["CachePolicyConfig"]


PATHS = [*CACHE_BY_PATH, *(f"{folder}/a/b.json" for folder in CACHE_BY_FOLDER)]


def test_cdn_keeps_every_file_for_as_long_as_its_cache_control_says() -> None:
    """CloudFront takes s-maxage before max-age, and moves it between the policy's bounds."""
    wanted = {path: seconds(cache_control_of(path), "s-maxage", "max-age") for path in PATHS}

    kept = {path: min(max(wanted[path], policy_of(path)["MinTTL"]), policy_of(path)["MaxTTL"]) for path in PATHS}

    assert kept == wanted
    assert {folder for folder in CACHE_BY_FOLDER if policy_of(f"{folder}/x")["Name"].endswith("-immutable")} == {
        folder for folder, said in CACHE_BY_FOLDER.items() if "immutable" in said
    }


def test_no_mutable_file_can_be_kept_longer_than_the_longest_asks_for() -> None:
    asked = [seconds(said, "s-maxage", "max-age") for said in CACHE_BY_PATH.values()]

    assert {policy_of(path)["MaxTTL"] for path in CACHE_BY_PATH} == {max(asked)}


def test_headers_of_answers_leave_cache_control_and_etag_to_the_origin() -> None:
    headers = resolved().resource("Headers")["ResponseHeadersPolicyConfig"]

    assert [each["Header"] for each in headers["CustomHeadersConfig"]["Items"]] == ["Cross-Origin-Resource-Policy"]
    assert "RemoveHeadersConfig" not in headers


def test_pages_of_any_site_may_read_and_do_nothing_else() -> None:
    cors = resolved().resource("Headers")["ResponseHeadersPolicyConfig"]["CorsConfig"]

    assert cors["AccessControlAllowOrigins"] == {"Items": ["*"]}
    assert cors["AccessControlAllowMethods"] == {"Items": ["GET", "HEAD", "OPTIONS"]}
    assert cors["AccessControlAllowCredentials"] is False
    assert cors["AccessControlExposeHeaders"] == {"Items": ["ETag"]}


def test_preflights_are_answered_by_the_bucket() -> None:
    """A page that sends If-None-Match asks first. CloudFront passes OPTIONS on; S3 refuses it where it has no rule."""
    (rule,) = resolved().resource("Bucket")["CorsConfiguration"]["CorsRules"]
    cors = resolved().resource("Headers")["ResponseHeadersPolicyConfig"]["CorsConfig"]
    behaviors = [distribution()["DefaultCacheBehavior"], *distribution()["CacheBehaviors"]]

    assert (rule["AllowedOrigins"], rule["AllowedHeaders"]) == (["*"], ["*"])
    # S3 takes no OPTIONS here; of what it does not know, all of the configuration is refused.
    assert rule["AllowedMethods"] == ["GET", "HEAD"]
    assert rule["ExposedHeaders"] == cors["AccessControlExposeHeaders"]["Items"]
    assert rule["MaxAge"] == cors["AccessControlMaxAgeSec"]
    assert {behavior["OriginRequestPolicyId"] for behavior in behaviors} == {"<Preflights>"}
    assert all("OPTIONS" not in behavior["CachedMethods"] for behavior in behaviors)


def test_what_is_missing_is_a_404_that_says_where_to_look_and_is_soon_forgotten() -> None:
    errors = distribution()["CustomErrorResponses"]

    assert [(each["ErrorCode"], each["ResponseCode"], each["ResponsePagePath"]) for each in errors] == [
        (403, 404, f"/{FALLBACK_PATH}"),
        (404, 404, f"/{FALLBACK_PATH}"),
    ]
    assert {each["ErrorCachingMinTTL"] for each in errors} == {seconds(cache_control_of(FALLBACK_PATH), "max-age")}


def test_nothing_of_a_request_but_its_path_and_what_a_preflight_asks_reaches_the_bucket() -> None:
    """A query such as ?list-type=2 would list the bucket, which the CDN may so that what is missing is a 404."""
    for path in ("manifest.json", "objects/x"):
        parameters = policy_of(path)["ParametersInCacheKeyAndForwardedToOrigin"]
        assert parameters["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
        assert parameters["HeadersConfig"] == {"HeaderBehavior": "none"}
        assert parameters["CookiesConfig"] == {"CookieBehavior": "none"}
    preflights = resolved().resource("Preflights")["OriginRequestPolicyConfig"]
    assert preflights["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    assert preflights["CookiesConfig"] == {"CookieBehavior": "none"}
    asked = ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"]
    assert preflights["HeadersConfig"] == {"HeaderBehavior": "whitelist", "Headers": asked}
    config = distribution()
    assert config["DefaultRootObject"] == MANIFEST_PATH
    for behavior in [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]:
        assert behavior["OriginRequestPolicyId"] == "<Preflights>"
        assert behavior["AllowedMethods"] == ["GET", "HEAD", "OPTIONS"]
        assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"


# --- The bucket ----------------------------------------------------------------------------------------------
def test_bucket_is_private_versioned_and_outlives_its_stack() -> None:
    said = resolved().resources()["Bucket"]
    bucket = said["Properties"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert (said["DeletionPolicy"], said["UpdateReplacePolicy"]) == ("Retain", "Retain")
    # The publisher compares ETags, which are digests of the content only without KMS.
    encryption = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption == [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]


@pytest.mark.parametrize("name", ["registry.yaml", "sites.yaml"])
def test_no_rule_ends_the_life_of_what_is_current(name: str) -> None:
    """Whatever its age: only collect_garbage knows what nothing reaches."""
    rules = Resolved(read_template(name), LEAST).resource("Bucket")["LifecycleConfiguration"]["Rules"]

    effects = {effect for rule in rules for effect in rule.keys() - {"Id", "Status"}}
    assert effects == {"NoncurrentVersionExpiration", "ExpiredObjectDeleteMarker", "AbortIncompleteMultipartUpload"}


def test_only_the_distribution_reads_and_only_over_tls() -> None:
    statements = resolved().resource("BucketPolicy")["PolicyDocument"]["Statement"]
    own = "arn:aws:cloudfront::123456789012:distribution/<Distribution>"
    file, bucket = "arn:aws:s3:::example-registry/current.json", "arn:aws:s3:::example-registry"

    def may(action: str, resource: str, source: str, tls: str = "true") -> bool:
        context = {"aws:sourcearn": source, "aws:securetransport": tls}
        return is_allowed(statements, action, resource, context)

    assert may("s3:GetObject", file, own)
    assert may("s3:ListBucket", bucket, own)
    assert not may("s3:GetObject", file, own, tls="false")
    assert not may("s3:GetObject", file, own.replace("<Distribution>", "EOTHER"))
    assert not any(may(f"s3:{action}", file, own) for action in ("PutObject", "DeleteObject", "GetObjectVersion"))
    assert {str(each["Principal"]) for each in statements if each["Effect"] == "Allow"} == {
        "{'Service': 'cloudfront.amazonaws.com'}"
    }


# --- Parameters ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("parameters", "refused"),
    [
        ({}, []),
        (ALL, []),
        ({**DOMAIN, **CERTIFICATE}, []),
        ({**DOMAIN, **ZONE, **CERTIFICATE}, []),
        ({**GITHUB, **OIDC}, []),
        (DOMAIN, ["DomainName needs a CertificateArn, or a HostedZoneId in which a certificate can be proven."]),
        (CERTIFICATE, ["CertificateArn and HostedZoneId are for a DomainName, and none is given."]),
        (ZONE, ["CertificateArn and HostedZoneId are for a DomainName, and none is given."]),
        (OIDC, ["GitHubOidcProviderArn is for a GitHubRepository, and none is given."]),
        (
            {"WithIndex": "true", "IndexerCodeBucket": "code"},
            ["WithIndex needs the indexer's zip, in IndexerCodeBucket under IndexerCodeKey."],
        ),
        ({"BucketName": "Has.Dots"}, ["BucketName"]),
        ({"DomainName": "https://registry.example.com", **ZONE}, ["DomainName"]),
        ({"GitHubRepository": "example/*"}, ["GitHubRepository"]),
        ({**GITHUB, "GitHubBranch": "*"}, ["GitHubBranch"]),
        ({**DOMAIN, **ELSEWHERE}, ["CertificateArn"]),
        ({"WithIndex": "yes"}, ["WithIndex"]),
    ],
)  # fmt: skip
def test_contradictory_parameters_are_refused_before_anything_is_made(
    parameters: dict[str, str], refused: list[str]
) -> None:
    assert resolved(**parameters).refusals() == refused


def test_another_region_is_refused() -> None:
    elsewhere = Resolved(TEMPLATE, LEAST, Region="eu-central-1")

    assert elsewhere.refusals() == ["Create it in us-east-1. CloudFront's certificates and numbers are nowhere else."]


def test_without_a_domain_there_is_no_certificate_and_with_one_all_of_it() -> None:
    assert distribution()["ViewerCertificate"] == {"CloudFrontDefaultCertificate": True}
    assert "Aliases" not in distribution()
    with_zone = resolved(**DOMAIN, **ZONE)
    config = with_zone.resource("Distribution")["DistributionConfig"]
    assert (config["Aliases"], config["ViewerCertificate"]["AcmCertificateArn"]) == (
        ["registry.example.com"],
        "<Certificate>",
    )
    assert [each["Type"] for each in with_zone.resource("Addresses")["RecordSets"]] == ["A", "AAAA"]
    own = resolved(**DOMAIN, **CERTIFICATE)
    chosen = own.resource("Distribution")["DistributionConfig"]["ViewerCertificate"]["AcmCertificateArn"]
    assert chosen == CERTIFICATE["CertificateArn"]
    assert not {"Certificate", "Addresses"} & own.resources().keys()


# --- The pipeline --------------------------------------------------------------------------------------------
