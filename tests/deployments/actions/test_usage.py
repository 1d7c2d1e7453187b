"""An entry that a service uses stays, and its schema is judged by the services' configs."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from catalog.actions.errors import InUseError
from catalog.actions.lifecycle import change_lifecycle
from catalog.models import Builder
from catalog.usage import StoredConfig, Use, find_users, stored_configs
from deployments.models import Service
from tests.deployments.services import make_service

pytestmark = pytest.mark.django_db
SHOP = Use("service", "shop (production)", "")


def test_services_use_their_provider_and_builder_until_they_are_removed() -> None:
    make_service("shop")
    make_service("blog")

    assert [use.name for use in find_users("providers/source/inline")] == ["blog (production)", "shop (production)"]
    assert len(find_users("builders/static")) == 2
    assert find_users("stacks/cms_tiers/nothing") == []
    Service.objects.filter(name="blog").update(removed_at=timezone.now())
    assert find_users("builders/static") == [SHOP]


def test_configs_are_those_that_a_service_gives_to_the_entry() -> None:
    make_service("shop", build_config={"sourceFolder": "site"})

    assert stored_configs("builders/static") == [StoredConfig(SHOP, {"sourceFolder": "site"})]
    assert stored_configs("providers/source/inline") == [
        StoredConfig(SHOP, {"files": {"index.html": "<h1>Hello</h1>"}})
    ]
    assert stored_configs("stacks/cms_tiers/nothing") == []


def test_entry_that_a_service_uses_is_not_removed(editor: User) -> None:
    make_service("shop")
    builder = Builder.objects.get(slug="static")

    with pytest.raises(InUseError) as refused:
        change_lifecycle(builder, by=editor, state="removed", reason="Old", expected_revision=1)

    assert refused.value.users == ["service shop (production)"]
    builder.refresh_from_db()
    assert builder.lifecycle_state == "active"
