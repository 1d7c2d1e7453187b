"""Hooks are made, changed and deleted by who may change the service; their secrets are told once."""

import base64
import os
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from catalog.models import AuditRecord
from deployments.actions.errors import NotAllowedError, RefusedError, RefusedFieldError
from deployments.actions.hooks.managing import (
    MAX_HOOKS,
    change_hook,
    clean_branches,
    delete_hook,
    make_hook,
    rotate_hook,
)
from deployments.actions.secrets import rotate_secrets
from deployments.contract import PermanentError
from deployments.models import Deployment, Hook, HookDelivery, Service
from deployments.runner.secrets import open_secret
from tests.deployments.hooks import make_sender
from tests.deployments.people import deployer, make_person, team
from tests.deployments.services import make_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Service:
    return make_service(team=team("Web"))


def make(service: Service, by: User | None, **values: Any) -> tuple[Hook, str]:
    return make_hook(service, **{"flavour": "github", "branches": ["main"], **values}, by=by)


def noted() -> list[tuple[str, str, str]]:
    return list(AuditRecord.objects.order_by("pk").values_list("verb", "object_name", "detail"))


def test_hook_has_a_token_and_a_secret_of_its_own(service: Service) -> None:
    person = deployer()
    hook, secret = make(service, person)
    other, another = make(service, person)

    assert (len(hook.token) >= 32, len(secret) >= 43) == (True, True)
    assert len({hook.token, secret, other.token, another}) == 4
    assert (open_secret(hook), secret in hook.ciphertext) == (secret, False)
    assert (hook.created_by, hook.is_enabled, hook.branches) == (person, True, ["main"])
    assert noted()[-1] == ("service_changed", "service site (production)", "Hook for GitHub made")


def test_ciphertext_of_another_hook_does_not_open(service: Service) -> None:
    hook, _ = make(service, None)
    other, _ = make(service, None)
    other.ciphertext = hook.ciphertext

    with pytest.raises(PermanentError, match="is damaged"):
        open_secret(other)


def test_new_secret_takes_the_place_of_the_old(service: Service) -> None:
    hook, old = make(service, None)
    new = rotate_hook(hook, by=None)

    kept = Hook.objects.get()
    assert (new != old, open_secret(kept), kept.rotated_at is not None) == (True, new, True)
    assert noted()[-1][0] == "secret_changed"


def test_keyring_is_rotated_for_hooks_too(service: Service, settings: Settings) -> None:
    _, secret = make(service, None)
    keyring = settings.REGISTRY_SECRETS_KEYRING
    keyring.write_text(f"k2:{base64.b64encode(os.urandom(32)).decode()}\n{keyring.read_text()}")

    assert (rotate_secrets(), rotate_secrets()) == (1, 0)
    keyring.write_text(keyring.read_text().splitlines()[0])
    assert open_secret(Hook.objects.get()) == secret


def test_change_is_kept_and_noted_once(service: Service) -> None:
    hook, _ = make(service, None)
    change_hook(hook, is_enabled=False, branches=["dev"], by=None)
    before = len(noted())
    change_hook(hook, is_enabled=False, branches=["dev"], by=None)

    assert Hook.objects.values_list("is_enabled", "branches").get() == (False, ["dev"])
    assert (len(noted()), noted()[-1][2]) == (before, "Hook for GitHub disabled, branches dev")


def test_deleted_hook_leaves_its_deployments(service: Service) -> None:
    sender = make_sender(service)
    sender.github()
    delete_hook(sender.hook, by=None)

    assert (Hook.objects.exists(), HookDelivery.objects.exists(), Deployment.objects.count()) == (False, False, 1)
    assert sender.github().status_code == 401


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ([], []),
        ([" main ", "", "main"], ["main"]),
        (["release/*", "v?.x"], ["release/*", "v?.x"]),
        (["ветка"], ["ветка"]),
    ],
)
def test_branches_are_cleaned(written: list[str], kept: list[str]) -> None:
    assert clean_branches(written) == kept


@pytest.mark.parametrize("branches", [["a b"], ["[a-z]"], ["a\x00"], ["x" * 101], ["a,b"], [str(n) for n in range(21)]])
def test_what_no_branch_is_called_is_refused(branches: list[str]) -> None:
    with pytest.raises(RefusedFieldError) as caught:
        clean_branches(branches)

    assert caught.value.field == "branches"


def test_flavour_that_there_is_not_is_refused(service: Service) -> None:
    with pytest.raises(RefusedFieldError, match="Choose who sends"):
        make(service, None, flavour="svn")

    assert not Hook.objects.exists()


def test_service_has_only_so_many(service: Service) -> None:
    for _ in range(MAX_HOOKS):
        make(service, None)

    with pytest.raises(RefusedError, match="up to 20 hooks"):
        make(service, None)


def test_strangers_and_lookers_may_do_nothing(service: Service) -> None:
    hook, secret = make(service, None)
    for person in (deployer("stranger", of="Shop"), make_person("looker", "Viewer", "Web")):
        with pytest.raises(NotAllowedError):
            make(service, person)
        with pytest.raises(NotAllowedError):
            rotate_hook(hook, by=person)
        with pytest.raises(NotAllowedError):
            change_hook(hook, is_enabled=False, branches=[], by=person)
        with pytest.raises(NotAllowedError):
            delete_hook(hook, by=person)

    kept = Hook.objects.get()
    assert (kept.is_enabled, kept.branches, open_secret(kept)) == (True, ["main"], secret)


def test_removed_service_takes_no_hooks(service: Service) -> None:
    Service.objects.update(removed_at=timezone.now())

    with pytest.raises(RefusedError, match="The service is removed"):
        make(service, None)
