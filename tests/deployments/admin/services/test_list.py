"""The list of services: rows, search, filters, pages, and what it costs."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Builder
from tests.catalog.admin.pages import count_queries, sentences
from tests.deployments.admin.visits import SERVICES, make_deployment, sit, web_service
from tests.deployments.people import deployer, make_person, team
from tests.factories import builder_document, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return sit(make_person("boss", "Administrator"))


def names(client: Client, query: str = "") -> list[str]:
    answer: Any = client.get(f"{SERVICES}?{query}")
    return [row.service.name for row in answer.context["rows"]]


def test_row_says_what_it_is_made_of_and_what_is_live(client: Client) -> None:
    service = web_service("shop", is_pinned=True)
    make_deployment(service, release={"id": "r", "url": "https://shop.example.com/"})
    make_deployment(service, "failed")

    page = " ".join(sentences(client.get(SERVICES)).split())

    for words in (
        "shop</a>", "production", "Web", "→ Folder", "Pinned", "Deployment 1</a>", "Failed",
        'href="https://shop.example.com/"',
    ):  # fmt: skip
        assert words in page


def test_order_is_that_of_names_whatever_their_case_on_every_database(client: Client) -> None:
    for name in ("b", "C", "a-b", "A b", "ab", "B", "_x", "Éclair", "éclair", "Zoo"):
        web_service(name)
    web_service("b", environment="Beta")
    web_service("b", environment="alpha")

    assert names(client) == ["_x", "A b", "a-b", "ab", "B", "b", "b", "b", "C", "Zoo", "Éclair", "éclair"]
    answer: Any = client.get(f"{SERVICES}?q=b")
    same = [row.service.environment for row in answer.context["rows"] if row.service.name == "b"]
    assert same == ["Beta", "alpha", "production"]


def test_address_that_is_none_of_the_web_is_no_link(client: Client) -> None:
    make_deployment(web_service(), release={"id": "r", "url": "javascript:alert(1)"})

    assert b"javascript:alert" not in client.get(SERVICES).content


def test_target_whose_package_is_gone_is_named(client: Client) -> None:
    web_service(target_backend="gone@1")

    assert b"gone@1 (not installed)" in client.get(SERVICES).content


def test_filters_narrow_and_removed_ones_are_left_out(client: Client) -> None:
    never = web_service("never")
    save("builder", builder_document("hugo"))
    failed = web_service("failed", environment="staging", builder=Builder.objects.get(slug="hugo"))
    make_deployment(failed)
    make_deployment(failed, "failed")
    pinned = web_service("pinned", team=None, is_pinned=True)
    make_deployment(pinned)
    web_service("removed", removed_at=timezone.now())

    found = {
        query: names(client, query)
        for query in (
            "", "last=failed", "last=never", "last=succeeded", "pinned=yes", "pinned=no", "environment=staging",
            "team=none", f"team={team('Web').pk}", "provider=inline", "builder=hugo", "removed=yes", "removed=all",
            "q=FAIL", "q=%00", "last=nonsense", "team=x&environment=%27", "last=failed&pinned=yes",
        )
    }  # fmt: skip

    everything = ["failed", "never", "pinned"]
    assert found == {
        "": everything,
        "last=failed": ["failed"],
        "last=never": ["never"],
        "last=succeeded": ["pinned"],
        "pinned=yes": ["pinned"],
        "pinned=no": ["failed", "never"],
        "environment=staging": ["failed"],
        "team=none": ["pinned"],
        f"team={never.team_id}": ["failed", "never"],
        "provider=inline": everything,
        "builder=hugo": ["failed"],
        "removed=yes": ["removed"],
        "removed=all": ["failed", "never", "pinned", "removed"],
        "q=FAIL": ["failed"],
        "q=%00": everything,
        "last=nonsense": everything,
        "team=x&environment=%27": everything,
        "last=failed&pinned=yes": [],
    }


def test_filter_that_is_set_can_be_taken_away(client: Client) -> None:
    web_service("one", is_pinned=True)

    answer: Any = client.get(f"{SERVICES}?pinned=yes&q=one&page=2")

    active = answer.context["active_filters"]
    assert [(each.title, each.shown, each.address) for each in active] == [("Pinned", "Pinned", "?q=one")]


def test_choices_are_of_ones_own_services() -> None:
    web_service("ours")
    web_service("theirs", team=team("Shop"), environment="theirs-only")

    answer: Any = sit(deployer()).get(SERVICES)

    options = {each.name: [label for _, label in each.options] for each in answer.context["filters"]}
    assert (options["team"], options["environment"]) == (["Web", "No team"], ["production"])


def test_pages_hold_fifty(client: Client) -> None:
    for number in range(51):
        web_service(f"s{number:02}")

    assert (len(names(client)), names(client, "page=2"), names(client, "page=nonsense")[0]) == (50, ["s50"], "s00")


def test_empty_list_says_so(client: Client) -> None:
    assert b"There are no services yet." in client.get(SERVICES).content
    web_service()
    assert b"No service fits." in client.get(f"{SERVICES}?q=zzz").content


def test_names_are_text(client: Client) -> None:
    attack = '"><script>alert(1)</script>'
    web_service(attack, environment="production")

    page = client.get(f"{SERVICES}?q=%3Cscript%3E").content.decode()

    assert "<script>alert(1)" not in page
    assert "<bdi>&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;</bdi>" in page


def test_three_cost_as_much_as_one(client: Client) -> None:
    make_deployment(web_service("one"))
    for_one = count_queries(client, SERVICES)
    for name in ("two", "three"):
        service = web_service(name, team=team(name), environment=name)
        make_deployment(service)
        make_deployment(service, "failed")

    assert count_queries(client, SERVICES) == for_one
