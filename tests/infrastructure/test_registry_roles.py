"""registry.yaml as a document: who may take which role, and who is told of what."""

import re
from typing import Any

from django.conf import settings

from catalog.publishing.refresh import RENEWALS_PER_LIFE
from tests.infrastructure.policies import actions_of, is_allowed
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


def trusts(subject: str, audience: str = "sts.amazonaws.com") -> bool:
    (statement,) = resolved(**GITHUB).resource("PipelineRole")["AssumeRolePolicyDocument"]["Statement"]
    claims = {
        "token.actions.githubusercontent.com:sub": subject,
        "token.actions.githubusercontent.com:aud": audience,
    }
    return is_allowed([statement], "sts:AssumeRoleWithWebIdentity", "*", claims)


def test_one_branch_of_one_repository_may_take_the_role_of_the_pipeline() -> None:
    assert trusts("repo:example/registry:ref:refs/heads/main")
    strangers = [
        "repo:example/registry:ref:refs/heads/main2",
        "repo:example/registry:pull_request",
        "repo:example/registry:ref:refs/tags/main",
        "repo:example/registry-fork:ref:refs/heads/main",
        "repo:other/registry:ref:refs/heads/main",
    ]
    assert [subject for subject in strangers if trusts(subject)] == []
    assert not trusts("repo:example/registry:ref:refs/heads/main", audience="https://github.com/example")


def test_pipeline_reads_its_token_and_invalidates_and_reaches_no_bucket() -> None:
    (policy,) = resolved(**GITHUB).resource("PipelineRole")["Policies"]

    actions = {action for each in policy["PolicyDocument"]["Statement"] for action in _listed(each["Action"])}

    assert actions == {"ssm:GetParameter", "cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"}
    assert "*" not in str([each["Resource"] for each in policy["PolicyDocument"]["Statement"]])


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


# --- Who is told ---------------------------------------------------------------------------------------------
def alarms(**parameters: str) -> dict[str, Any]:
    found = resolved(**parameters).resources()
    return {name: said["Properties"] for name, said in found.items() if said["Type"] == "AWS::CloudWatch::Alarm"}


def test_everything_that_goes_wrong_tells_somebody() -> None:
    always = {"PublishFailed", "PointerNearExpiry", "ServerErrors"}

    assert alarms().keys() == always
    assert alarms(**INDEX).keys() == always | {"IndexerErrors", "IndexIsBehind", "DeadLetters"}
    assert all(alarm["AlarmActions"] == ["<Alarms>"] for alarm in alarms(**INDEX).values())


def test_operations_page_says_what_to_look_at_for_all_that_tells_somebody() -> None:
    page = (FOLDER.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| alarm \|.*?\n\n", page, re.MULTILINE | re.DOTALL)[0].splitlines()[2:]
    listed = [name for row in rows if row for name in re.findall(r"\b[A-Z]\w+", row.split("|")[1].partition("(")[0])]
    told = [name for name, said in resolved(**INDEX).resources().items() if "<Alarms>" in str(said["Properties"])]

    assert sorted(listed) == sorted(set(told) - {"AlarmsMay"})


def test_workers_can_deliver_the_log_that_the_alarm_looks_in() -> None:
    """AWS gives the ARN of a group with `:*`: of all its streams."""
    group = "arn:aws:logs:us-east-1:123456789012:log-group:/provider-registry/worker"
    stack = Resolved(TEMPLATE, LEAST, {"WorkerLog.Arn": f"{group}:*"})
    policy = stack.resource("WorkerLogPolicy")
    statements = policy["PolicyDocument"]["Statement"]

    assert (policy["Roles"], stack.resource("FailedPublishes")["LogGroupName"]) == (["<WriterRole>"], "<WorkerLog>")
    asked = ("logs:CreateLogStream", "logs:PutLogEvents")
    assert [action for action in asked if not is_allowed(statements, action, f"{group}:log-stream:w1")] == []
    assert actions_of(statements) == set(asked)
    assert not is_allowed(statements, "logs:PutLogEvents", f"{group}2:log-stream:w1")


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
