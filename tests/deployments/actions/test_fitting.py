"""What fits what in the API: told by the backends that are here, built in or from another package."""

import json

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.actions.starter import load_starter_catalog
from deployments.actions.fitting import find_fitting
from deployments.builds import get_build
from deployments.contract import Kind
from tests.catalog.api.configs.conftest import source
from tests.factories import builder_document, publish, save

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


def ids(address: str) -> list[str]:
    return [item["id"] for item in json.loads(Client().get(f"/api/v1/{address}").content)]


def save_pair(*, builder: str) -> None:
    save("provider", source("git"))
    save("builder", builder_document("hugo", backend=builder))
    publish()


def test_builder_that_accepts_what_a_source_produces_fits_it() -> None:
    save_pair(builder="hugo@1")

    assert ids("providers/git/builders") == ["hugo"]
    assert ids("builders/hugo/providers") == ["git"]


def test_builder_that_accepts_something_else_fits_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(get_build("hugo@1")), "accepts", frozenset({Kind.IMAGE}))
    save_pair(builder="hugo@1")

    assert ids("providers/git/builders") == []
    assert ids("builders/hugo/providers") == []


def test_backend_that_is_not_here_keeps_every_pair_possible() -> None:
    save_pair(builder="zola@1")

    assert find_fitting("builders/hugo") is None
    assert ids("providers/git/builders") == ["hugo"]
    assert ids("builders/hugo/providers") == ["git"]


def test_publish_changes_the_answer_at_once() -> None:
    save_pair(builder="hugo@1")
    assert ids("providers/git/builders") == ["hugo"]

    save("builder", builder_document("static", backend="static@1"))
    publish()

    assert ids("providers/git/builders") == ["hugo", "static"]


def test_answer_costs_one_query_while_nothing_is_published() -> None:
    save_pair(builder="hugo@1")
    find_fitting("builders/hugo")

    with CaptureQueriesContext(connection) as queries:
        assert find_fitting("providers/source/git") == ["builders/hugo"]

    assert len(queries) == 1


def test_every_backend_of_the_starter_catalogue_is_here() -> None:
    load_starter_catalog()
    publish()

    builders, sources = ids("builders"), ids("providers?provider_type=source")
    keys = [*(f"builders/{slug}" for slug in builders), *(f"providers/source/{slug}" for slug in sources)]
    assert (len(builders) > 5, len(sources) > 3) == (True, True)
    assert [key for key in keys if find_fitting(key) is None] == []
    assert ids("providers/git/builders") == builders
