"""What the target `s3` is told, and the clients that its config names."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from django.conf import settings

from deployments.configs.s3 import BOTH_KEYS, BUCKET, REGION, access_key, client_options
from deployments.configs.schemas import config_of
from deployments.contract import Context, PermanentError
from deployments.network.boto import NO_PROXIES, connect_judged
from deployments.network.urls import bracketed, read_origin
from deployments.targets.rules import rules_for
from deployments.targets.s3_bucket import Bucket
from deployments.targets.schemas import ADDRESS

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.client import CloudFrontClient

PARALLEL = 4
AMAZON = "amazonaws.com"
PATIENCE = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=PARALLEL,
    # Files have a checksum already; other servers than Amazon's may know no other one.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
URL_PATTERN = r"^https?://[A-Za-z0-9\[][A-Za-z0-9.:\]-]*(/[A-Za-z0-9._~/-]*)?$"


SCHEMA = config_of(
    {
        "bucket": BUCKET,
        "prefix": {
            "type": "string",
            "title": "Prefix",
            "description": "Folder in the bucket that is this site's alone.",
            "pattern": r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$",
            "maxLength": 200,
        },
        "region": REGION,
        "endpointUrl": {
            "type": "string",
            "title": "Endpoint",
            "description": "Address of a server that speaks S3, if it is not Amazon's.",
            "pattern": URL_PATTERN,
            "maxLength": 300,
        },
        "url": ADDRESS,
        **access_key("Access key of a user that may write there; else the workers' role."),
        "distributionId": {
            "type": "string",
            "title": "CloudFront distribution",
            "description": "Forgets the pointer after each flip; its origin is the root of the bucket.",
            "pattern": "^[A-Z0-9]{1,40}$",
        },
    },
    required=["bucket"],
    # What the workers' role signs goes to Amazon only.
    dependentRequired={**BOTH_KEYS, "endpointUrl": ["accessKeyId"]},
)


def root_of(config: Mapping[str, Any]) -> str:
    """What every key begins with: empty, or ending in a slash."""
    return f"{config['prefix']}/" if config.get("prefix") else ""


def server_of(config: Mapping[str, Any]) -> str:
    """Whose buckets they are: of all of Amazon's servers the same."""
    if "endpointUrl" not in config:
        return AMAZON
    origin = read_origin(config["endpointUrl"])
    return AMAZON if origin.host.endswith(f".{AMAZON}") else f"{bracketed(origin.host)}:{origin.port}"


def is_own_bucket(config: Mapping[str, Any]) -> bool:
    """Whether a site would be written by the workers' role to the bucket that the registry itself publishes to."""
    return "accessKeyId" not in config and config["bucket"] == settings.REGISTRY_STORE.bucket


def open_bucket(config: Mapping[str, Any], context: Context) -> Bucket:
    """Raises PermanentError for a bucket or an endpoint that may not be written to."""
    if is_own_bucket(config):
        raise PermanentError("This bucket is the registry's own.", hint="Choose another, or give an access key.")
    # The very host that is judged, and no `bucket.host`, which servers other than Amazon's seldom have.
    patience = PATIENCE.merge(Config(s3={"addressing_style": "path"})) if "endpointUrl" in config else PATIENCE
    return Bucket(_open_client("s3", config, context, patience), config["bucket"])


def open_cloudfront(config: Mapping[str, Any], context: Context) -> "CloudFrontClient":
    """Raises PermanentError for an endpoint that may not be sent to."""
    client: CloudFrontClient = _open_client("cloudfront", config, context, PATIENCE)
    return client


def _open_client(service: Any, config: Mapping[str, Any], context: Context, patience: Config) -> Any:
    session, options = boto3.session.Session(), client_options(config, context)
    if "endpointUrl" not in config:
        return session.client(service, config=patience, **options)
    origin = read_origin(config["endpointUrl"])
    find_addresses = rules_for(origin.host).find_addresses
    # Now, for an error that says why: it is judged again at each connection.
    find_addresses(origin)
    patience = patience.merge(Config(proxies=NO_PROXIES))
    client = session.client(service, endpoint_url=config["endpointUrl"], config=patience, **options)
    connect_judged(client, find_addresses)
    return client
