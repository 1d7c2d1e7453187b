"""`Idempotency-Key`: done once, answered as often as it is sent."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.crypto import salted_hmac

from catalog.actions.entries import save_entry
from catalog.api.write.idempotency import SALT
from catalog.models import Approval, IdempotencyKey, Provider
from tests.catalog.api.write.programs import (
    BULK,
    PROVIDERS,
    SANITY_AT,
    SNAPSHOTS,
    approver,
    person_with,
    program_of,
    publisher,
    refusal,
    send,
    write,
    writer,
)
from tests.factories import SANITY, provider_document, save

pytestmark = pytest.mark.django_db
REPLAYED = "Idempotent-Replayed"


def test_second_request_gets_the_answer_of_the_first() -> None:
    client = writer()
    body = write(provider_document())

    first, second = (send(client, "POST", PROVIDERS, body, Idempotency_Key="key-1") for _ in range(2))
    other_order = send(client, "POST", PROVIDERS, dict(reversed(body.items())), Idempotency_Key="key-1")

    assert (first.status_code, second.status_code, other_order.status_code) == (201, 201, 201)
    assert (REPLAYED in first.headers, second.headers[REPLAYED]) == (False, "true")
    assert second.content == first.content
    for name in ("ETag", "Location"):
        assert second.headers[name] == first.headers[name]
    assert Provider.objects.count() == 1


def test_what_was_asked_cannot_be_guessed_from_what_is_kept() -> None:
    """A body may hold secrets. Who knows all but a word of it, and not the key of this installation, learns nothing."""
    body = write(provider_document())
    send(writer(), "POST", PROVIDERS, body, Idempotency_Key="key-1")
    guess = json.dumps(["POST", PROVIDERS, "", body], sort_keys=True)
    kept = IdempotencyKey.objects.get().request_sha256

    assert kept != hashlib.sha256(guess.encode()).hexdigest()
    assert kept == salted_hmac(SALT, guess, algorithm="sha256").hexdigest()
    assert kept != salted_hmac(SALT, guess, secret="another", algorithm="sha256").hexdigest()


def test_every_post_that_acts_is_done_once() -> None:
    save("provider", SANITY, approved=False)
    steps: list[tuple[Client, str, Any, dict[str, str]]] = [
        (approver(), f"{SANITY_AT}/reject", {"number": 1, "comment": "No"}, {"If_Match": '"1"'}),
        (approver(), f"{SANITY_AT}/approve", {"number": 1}, {"If_Match": '"1"'}),
        (publisher(), SNAPSHOTS, {"note": "x"}, {}),
        (writer(), f"{SANITY_AT}/lifecycle", {"state": "disabled", "reason": "x"}, {"If_Match": '"1"'}),
        (writer(), f"{SANITY_AT}/restore", {"number": 1, "change_note": "x"}, {"If_Match": '"2"'}),
        (approver(), f"{SANITY_AT}/withdraw", {}, {"If_Match": '"3"'}),
        (
            writer(),
            BULK,
            {
                "items": [{"kind": "provider", "document": provider_document(), "expected_revision": 0}],
                "change_note": "x",
            },
            {},
        ),
    ]

    for number, (client, address, body, headers) in enumerate(steps):
        first = send(client, "POST", address, body, Idempotency_Key=f"key-{number}", **headers)
        second = send(client, "POST", address, body, Idempotency_Key=f"key-{number}", **headers)
        assert (first.status_code < 300, second.headers.get(REPLAYED)) == (True, "true"), (address, first.content)
        assert (second.status_code, second.content) == (first.status_code, first.content)

    assert Approval.objects.count() == 3


def test_key_of_another_request_is_refused() -> None:
    save("provider", SANITY)
    client = writer()
    send(client, "POST", PROVIDERS, write(provider_document()), Idempotency_Key="key-1")

    others = [
        send(client, "POST", PROVIDERS, write(provider_document("other")), Idempotency_Key="key-1"),
        send(client, "POST", BULK, write(provider_document()), Idempotency_Key="key-1"),
        send(client, "POST", f"{PROVIDERS}?x=1", write(provider_document()), Idempotency_Key="key-1"),
    ]

    assert [refusal(answer) for answer in others] == [(422, [])] * 3
    assert Provider.objects.count() == 2


def test_keys_of_others_are_their_own() -> None:
    first = send(writer(), "POST", PROVIDERS, write(provider_document("a")), Idempotency_Key="key-1")
    other_token = send(writer(), "POST", PROVIDERS, write(provider_document("b")), Idempotency_Key="key-1")
    signed_in = Client()
    signed_in.force_login(person_with("Editor"))
    session = send(signed_in, "POST", PROVIDERS, write(provider_document("c")), Idempotency_Key="key-1")

    assert [first.status_code, other_token.status_code, session.status_code] == [201, 201, 201]


def test_running_request_is_waited_for() -> None:
    client = writer()
    send(client, "POST", PROVIDERS, write(provider_document()), Idempotency_Key="key-1")
    IdempotencyKey.objects.update(status=None)

    waiting = send(client, "POST", PROVIDERS, write(provider_document()), Idempotency_Key="key-1")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    taken_over = send(client, "POST", PROVIDERS, write(provider_document()), Idempotency_Key="key-1")

    assert (refusal(waiting), waiting.headers["Retry-After"]) == ((409, []), "1")
    assert "already" in taken_over.json()["detail"]


def test_refused_request_sets_its_key_free() -> None:
    client = writer()

    wrong = send(client, "POST", PROVIDERS, write({}), Idempotency_Key="key-1")
    unreadable = send(client, "POST", PROVIDERS, "{", Idempotency_Key="key-1")
    right = send(client, "POST", PROVIDERS, write(provider_document()), Idempotency_Key="key-1")

    assert [wrong.status_code, unreadable.status_code, right.status_code] == [422, 400, 201]


def test_error_of_ours_undoes_the_deed_and_sets_the_key_free(monkeypatch: pytest.MonkeyPatch) -> None:
    client = writer()
    client.raise_request_exception = False

    def save_and_fail(*args: Any, **options: Any) -> Any:
        save_entry(*args, **options)
        raise ZeroDivisionError("A secret of ours")

    monkeypatch.setattr("catalog.actions.documents.save_entry", save_and_fail)
    failed = send(client, "POST", PROVIDERS, write(provider_document()), Idempotency_Key="key-1")
    monkeypatch.undo()
    done = send(client, "POST", PROVIDERS, write(provider_document()), Idempotency_Key="key-1")

    assert (failed.status_code, b"secret" in failed.content) == (500, False)
    assert done.status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "ü"])
def test_key_that_is_none_is_refused(key: str) -> None:
    answer = send(writer(), "POST", PROVIDERS, write(provider_document()), Idempotency_Key=key)

    assert refusal(answer) == (400, [])
    assert not Provider.objects.exists()


def test_dry_run_needs_no_key() -> None:
    save("provider", SANITY)
    client = program_of(person_with("Publisher"), "snapshots:publish")

    for _ in range(2):
        answer = send(client, "POST", f"{SNAPSHOTS}?dry_run=true", Idempotency_Key="key-1")
        assert (answer.status_code, REPLAYED in answer.headers) == (200, False)
    assert not IdempotencyKey.objects.exists()
