"""What configs say of a bucket, the options of a client that follow, and errors of S3 that a person can act on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)

from deployments.configs.credentials import read_credential
from deployments.configs.schemas import Schema, secret
from deployments.contract import BackendError, Context, PermanentError, TransientError

DEFAULT_REGION = "us-east-1"
BUCKET: Schema = {
    "type": "string",
    "title": "Bucket",
    "description": "Name of the bucket.",
    "pattern": "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
    "not": {"pattern": r"\.\."},
}
REGION: Schema = {
    "type": "string",
    "title": "Region",
    "description": "AWS region that the bucket is in.",
    "pattern": "^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$",
    "maxLength": 40,
    "default": DEFAULT_REGION,
}
# For `dependentRequired`: one half of a key is none.
BOTH_KEYS = {"accessKeyId": ["secretAccessKey"], "secretAccessKey": ["accessKeyId"]}

REGION_HINT = "Check the region of the bucket."
HINTS = {
    "AuthorizationHeaderMalformed": REGION_HINT,
    "ExpiredToken": "Give a new access key.",
    "PermanentRedirect": REGION_HINT,
    "RequestTimeTooSkewed": "The clock of the workers is wrong.",
}
# Answers to HEAD have no body that could hold a code.
BARE = {"301": "PermanentRedirect", "403": "AccessDenied", "404": "NoSuchKey", "412": "PreconditionFailed"}
BUSY_STATUSES = frozenset({409, 429})
BUSY_CODES = frozenset(
    {"SlowDown", "RequestTimeout", "Throttling", "ThrottlingException", "TooManyInvalidationsInProgress"}
)


def access_key(purpose: str) -> dict[str, Schema]:
    """The two members that name an access key; `purpose` says whose it is."""
    return {
        "accessKeyId": secret("Access key ID", purpose),
        "secretAccessKey": secret("Secret access key", "The secret that belongs to the access key."),
    }


def client_options(config: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Region and access key of a client of boto3, which without a key takes whatever the worker has."""
    region = {"region_name": config.get("region", DEFAULT_REGION)}
    if "accessKeyId" not in config:
        return region
    return region | {
        "aws_access_key_id": read_credential(config["accessKeyId"], context),
        "aws_secret_access_key": read_credential(config["secretAccessKey"], context),
    }


@contextmanager
def readable_errors(doing: str, *, hints: Mapping[str, str]) -> Iterator[None]:
    """Turn what boto3 raises into PermanentError or TransientError, with the original as its cause.

    `hints` are for codes of S3, and go before those that it has for everyone.
    """
    try:
        yield
    except ClientError as error:
        raise _refused(error, doing, hints={**HINTS, **hints}) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise PermanentError(
            f"Could not {doing}: there are no credentials.", hint="Give an access key, or the workers a role."
        ) from error
    except ParamValidationError as error:
        raise PermanentError(f"Could not {doing}: this is no name in S3.", hint="Check all that is given.") from error
    except BotoCoreError as error:
        raise TransientError(
            f"Could not {doing}: {type(error).__name__}.", hint="Check the region, and the endpoint if one is given."
        ) from error


def _refused(error: ClientError, doing: str, *, hints: Mapping[str, str]) -> BackendError:
    code, status = code_of(error), status_of(error)
    if status >= 500 or status in BUSY_STATUSES or code in BUSY_CODES:
        return TransientError(f"Could not {doing} now: {code}.", retry_after_seconds=10)
    return PermanentError(f"Could not {doing}: {code}.", hint=hints.get(code, "Check all that is given."))


def code_of(error: BaseException | None) -> str:
    """S3's own word for it; empty for other errors."""
    found = error.response.get("Error", {}).get("Code", "unknown") if isinstance(error, ClientError) else ""
    return BARE.get(found, found)


def status_of(error: BaseException | None) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) if isinstance(error, ClientError) else 0
