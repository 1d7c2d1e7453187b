"""`/tokens`: for people who are signed in, about their own; never for a token; the text in one answer only."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from catalog.actions.tokens import find_token, make_token
from catalog.models import AuditRecord, IdempotencyKey, ReadCount, Token
from tests.catalog.api.access.people import bearer, person, signed_in, token_of

pytestmark = pytest.mark.django_db
TOKENS = "/api/v1/tokens"
NEW = {"name": "Nightly build", "scopes": ["entries:read"], "days": 90}
NO_TOKENS = "A token cannot do this: sign in, or use manage.py api_token."


@pytest.fixture
def editor(db: None) -> User:
    return person("Editor")


def post(client: Client, body: Any, **headers: str) -> Any:
    return client.post(TOKENS, body, content_type="application/json", headers=headers)


def test_token_is_made_shown_once_and_works(editor: User) -> None:
    client = signed_in(editor)

    made = post(client, {**NEW, "provider_types": ["cms"]})

    token = Token.objects.get()
    assert (made.status_code, made.headers["Location"]) == (201, f"{TOKENS}/{token.public_id}")
    assert made.headers["Cache-Control"] == "no-store"
    text = made.json()["token"]
    assert find_token(text) == token
    again = client.get(made.headers["Location"])
    listed = client.get(TOKENS)
    assert again.json() | {"last_used_at": None} == {
        "id": token.public_id,
        "name": "Nightly build",
        "owner": "Editor",
        "scopes": ["entries:read"],
        "provider_types": ["cms"],
        "state": "active",
        "created_at": made.json()["created_at"],
        "expires_at": made.json()["expires_at"],
        "last_used_at": None,
        "revoked_at": None,
    }
    assert listed.json() == [again.json()]
    assert text.encode() not in again.content + listed.content
    assert "no-store" in listed.headers["Cache-Control"]


def test_token_is_revoked_at_once_and_again_is_no_error(editor: User) -> None:
    client, text = signed_in(editor), token_of(editor)
    address = f"{TOKENS}/{Token.objects.get().public_id}"

    answers = [client.delete(address).status_code for _ in range(2)]

    assert answers == [204, 204]
    assert find_token(text) is None
    assert client.get(address).json()["state"] == "revoked"
    assert AuditRecord.objects.filter(detail__contains="revoked").count() == 1


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_token_manages_no_tokens(method: str, client: Client) -> None:
    root = User.objects.create_superuser("root")
    text = token_of(root, "entries:read", "entries:write")
    address = TOKENS if method == "post" else f"{TOKENS}/{Token.objects.get().public_id}"

    answer = getattr(client, method)(address, NEW, content_type="application/json", **bearer(text))

    assert (answer.status_code, answer.json()["detail"]) == (403, NO_TOKENS)
    assert Token.objects.filter(revoked_at=None).count() == 1


def test_stranger_and_who_may_not_read_have_no_tokens(client: Client) -> None:
    nobody = User.objects.create_user("nobody")

    assert (client.get(TOKENS).status_code, post(client, NEW).status_code) == (401, 401)
    assert client.get(TOKENS).headers["WWW-Authenticate"] == 'Bearer realm="registry"'
    assert (signed_in(nobody).get(TOKENS).status_code, post(signed_in(nobody), NEW).status_code) == (403, 403)


def test_page_of_another_site_makes_no_token(editor: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)

    answer = post(client, NEW)

    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")
    assert Token.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "status", "paths"),
    [
        ({}, 400, ["/name", "/scopes", "/days"]),
        ([], 400, [""]),
        ({**NEW, "scopes": ["entries:approve"]}, 422, ["/scopes"]),
        ({**NEW, "scopes": ["root"]}, 400, ["/scopes/0"]),
        ({**NEW, "scopes": [{"a": []}]}, 400, ["/scopes/0"]),
        ({**NEW, "scopes": "entries:read"}, 400, ["/scopes"]),
        ({**NEW, "days": 0}, 400, ["/days"]),
        ({**NEW, "days": True}, 400, ["/days"]),
        ({**NEW, "days": 2**53}, 400, ["/days"]),
        ({**NEW, "days": 1.5}, 400, ["/days"]),
        ({**NEW, "name": " "}, 422, ["/name"]),
        ({**NEW, "name": "x" * 101}, 400, ["/name"]),
        ({**NEW, "provider_types": ["erp"]}, 400, ["/provider_types/0"]),
        ({**NEW, "owner": "root"}, 400, ["/owner"]),
    ],
)
def test_wrong_request_makes_nothing(body: Any, status: int, paths: list[str], editor: User) -> None:
    answer = post(signed_in(editor), body)

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert {error["path"] for error in answer.json()["errors"]} >= set(paths)
    assert Token.objects.count() == 0


def test_days_of_any_whole_number_are_understood(editor: User) -> None:
    assert post(signed_in(editor), {**NEW, "days": 1.0}).status_code == 201


def test_answer_with_the_text_is_never_kept(editor: User) -> None:
    answer = post(signed_in(editor), NEW, **{"Idempotency-Key": "again"})

    assert answer.status_code == 400
    assert Token.objects.count() == IdempotencyKey.objects.count() == 0


def test_token_of_another_is_not_there(editor: User) -> None:
    token_of(person("Viewer"))
    public_id = Token.objects.get().public_id
    client = signed_in(editor)

    answers = [
        client.get(f"{TOKENS}/{public_id}"),
        client.delete(f"{TOKENS}/{public_id}"),
        client.get(f"{TOKENS}/{public_id}/usage"),
        client.get(f"{TOKENS}/nothing"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert {answer.json()["detail"] for answer in answers} == {"You have no token with this id."}
    assert client.get(TOKENS).json() == []
    assert client.get(TOKENS, {"everybody": "true"}).status_code == 403
    assert Token.objects.filter(revoked_at=None).count() == 1


def test_administrator_sees_and_revokes_the_tokens_of_all(editor: User) -> None:
    text = token_of(editor)
    client = signed_in(person("Administrator"))

    (listed,) = client.get(TOKENS, {"everybody": "true"}).json()

    assert (listed["owner"], client.get(TOKENS).json()) == ("Editor", [])
    assert client.delete(f"{TOKENS}/{listed['id']}").status_code == 204
    assert find_token(text) is None


def test_pages_follow_the_link(editor: User, django_assert_num_queries: Any) -> None:
    for number in range(5):
        make_token(by=editor, owner=editor, name=f"Token {number}", scopes=["entries:read"], days=1)
    client, address, names, pages = signed_in(editor), f"{TOKENS}?limit=2", [], 0
    client.get(TOKENS)
    while address:
        # Session, person, permissions by two ways, and the tokens with their owner.
        with django_assert_num_queries(5):
            answer = client.get(address)
        names += [token["name"] for token in answer.json()]
        address = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
        pages += 1

    assert (names, pages) == ([f"Token {number}" for number in (4, 3, 2, 1, 0)], 3)


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "cursor=", "cursor=-1", "cursor=99999999999", "everybody=1", "a=b", "limit=1&limit=2"],
)
def test_wrong_query_is_refused(query: str, editor: User) -> None:
    assert signed_in(editor).get(f"{TOKENS}?{query}").status_code == 400


def test_usage_says_what_a_token_has_read(editor: User) -> None:
    token_of(editor)
    public_id = Token.objects.get().public_id
    today = timezone.now().date()
    for object_name, ago, count in (
        ("providers/cms/sanity", 0, 3), ("providers/cms/sanity", 1, 2), ("builders", 1, 1), ("builders", 40, 9),
    ):  # fmt: skip
        day = today - timedelta(days=ago)
        ReadCount.objects.create(consumer=f"token:{public_id}", object_name=object_name, day=day, count=count)
    ReadCount.objects.create(consumer="token:another", object_name="builders", day=today, count=5)
    client = signed_in(editor)

    usage = client.get(f"{TOKENS}/{public_id}/usage").json()

    yesterday = today - timedelta(days=1)
    assert usage == {
        "token": public_id,
        "since": str(today - timedelta(days=29)),
        "reads": 6,
        "objects": [{"object": "providers/cms/sanity", "reads": 5}, {"object": "builders", "reads": 1}],
        "days": [{"day": str(yesterday), "reads": 3}, {"day": str(today), "reads": 3}],
    }
    assert client.get(f"{TOKENS}/{public_id}/usage?days=41").json()["reads"] == 15
    assert client.get(f"{TOKENS}/{public_id}/usage?days=0").status_code == 400
    assert client.get(f"{TOKENS}/{public_id}/usage?days=367").status_code == 400


@pytest.mark.parametrize("method", ["put", "patch"])
def test_other_methods_are_refused_with_those_there_are(method: str, editor: User) -> None:
    answer = getattr(signed_in(editor), method)(TOKENS)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST, HEAD, OPTIONS")
