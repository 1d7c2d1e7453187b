"""Which scopes the tokens of each role can have."""

import pytest
from django.contrib.auth.models import Group, User

from catalog.actions.roles import create_roles
from catalog.actions.tokens import may_have_tokens, scopes_for
from catalog.models.clients import SCOPES
from tests.catalog.actions.test_tokens import person

pytestmark = pytest.mark.django_db


def test_roles_have_the_scopes_that_their_tokens_can_have() -> None:
    create_roles()
    by_role = {group.name: scopes_for(person(group.name, group.name)) for group in Group.objects.all()}

    assert by_role == {
        "Viewer": ["entries:read"],
        "Editor": ["entries:read", "entries:write"],
        "Approver": ["entries:read", "entries:approve"],
        "Publisher": ["entries:read", "snapshots:publish"],
        "Schema admin": ["entries:read", "entries:write", "schemas:write"],
        "Deployer": ["entries:read", "services:read", "services:write", "deployments:read", "deployments:trigger"],
        "Administrator": list(SCOPES),
    }
    assert not may_have_tokens(User.objects.create_user("nobody"))
