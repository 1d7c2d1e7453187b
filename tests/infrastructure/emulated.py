"""What moto can deploy of a template, deployed; what it drops is made by its API, or left out.

moto 5.2 says that it makes distributions, their policies, alarms and budgets, and makes nothing; of buckets it forgets
versions and lifecycles. Those are checked as documents (test_registry.py, test_sites.py).
"""

import io
import json
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import boto3

from tests.infrastructure.templates import Resolved, Tree, read_template

REGION = "us-east-1"
NOT_EMULATED = (
    "AWS::Budgets::Budget",
    "AWS::CertificateManager::Certificate",
    "AWS::CloudFront::CachePolicy",
    "AWS::CloudFront::Distribution",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::OriginRequestPolicy",
    "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::CloudWatch::Alarm",
    "AWS::IAM::OIDCProvider",
    # moto would hand messages to a container, and take them for handled if there is none.
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Version",
    "AWS::Logs::MetricFilter",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
)
CODE = {"IndexerCodeBucket": "code-of-the-indexer", "IndexerCodeKey": "indexer.zip"}


def client(service: Any, **options: Any) -> Any:
    return boto3.client(service, region_name=REGION, **options)


def deploy(name: str, parameters: Mapping[str, str], **options: Any) -> dict[str, str]:
    """The outputs of the stack. moto must answer already; `options` lead a client to it."""
    template = read_template(name)
    distribution = make_distribution(parameters["BucketName"], **options)
    body = json.dumps(trim(template, replacements_for(distribution)))
    stacks = client("cloudformation", **options)
    stacks.create_stack(
        StackName="provider-registry",
        TemplateBody=body,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    (stack,) = stacks.describe_stacks(StackName="provider-registry")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    finish_bucket(Resolved(template, parameters), **options)
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def make_distribution(bucket: str, **options: Any) -> Tree:
    config = {
        "CallerReference": bucket,
        "Comment": "",
        "Enabled": True,
        "Origins": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "tree",
                    "DomainName": f"{bucket}.s3.amazonaws.com",
                    "S3OriginConfig": {"OriginAccessIdentity": ""},
                }
            ],
        },
        "DefaultCacheBehavior": {"TargetOriginId": "tree", "ViewerProtocolPolicy": "redirect-to-https"},
    }
    made: Tree = client("cloudfront", **options).create_distribution(DistributionConfig=config)["Distribution"]
    return made


def replacements_for(distribution: Tree) -> dict[str, str]:
    return {
        "Distribution": distribution["Id"],
        "Distribution.DomainName": distribution["DomainName"],
        "GitHubOidcProvider": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
    }


def trim(template: Tree, replacements: Mapping[str, str]) -> Tree:
    """The template without what moto cannot make; references to that are replaced."""
    resources = {name: said for name, said in template["Resources"].items() if said["Type"] not in NOT_EMULATED}
    kept = {key: part for key, part in template.items() if key not in ("Rules", "Metadata")}
    # The only tag waits for a queue's policy.
    resources["Bucket"] = {**resources["Bucket"], "Properties": dict(resources["Bucket"]["Properties"])}
    resources["Bucket"]["Properties"].pop("Tags", None)
    trimmed: Tree = _replace({**kept, "Resources": resources}, replacements)
    return trimmed


def finish_bucket(resolved: Resolved, **options: Any) -> None:
    """What moto's CloudFormation forgets of a bucket, and a publish needs."""
    bucket = resolved.resource("Bucket")
    status = bucket["VersioningConfiguration"]
    client("s3", **options).put_bucket_versioning(Bucket=bucket["BucketName"], VersioningConfiguration=status)


def upload_code(content: Mapping[str, bytes], **options: Any) -> None:
    """A zip of these files, where `CODE` says."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, written in content.items():
            archive.writestr(path, written)
    s3 = client("s3", **options)
    s3.create_bucket(Bucket=CODE["IndexerCodeBucket"])
    s3.put_object(Bucket=CODE["IndexerCodeBucket"], Key=CODE["IndexerCodeKey"], Body=packed.getvalue())


def _replace(node: Any, replacements: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_replace(part, replacements) for part in node]
    if not isinstance(node, dict):
        return node
    named = node.get("Ref") or ".".join(map(str, node.get("Fn::GetAtt", ())))
    if len(node) == 1 and named in replacements:
        return replacements[named]
    if isinstance(text := node.get("Fn::Sub"), str):
        return {"Fn::Sub": re.sub(r"\$\{([^}]+)\}", lambda found: replacements.get(found[1], found[0]), text)}
    return {key: _replace(part, replacements) for key, part in node.items()}
