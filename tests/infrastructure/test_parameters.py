"""Parameters of registry.yaml: what contradicts itself, what a domain brings, who may take the role of the pipeline."""

from typing import Any

import pytest

from tests.infrastructure.policies import is_allowed
from tests.infrastructure.stacks import (
    ALL,
    CERTIFICATE,
    DOMAIN,
    ELSEWHERE,
    GITHUB,
    LEAST,
    OIDC,
    TEMPLATE,
    ZONE,
    resolved,
)
from tests.infrastructure.templates import Resolved


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
    assert resolved().resource("Distribution")["DistributionConfig"]["ViewerCertificate"] == {
        "CloudFrontDefaultCertificate": True
    }
    assert "Aliases" not in resolved().resource("Distribution")["DistributionConfig"]
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
