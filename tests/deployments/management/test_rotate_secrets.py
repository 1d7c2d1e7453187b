"""The command that seals secrets again."""

import base64
import os

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from deployments.actions.secrets import set_secret
from deployments.models import Secret
from tests.deployments.services import make_service

pytestmark = pytest.mark.django_db


def test_secrets_are_sealed_with_the_first_key(capsys: pytest.CaptureFixture[str]) -> None:
    set_secret(make_service(), "token", "value")
    line = f"k2:{base64.b64encode(os.urandom(32)).decode()}\n"
    settings.REGISTRY_SECRETS_KEYRING.write_text(line + settings.REGISTRY_SECRETS_KEYRING.read_text())

    call_command("rotate_secrets")
    call_command("rotate_secrets")

    assert capsys.readouterr().out == "1 secrets sealed again.\nEvery secret is sealed with the first key.\n"
    assert Secret.objects.get().ciphertext.startswith("v1:k2:")


@pytest.mark.parametrize(("keyring", "message"), [("", "holds no key"), ("k1:!\n", "is not base64")])
def test_keyring_that_is_none_is_a_message(keyring: str, message: str) -> None:
    settings.REGISTRY_SECRETS_KEYRING.parent.mkdir(parents=True)
    settings.REGISTRY_SECRETS_KEYRING.write_text(keyring)

    with pytest.raises(CommandError, match=message):
        call_command("rotate_secrets")
