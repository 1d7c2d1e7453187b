"""Fixtures of the Git layout."""

import pytest
from django.contrib.auth.models import User


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss")
