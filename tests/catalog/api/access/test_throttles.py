"""How often somebody may ask: who is counted with whom, what is told, and what happens when the cache is gone."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from catalog.actions.tokens import make_token
from catalog.api.access import throttles
from catalog.api.access.throttles import Counters, address_bucket
from catalog.api.base import OPEN, PUBLIC, ApiView
from registry_site.env import cache_beside

ask = APIRequestFactory()
NOW = 1_800_000_000


class AnyView(ApiView):
    scopes: ClassVar[dict[str, str]] = {"GET": PUBLIC, "POST": "entries:write", "PUT": OPEN}

    def get(self, request: Request) -> Response:
        return Response([])

    def post(self, request: Request) -> Response:
        return Response({})

    def put(self, request: Request) -> Response:
        return Response({})


def answer(method: str = "get", *, address: str = "192.0.2.1", token: str = "", person: Any = None) -> Any:
    headers: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
    request = getattr(ask, method)("/api/v1/any", REMOTE_ADDR=address, **headers)
    if person:
        force_authenticate(request, user=person)
    return AnyView.as_view()(request).render()


@pytest.fixture(autouse=True)
def _limits(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.REGISTRY_LIMITS = {"address": 3, "token": 5, "person": 5, "writes": 2}
    monkeypatch.setattr(throttles, "COUNTERS", Counters())
    monkeypatch.setattr("catalog.api.access.throttles.time.time", lambda: NOW)
    caches["limits"].clear()
    yield
    caches["limits"].clear()


@pytest.fixture
def writer(editor: User) -> User:
    editor.user_permissions.add(Permission.objects.get(codename="change_provider"))
    return User.objects.get(pk=editor.pk)


def test_anonymous_caller_is_counted_by_address_and_told() -> None:
    answers = [answer() for _ in range(4)]

    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert {each.headers["RateLimit-Policy"] for each in answers} == {'"address";q=3;w=60'}
    told = [each.headers["RateLimit"].partition(";t=") for each in answers]
    assert [left for left, _, _ in told] == [f'"address";r={left}' for left in (2, 1, 0, 0)]
    assert {1 <= int(reset) <= 60 for _, _, reset in told} == {True}
    assert answers[3].headers["Retry-After"] == told[3][2]
    assert answers[3].headers["Content-Type"] == "application/problem+json"
    assert answers[3].data == {
        "type": "https://iana.org/assignments/http-problem-types#quota-exceeded",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "Too many requests: wait as many seconds as Retry-After says.",
        "violated-policies": ["address"],
    }
    assert answer(address="192.0.2.2").status_code == 200


def test_next_window_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = [answer() for _ in range(4)][-1]
    reset = int(refused.headers["Retry-After"])

    monkeypatch.setattr("catalog.api.access.throttles.time.time", lambda: NOW + reset - 1)
    still = answer().status_code
    monkeypatch.setattr("catalog.api.access.throttles.time.time", lambda: NOW + reset)

    assert (still, answer().status_code) == (429, 200)


@pytest.mark.parametrize(
    ("address", "bucket"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("::1", "::/64"),
        ("", "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_address_stands_for_whoever_has_it(address: str, bucket: str) -> None:
    assert address_bucket(Request(ask.get("/", REMOTE_ADDR=address))) == bucket


def test_forwarding_headers_make_nobody_another() -> None:
    headers = [{"X-Forwarded-For": f"198.51.100.{number}"} for number in range(4)]

    codes = [AnyView.as_view()(ask.get("/", headers=each)).status_code for each in headers]

    assert codes == [200, 200, 200, 429]


def test_token_is_counted_by_itself_wherever_it_comes_from(writer: User) -> None:
    tokens = [make_token(by=writer, owner=writer, name="ci", scopes=["entries:write"], days=9)[1] for _ in range(2)]

    answers = [answer(address=f"192.0.2.{number}", token=tokens[0]) for number in range(6)]

    assert [each.status_code for each in answers] == [200] * 5 + [429]
    assert answers[0].headers["RateLimit-Policy"] == '"token";q=5;w=60'
    assert answer(token=tokens[1]).status_code == 200


def test_token_works_where_the_address_is_exhausted(writer: User) -> None:
    token = make_token(by=writer, owner=writer, name="ci", scopes=["entries:write"], days=9)[1]
    for _ in range(4):
        answer()

    assert answer(token=token).status_code == 200


@pytest.mark.django_db
def test_guessing_tokens_is_counted_by_address() -> None:
    guesses = [answer(token=f"reg_{'0' * 12}_{'A' * 43}") for _ in range(4)]

    assert [each.status_code for each in guesses] == [401, 401, 401, 429]
    assert guesses[3].data["violated-policies"] == ["address"]


def test_person_is_counted_by_themselves(writer: User) -> None:
    codes = [answer(address=f"192.0.2.{number}", person=writer).status_code for number in range(6)]

    assert codes == [200] * 5 + [429]


def test_writes_have_a_limit_of_their_own(writer: User) -> None:
    answers = [answer("post", person=writer) for _ in range(3)]

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"person";q=5;w=60, "writes";q=2;w=60'
    assert answers[0].headers["RateLimit"].startswith('"person";r=4;t=')
    assert '"writes";r=1;t=' in answers[0].headers["RateLimit"]
    assert answers[2].data["violated-policies"] == ["writes"]
    assert answer("get", person=writer).status_code == 200


def test_question_that_anybody_may_post_is_no_write() -> None:
    assert [answer("put").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_who_may_not_is_counted_too() -> None:
    assert [answer("post").status_code for _ in range(3)] == [401, 401, 429]


def test_limit_of_zero_is_none(settings: Settings) -> None:
    settings.REGISTRY_LIMITS = dict.fromkeys(("address", "token", "person", "writes"), 0)

    answers = [answer() for _ in range(10)]

    assert {each.status_code for each in answers} == {200}
    assert "RateLimit" not in answers[0].headers


def test_counting_costs_no_query(django_assert_num_queries: Any, writer: User) -> None:
    token = make_token(by=writer, owner=writer, name="ci", scopes=["entries:write"], days=9)[1]
    answer(token=token)
    with django_assert_num_queries(0):
        answer()
    with CaptureQueriesContext(connection) as limited:
        answer(token=token)

    # The token itself, and nothing else.
    assert len(limited.captured_queries) == 1


def test_requests_at_once_are_all_counted() -> None:
    counters = Counters()
    with ThreadPoolExecutor(16) as pool:
        counted = list(pool.map(lambda _: counters.count("a", seconds=60), range(200)))

    assert sorted(counted) == list(range(1, 201))


def test_cache_that_is_gone_limits_nobody_and_is_not_asked_at_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = []

    def fail(*args: Any, **kwargs: Any) -> None:
        asked.append(args)
        raise RedisConnectionError("redis://:s3cret@broker does not answer")

    monkeypatch.setattr(type(caches["limits"]), "incr", fail)

    assert {answer().status_code for _ in range(10)} == {200}
    assert len(asked) == 1
    assert [record.getMessage() for record in caplog.records] == [
        "requests are not limited, the cache does not answer: ConnectionError"
    ]


@pytest.mark.services
def test_processes_count_together_in_redis(settings: Settings) -> None:
    if not settings.CELERY_BROKER_URL.startswith("redis"):
        pytest.skip("CELERY_BROKER_URL names no Redis: use make test-services")
    name = f"test-{uuid.uuid4().hex}"
    settings.CACHES = {**settings.CACHES, "limits": cache_beside(settings.CELERY_BROKER_URL, name=name)}
    counters = [Counters(), Counters()]

    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(lambda number: counters[number % 2].count("a", seconds=60), range(200)))

    assert sorted(counted) == list(range(1, 201))
