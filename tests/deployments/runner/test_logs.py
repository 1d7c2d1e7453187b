"""What a deployment says: nothing is lost while the database is away, nothing stands twice, the end is always there."""

from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError

from deployments.models import Deployment
from deployments.runner import logs
from deployments.runner.claims import LostLeaseError, claim
from deployments.runner.logs import Log
from tests.deployments.services import make_service, queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> tuple[Deployment, UUID]:
    deployment = queue(make_service())
    lease = claim(deployment.pk)
    assert lease is not None
    return deployment, lease


def said(deployment: Deployment) -> list[tuple[int, str]]:
    return list(deployment.lines.values_list("seq", "text"))


def test_lines_wait_while_the_database_is_away(held: tuple[Deployment, UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    deployment, lease = held
    log = Log(deployment.pk, lease, attempt=1)

    def be_away(*arguments: Any) -> bool:
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(logs, "holds", be_away)
        log.add("\n".join(str(number) for number in range(150)), step="build")
        with pytest.raises(OperationalError):
            log.flush()
    log.add("150", step="build")
    log.flush()

    assert said(deployment) == [(number + 1, str(number)) for number in range(151)]


def test_lines_that_were_written_before_a_connection_broke_stand_once(held: tuple[Deployment, UUID]) -> None:
    deployment, lease = held
    log = Log(deployment.pk, lease, attempt=1)
    log.add("one\ntwo", step="build")
    log._write(log._waiting)

    log.flush()

    assert said(deployment) == [(1, "one"), (2, "two")]


def test_end_has_room_in_the_longest_log(held: tuple[Deployment, UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_LINES", 65)
    deployment, lease = held
    for attempt in (1, 2, 3):
        log = Log(deployment.pk, lease, attempt=attempt)
        log.add("\n".join("abcdefgh"), step="build")
        log.add("Failed.", step="end", is_end=True)
        log.flush()

    assert [text for _, text in said(deployment)] == ["a", "b", "c", "d", logs.TRUNCATED, *["Failed."] * 3]


def test_lines_without_the_lease_are_dropped(held: tuple[Deployment, UUID]) -> None:
    deployment, _ = held
    log = Log(deployment.pk, deployment.pk, attempt=1)
    log.add("one", step="build")

    with pytest.raises(LostLeaseError):
        log.flush()
    log.flush()

    assert said(deployment) == []
