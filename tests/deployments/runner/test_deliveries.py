"""Old deliveries of webhooks are forgotten, and all the same count once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from deployments.actions.hooks.managing import rotate_hook
from deployments.models import Deployment, HookDelivery, SeenSignature
from deployments.runner import deliveries
from deployments.runner.deliveries import forget_deliveries
from deployments.tasks import collect
from tests.deployments.hooks import github_push, make_sender, outcome
from tests.deployments.services import make_service

pytestmark = pytest.mark.django_db


def age(days: int) -> None:
    HookDelivery.objects.update(at=timezone.now() - timedelta(days=days))


def test_old_deliveries_are_forgotten_and_their_deployments_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "AT_ONCE", 2)
    sender = make_sender(make_service())
    for n in range(5):
        sender.github(github_push(after=f"{n + 1:040x}"), delivery=f"d-{n}")
    age(61)
    sender.github(github_push(after="f" * 40), delivery="young")

    assert (forget_deliveries(), forget_deliveries()) == (5, 0)
    assert list(HookDelivery.objects.values_list("delivery", flat=True)) == ["young"]
    assert Deployment.objects.count() == 6


def test_days_are_a_setting_and_the_hourly_task_keeps_to_it(settings: Any) -> None:
    settings.REGISTRY_HOOK_DELIVERY_DAYS = 31
    make_sender(make_service()).github()
    age(30)
    collect()
    assert HookDelivery.objects.count() == 1
    age(31)
    collect()
    assert HookDelivery.objects.count() == 0


def test_forgotten_push_that_somebody_overheard_deploys_nothing() -> None:
    sender = make_sender(make_service())
    sender.github(delivery="d-1")
    age(90)
    forget_deliveries()

    again = [outcome(sender.github(delivery=name)) for name in ("d-1", "another", "third")]

    words = "This was told before, so long ago that what came of it is forgotten."
    assert again == [(202, "ignored", words), (200, "ignored", words), (200, "ignored", words)]
    assert (Deployment.objects.count(), HookDelivery.objects.count()) == (1, 1)
    age(90)
    assert (forget_deliveries(), SeenSignature.objects.count()) == (1, 1)


@pytest.mark.parametrize("flavour", ["gitlab", "generic"])
def test_nothing_is_kept_where_time_is_signed_or_nothing(flavour: str) -> None:
    sender = make_sender(make_service(), flavour)
    assert outcome(getattr(sender, flavour)()) == (202, "deployed", "")
    age(90)

    assert (forget_deliveries(), SeenSignature.objects.count()) == (1, 0)
    assert outcome(sender.generic(age=3_600))[0] == 401


def test_new_secret_makes_memory_needless() -> None:
    sender = make_sender(make_service())
    sender.github(github_push("one"), delivery="d-1")
    age(90)
    forget_deliveries()
    sender.github(github_push("two"), delivery="d-2")
    age(90)
    assert SeenSignature.objects.count() == 1

    rotate_hook(sender.hook, by=None)

    assert (SeenSignature.objects.count(), forget_deliveries(), SeenSignature.objects.count()) == (0, 1, 0)
    assert sender.github(github_push("one"), delivery="d-3").status_code == 401
