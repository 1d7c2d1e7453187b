"""The same delivery twenty times at once, as impatient senders do: one deployment."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections

from deployments.models import Deployment, HookDelivery
from tests.deployments.hooks import Sender, make_sender
from tests.deployments.services import make_service

SENT = 20


def send(sender: Sender, delivery: str) -> tuple[int, str]:
    """In a thread, with a connection of its own."""
    try:
        answer: Any = sender.github(delivery=delivery)
        return answer.status_code, answer.json().get("deploymentId", "")
    finally:
        connections.close_all()


@pytest.mark.services
@pytest.mark.parametrize("names", [["d-1"] * SENT, [f"d-{n}" for n in range(SENT)]], ids=["one name", "many names"])
def test_twenty_at_once_make_one_deployment(names: list[str], in_process: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("DATABASE_URL names no PostgreSQL: use make test-services")
    sender = make_sender(make_service())

    with ThreadPoolExecutor(SENT) as threads:
        answers = list(threads.map(lambda name: send(sender, name), names))

    assert sorted(status for status, _ in answers) == [200] * (SENT - 1) + [202]
    assert {found for _, found in answers} == {str(Deployment.objects.get().pk)}
    assert HookDelivery.objects.count() == 1
