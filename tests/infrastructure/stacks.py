"""registry.yaml with parameters that belong together, for tests that read it as a document."""

from tests.infrastructure.templates import Resolved, read_template

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
