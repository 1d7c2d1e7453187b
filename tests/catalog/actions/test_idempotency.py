"""Keys of requests: taken once, answered again, freed after a refusal, taken over from the dead."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from catalog import tasks
from catalog.actions.idempotency import (
    ABANDONED_AFTER,
    Answer,
    Claim,
    KeyReusedError,
    StillRunningError,
    claim_key,
    keep_answer,
    release_key,
)
from catalog.models import IdempotencyKey
from tests.catalog.actions.test_concurrent_saves import run_together

ANSWER = Answer(201, {"ETag": '"1"'}, '{"a":1}')


def claim(key: str = "a-key", request_sha256: str = "0" * 64, caller: str = "person:1") -> Claim | Answer:
    return claim_key(caller=caller, key=key, request_sha256=request_sha256)


def claimed(key: str = "a-key") -> Claim:
    found = claim(key)
    assert isinstance(found, Claim)
    return found


def age(by: timedelta) -> None:
    IdempotencyKey.objects.update(created_at=timezone.now() - by)


@pytest.mark.django_db
def test_answer_is_given_again_to_the_same_request() -> None:
    keep_answer(claimed(), ANSWER)

    assert claim() == ANSWER
    with pytest.raises(KeyReusedError):
        claim(request_sha256="1" * 64)
    assert isinstance(claim(caller="person:2"), Claim)


@pytest.mark.django_db
def test_key_is_taken_while_the_first_request_runs() -> None:
    claimed()

    with pytest.raises(StillRunningError):
        claim()


@pytest.mark.django_db
def test_released_key_can_be_taken_again() -> None:
    first = claimed()

    release_key(first)

    assert claimed() != first
    release_key(first)
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.django_db
def test_answer_that_is_kept_is_not_released() -> None:
    mine = claimed()
    keep_answer(mine, ANSWER)

    release_key(mine)

    assert claim() == ANSWER


@pytest.mark.django_db
def test_key_of_a_dead_process_is_taken_over_and_the_late_one_refused() -> None:
    dead = claimed()
    age(ABANDONED_AFTER + timedelta(seconds=1))
    dead = Claim(dead.pk, IdempotencyKey.objects.get().created_at)

    second = claimed()

    assert second.pk == dead.pk
    with pytest.raises(StillRunningError), transaction.atomic():
        keep_answer(dead, ANSWER)
    release_key(dead)
    keep_answer(second, ANSWER)
    assert claim() == ANSWER


@pytest.mark.django_db
def test_answers_are_forgotten_after_a_day() -> None:
    keep_answer(claimed("old"), ANSWER)
    age(timedelta(hours=24, seconds=1))
    keep_answer(claimed("new"), ANSWER)

    tasks.forget_answers()

    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["new"]


@pytest.mark.services
@pytest.mark.usefixtures("flushable")
@pytest.mark.skipif(connection.vendor != "postgresql", reason="Needs PostgreSQL: SQLite lets one writer in at a time")
def test_of_requests_with_one_key_one_runs() -> None:
    claims: list[Callable[[], object]] = [claim] * 6

    results = run_together(claims)

    assert sorted(type(result).__name__ for result in results) == ["Claim", *["StillRunningError"] * 5]
    assert IdempotencyKey.objects.count() == 1
