"""registry.yaml as a document: what it promises about the tree, the CDN, contradictions and alarms."""

import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from catalog.publishing.refresh import RENEWALS_PER_LIFE
from catalog.publishing.tree import CACHE_BY_FOLDER, CACHE_BY_PATH, FALLBACK_PATH, MANIFEST_PATH, cache_control_of
from tests.infrastructure.policies import is_allowed
from tests.infrastructure.stacks import INDEX, LEAST, resolved
from tests.infrastructure.templates import FOLDER, Resolved, read_template


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


def test_what_is_missing_is_a_404_that_says_where_to_look_and_is_soon_forgotten() -> None:
    errors = distribution()["CustomErrorResponses"]

    assert [(each["ErrorCode"], each["ResponseCode"], each["ResponsePagePath"]) for each in errors] == [
        (403, 404, f"/{FALLBACK_PATH}"),
        (404, 404, f"/{FALLBACK_PATH}"),
    ]
    assert {each["ErrorCachingMinTTL"] for each in errors} == {seconds(cache_control_of(FALLBACK_PATH), "max-age")}


def test_nothing_of_a_request_but_its_path_reaches_the_bucket() -> None:
    """A query such as ?list-type=2 would list the bucket, which the CDN may so that what is missing is a 404."""
    for path in ("manifest.json", "objects/x"):
        parameters = policy_of(path)["ParametersInCacheKeyAndForwardedToOrigin"]
        assert parameters["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
        assert parameters["HeadersConfig"] == {"HeaderBehavior": "none"}
        assert parameters["CookiesConfig"] == {"CookieBehavior": "none"}
    config = distribution()
    assert config["DefaultRootObject"] == MANIFEST_PATH
    for behavior in [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]:
        assert "OriginRequestPolicyId" not in behavior
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


# --- Who is told ---------------------------------------------------------------------------------------------
def alarms(**parameters: str) -> dict[str, Any]:
    found = resolved(**parameters).resources()
    return {name: said["Properties"] for name, said in found.items() if said["Type"] == "AWS::CloudWatch::Alarm"}


def test_everything_that_goes_wrong_tells_somebody() -> None:
    always = {"PublishFailed", "PointerNearExpiry", "ServerErrors"}

    assert alarms().keys() == always
    assert alarms(**INDEX).keys() == always | {"IndexerErrors", "IndexIsBehind", "DeadLetters"}
    assert all(alarm["AlarmActions"] == ["<Alarms>"] for alarm in alarms(**INDEX).values())


def test_pointer_alarm_is_where_the_registry_itself_warns() -> None:
    """Half of its life; it is renewed after a quarter, so the alarm stays quiet while beat runs."""
    alarm = alarms()["PointerNearExpiry"]

    assert alarm["Threshold"] == settings.REGISTRY_POINTER_VALIDITY.total_seconds() / 2
    assert settings.REGISTRY_POINTER_VALIDITY * (1 - 1 / RENEWALS_PER_LIFE) > settings.REGISTRY_POINTER_VALIDITY / 2
    assert alarm["TreatMissingData"] == "breaching"


def test_budget_tells_the_same_people_unless_it_is_nothing() -> None:
    budget = resolved().resource("Budget")

    assert budget["Budget"]["BudgetLimit"] == {"Amount": "10", "Unit": "USD"}
    assert {each["Subscribers"][0]["Address"] for each in budget["NotificationsWithSubscribers"]} == {"<Alarms>"}
    assert "Budget" not in resolved(MonthlyBudget="0").resources()


# --- The index -----------------------------------------------------------------------------------------------
def test_events_of_the_pointer_and_the_manifest_reach_the_indexer_and_go_somewhere_if_they_fail() -> None:
    stack = resolved(**INDEX)
    asked = stack.resource("Bucket")["NotificationConfiguration"]["QueueConfigurations"]

    pairs = {(each["Event"], each["Filter"]["S3Key"]["Rules"][0]["Value"]) for each in asked}
    assert pairs == {
        (f"s3:Object{event}:*", path) for event in ("Created", "Removed") for path in ("current.json", "manifest.json")
    }
    source, queue = stack.resource("IndexerSource"), stack.resource("IndexQueue")
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert queue["VisibilityTimeout"] >= 6 * stack.resource("Indexer")["Timeout"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == "<IndexDeadLetters.Arn>"


def test_without_the_index_nothing_of_it_is_made() -> None:
    assert "NotificationConfiguration" not in resolved().resource("Bucket")
    assert not [name for name in resolved().resources() if name.startswith(("Index", "Dead", "Search"))]
