"""What the address of a hook takes and answers; for the documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from catalog.api.openapi import problems

SENT: dict[str, Any] = {
    "type": "object",
    "description": "A push as GitHub or GitLab tells it (`ref`, `after`, `deleted`), or `branch` and `commit`.",
    "properties": {
        "branch": {"type": "string", "maxLength": 250, "description": "Generic: which branch; left out, any."},
        "commit": {"type": "string", "description": "Generic: the commit's id, to be kept with the delivery."},
        "ref": {"type": "string", "description": "GitHub and GitLab: refs/heads/ and the branch."},
    },
}


class ReceivedShape(serializers.Serializer[object]):
    """What came of it."""

    delivery = serializers.CharField(allow_blank=True, help_text="What the sender calls it; empty for no push.")
    outcome = serializers.CharField(help_text="deployed, ignored or pong.")
    reason = serializers.CharField(allow_blank=True, help_text="Why it was ignored.")
    deploymentId = serializers.UUIDField(allow_null=True, help_text="The deployment that it began.")  # noqa: N815


def _header(name: str, words: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=words)


RECEIVE_SHAPE: dict[str, Any] = {
    "operation_id": "receive_push",
    "tags": ["hooks"],
    "summary": "Tell that something was pushed",
    "description": "Signed with the hook's secret over the raw body: by `X-Hub-Signature-256` (GitHub), by "
    "`X-Gitlab-Token` (GitLab), or by `X-Registry-Signature` over the timestamp, a dot and the body. The same delivery "
    "again answers with the same deployment.",
    "auth": [],
    "parameters": [
        _header("X-Registry-Timestamp", "Generic: seconds since 1970, at most 300 away."),
        _header("X-Registry-Signature", "Generic: sha256= and the HMAC-SHA256 in hexadecimal."),
        _header("X-Registry-Delivery", "Generic: a name for this delivery, the same when it is sent again."),
        _header("X-GitHub-Event", "GitHub: push or ping; others are ignored."),
        _header("X-GitHub-Delivery", "GitHub: its name for the delivery."),
        _header("X-Hub-Signature-256", "GitHub: sha256= and the HMAC-SHA256 in hexadecimal."),
        _header("X-Gitlab-Event", "GitLab: Push Hook; others are ignored."),
        _header("Idempotency-Key", "GitLab: its name for the delivery; older ones send X-Gitlab-Event-UUID."),
        _header("X-Gitlab-Token", "GitLab: the secret."),
    ],
    "request": {"application/json": SENT},
    "responses": {
        202: OpenApiResponse(
            ReceivedShape,
            description="It is taken: a deployment is queued, or `reason` says why not.",
            examples=[
                OpenApiExample(
                    "Deployed",
                    value={
                        "delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
                        "outcome": "deployed",
                        "reason": "",
                        "deploymentId": "0b9c1f6e-8f0e-4f0a-9d55-5a5a2f5d8d11",
                    },
                )
            ],
        ),
        200: OpenApiResponse(ReceivedShape, description="It was told before, or it is GitHub's ping."),
        **problems(400, 401, 404, 410, 413, 415, 429, 503),
    },
}
