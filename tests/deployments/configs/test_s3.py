"""What a config says of a bucket, and errors of S3 for people."""

from pathlib import Path

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)

from deployments.configs.s3 import client_options, code_of, readable_errors, status_of
from deployments.contract import BackendError, PermanentError, TransientError
from tests.deployments.contexts import PlainContext

HINTS = {"NoSuchKey": "Check the key."}


def refusal(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetObject")  # type: ignore[typeddict-item]


def turned(error: Exception) -> BackendError:
    with pytest.raises(BackendError) as caught, readable_errors("read s3://a/b", hints=HINTS):
        raise error
    assert caught.value.__cause__ is error
    return caught.value


@pytest.mark.parametrize(
    ("code", "status", "message", "hint"),
    [
        ("NoSuchKey", 404, "Could not read s3://a/b: NoSuchKey.", "Check the key."),
        ("404", 404, "Could not read s3://a/b: NoSuchKey.", "Check the key."),
        ("301", 301, "Could not read s3://a/b: PermanentRedirect.", "Check the region of the bucket."),
        ("412", 412, "Could not read s3://a/b: PreconditionFailed.", "Check all that is given."),
    ],
)
def test_refusal_is_permanent_with_a_hint(code: str, status: int, message: str, hint: str) -> None:
    error = turned(refusal(code, status))

    assert (type(error), str(error), error.hint) == (PermanentError, message, hint)


@pytest.mark.parametrize(("code", "status"), [("InternalError", 500), ("x", 429), ("x", 409), ("SlowDown", 400)])
def test_busy_server_is_transient(code: str, status: int) -> None:
    error = turned(refusal(code, status))

    assert (type(error), str(error)) == (TransientError, f"Could not read s3://a/b now: {code}.")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NoCredentialsError(), PermanentError),
        (ParamValidationError(report="hush"), PermanentError),
        (EndpointConnectionError(endpoint_url="https://hush.test"), TransientError),
        (BotoCoreError(), TransientError),
    ],
)
def test_other_errors_are_for_people_too(error: Exception, kind: type[BackendError]) -> None:
    found = turned(error)

    assert type(found) is kind
    assert found.hint
    assert "hush" not in str(found)


def test_error_of_something_else_has_no_code() -> None:
    assert (code_of(ValueError()), status_of(None)) == ("", 0)


def test_options_are_region_and_key(tmp_path: Path) -> None:
    context = PlainContext(tmp_path, tmp_path, {"id": "AKIAGIVEN\n", "key": "hush"})
    keys = {"accessKeyId": {"$secret": "id"}, "secretAccessKey": {"$secret": "key"}}

    assert client_options({}, context) == {"region_name": "us-east-1"}
    assert client_options({"region": "eu-central-1", **keys}, context) == {
        "region_name": "eu-central-1",
        "aws_access_key_id": "AKIAGIVEN",
        "aws_secret_access_key": "hush",
    }
