"""Who sends to a hook is known by the signature over the bytes as they came, and by nothing else."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from catalog.models import AuditRecord
from deployments.actions.hooks.managing import rotate_hook
from deployments.models import Deployment, Flavour, Hook, HookDelivery
from tests.deployments.hooks import Sender, github_push, hmac_of, make_sender
from tests.deployments.services import make_service

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


@pytest.fixture
def github() -> Sender:
    return make_sender(make_service())


def refused(answer: Any) -> bool:
    """In the same words whatever it was, and nothing came of it."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, PROBLEM)
    said = "There is no such hook, or this was not signed with its secret just now."
    assert answer.json() == {"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": said}
    return not HookDelivery.objects.exists() and not Deployment.objects.exists()


@pytest.mark.parametrize("flavour", Flavour.values)
def test_what_is_signed_is_deployed(flavour: str) -> None:
    sender = make_sender(make_service(), flavour)

    answer = getattr(sender, flavour)()

    told = answer.json()
    assert (answer.status_code, told["outcome"], told["delivery"]) == (202, "deployed", "d-1")
    assert told["deploymentId"] == str(Deployment.objects.get().pk)


def test_body_that_was_read_and_written_again_is_refused(github: Sender) -> None:
    body = github_push()
    again = json.dumps(json.loads(body)).encode()
    signature = f"sha256={hmac_of(github.secret, body)}"

    assert again != body
    assert refused(github.github(again, X_Hub_Signature_256=signature))


@pytest.mark.parametrize(
    "signature",
    ["", "sha256=", "sha256=" + "0" * 64, "sha1=" + "0" * 40, "ä", "sha256=" + "0" * 100_00],
)
def test_wrong_signature_is_refused_and_counted(signature: str, github: Sender) -> None:
    assert refused(github.github(X_Hub_Signature_256=signature))

    hook = Hook.objects.get()
    assert (hook.refusals, hook.last_refused_at is not None, hook.last_used_at) == (1, True, None)


def test_wrong_signature_takes_no_delivery_from_the_right_one(github: Sender) -> None:
    github.github(delivery="d-1", X_Hub_Signature_256="sha256=0")

    assert github.github(delivery="d-1").json()["outcome"] == "deployed"


def test_nothing_is_parsed_before_the_signature_is_known(github: Sender) -> None:
    assert refused(github.github(b"{", X_Hub_Signature_256="sha256=0"))
    assert refused(github.github(b"{}", X_Hub_Signature_256="sha256=0", Content_Type="text/plain"))


def test_secret_of_another_hook_is_refused(github: Sender) -> None:
    other = make_sender(make_service("other"))

    assert refused(Sender(github.hook, other.secret).github())


@pytest.mark.parametrize("flavour", Flavour.values)
@pytest.mark.parametrize("sent", Flavour.values)
def test_flavour_of_another_is_refused(flavour: str, sent: str) -> None:
    if flavour != sent:
        assert refused(getattr(make_sender(make_service(), flavour), sent)())


def test_unknown_hook_and_disabled_hook_say_the_same(github: Sender) -> None:
    Hook.objects.update(is_enabled=False)
    assert refused(github.github())
    github.hook.token = "x" * 32
    assert refused(github.github())

    assert Hook.objects.get().refusals == 0


def test_old_secret_is_refused_after_a_new_one(github: Sender) -> None:
    renewed = rotate(github)

    assert refused(github.github())
    assert renewed.github().json()["outcome"] == "deployed"


def rotate(sender: Sender) -> Sender:
    return Sender(sender.hook, rotate_hook(sender.hook, by=None))


@pytest.mark.parametrize("age", [301, -301, 10**9])
def test_old_and_future_timestamps_are_refused(age: int) -> None:
    assert refused(make_sender(make_service(), "generic").generic(age=age))


@pytest.mark.parametrize("age", [0, 290, -290])
def test_timestamps_of_now_are_taken(age: int) -> None:
    assert make_sender(make_service(), "generic").generic(age=age).status_code == 202


@pytest.mark.parametrize("timestamp", ["", "soon", "1e9", "-5", "٣", "9" * 400])
def test_timestamp_that_is_none_is_refused_though_it_is_signed(timestamp: str) -> None:
    sender = make_sender(make_service(), "generic")
    signature = f"sha256={hmac_of(sender.secret, timestamp.encode() + b'.{}')}"

    assert refused(sender.generic(X_Registry_Timestamp=timestamp, X_Registry_Signature=signature))


def test_timestamp_is_signed_too() -> None:
    sender, now = make_sender(make_service(), "generic"), str(int(time.time()))
    old = f"sha256={hmac_of(sender.secret, b'1000.{}')}"

    assert refused(sender.generic(X_Registry_Timestamp=now, X_Registry_Signature=old))


@pytest.mark.parametrize("flavour", ["github", "generic"])
def test_what_was_overheard_is_not_told_again_under_another_name(flavour: str) -> None:
    sender = make_sender(make_service(), flavour)
    send: Callable[..., Any] = getattr(sender, flavour)
    fixed: dict[str, str] = {}
    if flavour == "generic":
        now = str(int(time.time()))
        fixed = {"X_Registry_Timestamp": now,
                 "X_Registry_Signature": f"sha256={hmac_of(sender.secret, now.encode() + b'.{}')}"}  # fmt: skip
    first = send(delivery="d-1", **fixed)
    again = send(delivery="d-2", **fixed)

    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json()
    assert Deployment.objects.count() == 1


def test_whoever_only_guesses_is_limited_and_the_sender_is_not(github: Sender, settings: Settings) -> None:
    settings.REGISTRY_LIMITS = {**settings.REGISTRY_LIMITS, "signatures": 2}
    caches["limits"].clear()

    statuses = [github.github(X_Hub_Signature_256="sha256=0").status_code for _ in range(4)]

    assert statuses == [401, 401, 429, 429]
    assert Hook.objects.get().refusals == 2
    assert github.github().status_code == 202


def test_session_and_token_of_a_person_count_for_nothing(github: Sender, admin_client: Client) -> None:
    answer = admin_client.post(github.address, {}, content_type="application/json")

    assert refused(answer)
    assert refused(github.github(X_Hub_Signature_256="sha256=0", Authorization="Bearer reg_no_token"))
    assert "Set-Cookie" not in answer.headers


def test_secret_that_cannot_be_opened_lets_nobody_in(github: Sender, settings: Settings) -> None:
    settings.REGISTRY_SECRETS_KEYRING.unlink()

    answer = github.github()

    assert (answer.status_code, Deployment.objects.exists()) == (503, False)
    assert "keyring" not in answer.content.decode()


def test_secret_is_nowhere(github: Sender) -> None:
    answer = github.github()

    kept = f"{Hook.objects.values().get()} {list(HookDelivery.objects.values())} {list(AuditRecord.objects.values())}"
    assert github.secret not in kept
    assert github.secret not in answer.content.decode()
