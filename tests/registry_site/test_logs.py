"""Logs: each line once."""

import logging


def test_django_writes_through_the_root_only() -> None:
    assert logging.getLogger("django").handlers == []
    assert logging.getLogger("django").propagate
