"""Hooks of tests, and deliveries as GitHub, GitLab and other programs send them: signed over the raw body."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

from django.test import Client

from deployments.actions.hooks.managing import make_hook
from deployments.models import Hook, Service

SHA = "9f3c1d5a7b2e4f60811223344556677889900aab"
ZERO = "0" * 40


@dataclass(frozen=True, slots=True)
class Sender:
    """Whoever knows the address and the secret of a hook."""

    hook: Hook
    secret: str

    @property
    def address(self) -> str:
        return f"/api/v1/hooks/{self.hook.token}"

    def github(self, body: bytes = b"", *, delivery: str = "d-1", event: str = "push", **changes: str) -> Any:
        body = body or github_push()
        headers = {
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": delivery,
            "X-Hub-Signature-256": f"sha256={hmac_of(self.secret, body)}",
        }
        return self.send(body, headers, changes)

    def gitlab(self, body: bytes = b"", *, delivery: str = "d-1", event: str = "Push Hook", **changes: str) -> Any:
        headers = {"X-Gitlab-Event": event, "X-Gitlab-Event-UUID": delivery, "X-Gitlab-Token": self.secret}
        return self.send(body or gitlab_push(), headers, changes)

    def generic(self, body: bytes = b"{}", *, delivery: str = "d-1", age: int = 0, **changes: str) -> Any:
        timestamp = str(int(time.time()) - age)
        headers = {
            "X-Registry-Timestamp": timestamp,
            "X-Registry-Delivery": delivery,
            "X-Registry-Signature": f"sha256={hmac_of(self.secret, timestamp.encode() + b'.' + body)}",
        }
        return self.send(body, headers, changes)

    def send(self, body: bytes, headers: dict[str, str], changes: dict[str, str]) -> Any:
        """`changes` are headers with underscores; an empty one is left out."""
        named = headers | {name.replace("_", "-"): value for name, value in changes.items()}
        content_type = named.pop("Content-Type", "application/json")
        client = Client(enforce_csrf_checks=True)
        kept = {name: value for name, value in named.items() if value}
        return client.generic("POST", self.address, body, content_type=content_type, headers=kept)


def make_sender(service: Service, flavour: str = "github", *branches: str) -> Sender:
    return Sender(*make_hook(service, flavour=flavour, branches=branches, by=None))


def hmac_of(secret: str, content: bytes) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def github_push(branch: str = "main", **changes: Any) -> bytes:
    """With spaces and an escape that no library writes again as they are here."""
    push = {"ref": f"refs/heads/{branch}", "before": ZERO, "after": SHA, "deleted": False, "pusher": {"name": "zoë"}}
    return json.dumps({**push, **changes}, indent=1).encode() + b"\n"


def gitlab_push(branch: str = "main", **changes: Any) -> bytes:
    push = {"object_kind": "push", "ref": f"refs/heads/{branch}", "after": SHA, "checkout_sha": SHA}
    return json.dumps({**push, **changes}).encode()


def outcome(answer: Any) -> tuple[int, str, str]:
    """(status, outcome, reason)."""
    told = answer.json()
    return answer.status_code, told.get("outcome", ""), told.get("reason", "")
