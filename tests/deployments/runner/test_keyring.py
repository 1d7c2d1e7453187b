"""A worker without the keyring says whose turn it is."""

import pytest
from django.conf import settings

from deployments.actions.secrets import set_secret
from tests.deployments.fakes import Script
from tests.deployments.runs import make_fake_service, run


@pytest.mark.usefixtures("in_process")
def test_deployment_without_its_keyring_ends_with_a_hint(script: type[Script]) -> None:
    service = make_fake_service()
    set_secret(service, "a", "very-secret")
    script.acts["fetch"] = lambda context: context.secret({"$secret": "a"})
    keyring = settings.REGISTRY_SECRETS_KEYRING
    keyring.write_text("k1:AAAA\n")

    deployment = run(service)

    assert (deployment.error_kind, deployment.error_message) == (
        "permanent", f"{keyring}: the key 'k1' does not have 32 bytes.",
    )  # fmt: skip
    assert "REGISTRY_SECRETS_KEYRING" in deployment.error_hint
