"""The log on a page and as a file: which part is shown, and that hostile lines stay lines."""

from html import unescape
from typing import Any

import pytest
from django.test import Client

from deployments.runner.logs import TRUNCATED
from tests.deployments.admin.visits import make_deployment, page_of, say, sit, web_service
from tests.deployments.people import deployer

pytestmark = pytest.mark.django_db
HOSTILE = {
    "</bdi></div><script>alert(1)</script>": "</bdi></div><script>alert(1)</script>",
    "\x1b[31mred\x1b[0m and \x1b]0;title\x07gone": "red and gone",
    "\u202egnp.exe\u202c": "⟨202E⟩gnp.exe⟨202C⟩",
    "bell\x07 and\x01 tab\there": "bell⟨0007⟩ and⟨0001⟩ tab\there",
    "שלום (error)": "שלום (error)",
    "x" * 4_000: "x" * 4_000,
    "{{ 7|add:7 }} {% now %}": "{{ 7|add:7 }} {% now %}",
}


@pytest.fixture
def client() -> Client:
    return sit(deployer())


def log(client: Client, address: str) -> Any:
    return client.get(address).context["log"]


def test_last_thousand_lines_are_shown_with_a_way_to_earlier_ones(client: Client) -> None:
    deployment = make_deployment(web_service(), "building")
    say(deployment, *(f"line {number}" for number in range(1, 2501)))

    answer: Any = client.get(page_of(deployment))
    found, page = answer.context["log"], answer.content.decode()

    assert (found.first, found.last, found.total, found.is_tail, found.later) == (1501, 2500, 2500, True, 0)
    assert 'id="L1501"' in page
    assert 'id="L1500"' not in page
    earlier = log(client, f"{page_of(deployment)}?line={found.earlier}")
    assert (earlier.first, earlier.last, earlier.is_tail) == (501, 1500, False)
    first = log(client, f"{page_of(deployment)}?line={earlier.earlier}")
    assert (first.first, first.earlier) == (1, 0)
    assert log(client, f"{page_of(deployment)}?line={first.later}").first <= first.last + 1


def test_line_that_is_asked_for_is_shown_and_marked(client: Client) -> None:
    deployment = make_deployment(web_service())
    say(deployment, *(["word"] * 1200))

    answer: Any = client.get(f"{page_of(deployment)}?line=12")

    assert [line.seq for line in answer.context["log"].lines if line.is_wanted] == [12]
    assert answer.context["log"].is_tail is False


@pytest.mark.parametrize("asked", ["0", "99999", "-1", "abc", "1e3", "9" * 30, "%00"])
def test_line_that_is_not_there_shows_the_end(client: Client, asked: str) -> None:
    deployment = make_deployment(web_service())
    say(deployment, "one", "two")

    found = log(client, f"{page_of(deployment)}?line={asked}")

    assert (found.first, found.last, found.wanted) == (1, 2, 0)


def test_another_attempt_or_step_begins_with_a_heading(client: Client) -> None:
    deployment = make_deployment(web_service())
    say(deployment, "a", "b", step="fetch")
    say(deployment, "c", step="build")
    say(deployment, "d", step="build", attempt=2)
    say(deployment, "e", step="a later one", attempt=2)

    assert [line.heading for line in log(client, page_of(deployment)).lines] == [
        "Attempt 1: Fetch the source", "", "Attempt 1: Build", "Attempt 2: Build", "Attempt 2: a later one",
    ]  # fmt: skip


@pytest.mark.parametrize(("said", "shown"), HOSTILE.items())
def test_hostile_line_is_a_line(client: Client, said: str, shown: str) -> None:
    deployment = make_deployment(web_service())
    say(deployment, said)

    page = client.get(page_of(deployment)).content.decode()
    file = client.get(page_of(deployment, "log.txt").rstrip("/")).content.decode()

    line = page.partition('<div class="rg-log-line')[2].partition("</div>")[0]
    assert unescape(line.partition("<bdi>")[2].partition("</bdi>")[0]) == shown
    assert "<script>alert" not in page
    assert file.endswith(f"Z 1 build {shown}\n")


@pytest.mark.parametrize("said", [TRUNCATED, "[truncated: the rest of the output is left out]"])
def test_what_says_that_lines_are_left_out_stands_out(client: Client, said: str) -> None:
    deployment = make_deployment(web_service())
    say(deployment, "one", said)

    assert [line.is_cut for line in log(client, page_of(deployment)).lines] == [False, True]


def test_file_has_every_line_and_a_name(client: Client) -> None:
    deployment = make_deployment(web_service("Old & new"))
    say(deployment, *(f"line {number}" for number in range(1, 1202)))

    answer = client.get(page_of(deployment, "log.txt").rstrip("/"))

    lines = answer.content.decode().splitlines()
    assert (len(lines), lines[-1].split()[0], lines[-1].split()[2:]) == (1201, "1201", ["1", "build", "line", "1201"])
    assert answer.headers["Content-Disposition"] == 'attachment; filename="old-new-production-1.log"'
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(("state", "words"), [("queued", "Nothing was said yet."), ("superseded", "It said nothing.")])
def test_log_without_lines_says_so(client: Client, state: str, words: str) -> None:
    page = client.get(page_of(make_deployment(web_service(), state))).content.decode()

    assert words in page


def test_page_without_scripts_has_a_link_to_look_again(client: Client) -> None:
    service = web_service()
    running, ended = make_deployment(service, "building"), make_deployment(service, "failed")

    assert "Look again now" in client.get(page_of(running)).content.decode()
    assert "Look again now" not in client.get(page_of(ended)).content.decode()
