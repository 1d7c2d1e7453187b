"""The header Authorization: whatever stands in it, the answer is the right person or 401."""

import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.actions.tokens import revoke_token
from catalog.models import Token
from tests.catalog.api.access.people import bearer, person, signed_in, token_of

pytestmark = pytest.mark.django_db
# Needs a scope whatever the settings; answers 403 to a token and 401 to nobody, so it tells the two apart.
TOKENS = "/api/v1/tokens"
UNKNOWN = "This token is unknown, expired or revoked."


def status(client: Client, authorization: str) -> int:
    return client.get(TOKENS, headers={"Authorization": authorization}).status_code


@pytest.fixture
def text(db: None) -> str:
    return token_of(person("Editor"))


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer   {}", " Bearer {} "])
def test_token_is_understood_in_every_form_of_the_header(form: str, text: str, client: Client) -> None:
    assert status(client, form.format(text)) == 403


@pytest.mark.parametrize(
    "given",
    [
        "Bearer", "Bearer ", "Bearer x", "Bearer {0} {0}", "Bearer {0}, Bearer {0}", "Bearer {0}x", "Bearer\t{0}x",
        'Bearer "{0}"', "Bearer reg_%00", "Bearer ' OR 1=1 --", "Bearer \x7f\x80\xff",
        "Bearer \u65e5\u672c", "Bearer " + "x" * 60_000,
        "Bearer {0}\r\nX-Scope: all", "Bearer {0}\n", "Bearer {0}\0",
    ],
)  # fmt: skip
def test_garbage_is_no_token(given: str, text: str, client: Client) -> None:
    answer = client.get(TOKENS, headers={"Authorization": given.format(text)})

    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")
    assert text not in answer.content.decode()
    assert set(answer.headers) & {"X-Scope"} == set()


@pytest.mark.parametrize("given", ["", "Basic dXNlcjpwYXNz", "Bearer{0}", "Token {0}", "{0}", "BearerX {0}"])
def test_other_schemes_are_nobody(given: str, text: str, client: Client) -> None:
    assert status(client, given.format(text)) == 401
    assert client.get("/api/v1/status", headers={"Authorization": given.format(text)}).status_code == 200


def test_wrong_token_is_told_even_where_anybody_may_read(client: Client) -> None:
    answer = client.get("/api/v1/status", **bearer(f"reg_{'0' * 12}_{'A' * 43}"))

    assert (answer.status_code, answer.json()["detail"]) == (401, UNKNOWN)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="registry", error="invalid_token"'


def test_token_is_looked_up_for_each_request(text: str, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    token = Token.objects.get()
    assert client.get("/api/v1/status", **bearer(text)).status_code == 200

    def answers_now() -> tuple[int, int]:
        return client.get("/api/v1/status", **bearer(text)).status_code, status(client, f"Bearer {text}")

    User.objects.update(is_active=False)
    inactive = answers_now()
    User.objects.update(is_active=True)
    again = answers_now()
    with monkeypatch.context() as at_the_second:
        at_the_second.setattr("django.utils.timezone.now", lambda: token.expires_at)
        expired = answers_now()
    with monkeypatch.context() as before:
        before.setattr("django.utils.timezone.now", lambda: token.expires_at - timedelta(microseconds=1))
        before_expiry = answers_now()
    revoke_token(token, by=None)

    assert (inactive, again, expired, before_expiry, answers_now()) == (
        (401, 401), (200, 403), (401, 401), (200, 403), (401, 401),
    )  # fmt: skip


def test_token_comes_before_the_session(text: str) -> None:
    client = signed_in(person("Administrator"))

    assert client.get(TOKENS).status_code == 200
    assert status(client, f"Bearer {text}") == 403
    assert status(client, "Bearer x") == 401


def test_nothing_of_a_token_is_logged(text: str, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for given in (text, f"{text}x"):
            client.get(TOKENS, **bearer(given))
            client.get(f"/api/v1/nothing/{given[:3]}", **bearer(given))

    logged = [record for record in caplog.records if record.name != "django.db.backends"]
    assert [each for each in logged if text[17:] in f"{each.getMessage()} {vars(each)}"] == []
