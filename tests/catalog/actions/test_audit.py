"""Sign-ins and refusals leave their mark, whatever strangers send."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.actions.audit import MAX_REFUSALS, note_refusal
from catalog.models import AuditRecord
from catalog.models.audit import Verb

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"
PASSWORD = "a long password"
SPOOFED = {"HTTP_X_REQUEST_ID": "a\r\nb", "HTTP_X_FORWARDED_FOR": "10.6.6.6", "REMOTE_ADDR": "192.0.2.7"}


@pytest.fixture
def anna(db: None) -> User:
    return User.objects.create_user("anna", password=PASSWORD, is_staff=True)


def records(*columns: str) -> list[Any]:
    return list(AuditRecord.objects.order_by("pk").values_list(*columns))


def sign_in(client: Client, name: str, password: str = PASSWORD, **headers: Any) -> Any:
    return client.post(LOGIN, {"username": name, "password": password}, **headers)


def test_sign_in_and_out_are_kept_with_the_address(anna: User, client: Client) -> None:
    sign_in(client, "anna", REMOTE_ADDR="192.0.2.7")
    client.post("/admin/logout/", REMOTE_ADDR="192.0.2.8")

    assert records("verb", "by__username", "object_name", "address") == [
        ("signed_in", "anna", "anna", "192.0.2.7"),
        ("signed_out", "anna", "anna", "192.0.2.8"),
    ]


def test_failed_sign_in_keeps_the_name_and_never_the_password(anna: User, client: Client) -> None:
    sign_in(client, "anna", "not the password")
    sign_in(client, "nobody-at-all", "secret")

    assert records("verb", "by", "object_name", "detail") == [
        ("sign_in_failed", None, "anna", ""),
        ("sign_in_failed", None, "nobody-at-all", ""),
    ]


def test_sign_in_of_a_deactivated_person_is_a_failure(anna: User, client: Client) -> None:
    User.objects.update(is_active=False)

    sign_in(client, "anna")

    assert records("verb") == [("sign_in_failed",)]


def test_signing_out_without_being_signed_in_is_no_deed(client: Client) -> None:
    client.post("/admin/logout/")

    assert records("verb") == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("x" * 500_000, ["x" * 160]),
        ("<script>alert(1)</script>", ["<script>alert(1)</script>"]),
        ("two\nlines\tand \x1b[31mred", ["two lines and [31mred"]),
        ("\u202eright to left", ["right to left"]),
        # The form refuses it before anybody is looked up.
        ("nul\0", []),
        ("", []),
    ],
    ids=["huge", "script", "control", "bidi", "nul", "empty"],
)
def test_hostile_name_is_kept_in_one_short_line(name: str, kept: list[str], client: Client) -> None:
    answer = sign_in(client, name)

    assert answer.status_code == 200
    assert records("verb", "object_name") == [("sign_in_failed", text) for text in kept]


def test_spoofed_headers_change_nothing_that_is_kept(anna: User, client: Client) -> None:
    sign_in(client, "anna", "wrong", **SPOOFED)

    ((request_id, address),) = records("request_id", "address")
    assert address == "192.0.2.7"
    assert (len(request_id), request_id.isalnum()) == (32, True)


def test_request_id_that_is_a_plain_word_is_kept(anna: User, client: Client) -> None:
    sign_in(client, "anna", HTTP_X_REQUEST_ID="from-the-proxy-1")

    assert records("request_id") == [("from-the-proxy-1",)]


def test_refused_page_says_so_and_is_kept(anna: User, client: Client) -> None:
    client.force_login(anna)
    AuditRecord.objects.note(Verb.SIGNED_IN, by=anna)

    answer = client.get("/admin/auth/user/")

    assert answer.status_code == 403
    assert "You may not open this page" in answer.content.decode()
    assert records("verb", "by__username", "object_name", "detail")[-1] == (
        "refused",
        "anna",
        "/admin/auth/user/",
        "Opening this page was refused",
    )


def test_refusals_of_one_person_are_bounded(anna: User) -> None:
    other = User.objects.create_user("other")
    for number in range(MAX_REFUSALS + 5):
        note_refusal(f"/admin/{number}/", by=anna)
    note_refusal("/admin/", by=other)

    assert AuditRecord.objects.filter(by=anna).count() == MAX_REFUSALS
    assert AuditRecord.objects.filter(by=other).count() == 1


@pytest.mark.parametrize("path", ["%00", "x" * 5000, "%E2%80%AE", "<script>"])
def test_hostile_path_that_is_refused_is_kept_in_one_short_line(path: str, anna: User, client: Client) -> None:
    client.force_login(anna)

    answer = client.get(f"/admin/auth/user/{path}/change/")

    assert answer.status_code in (302, 403, 404)
    assert all(name.isprintable() and len(name) <= 160 for (name,) in records("object_name"))


def test_strangers_and_other_sites_pages_are_not_kept(client: Client) -> None:
    assert client.get("/admin/auth/user/").status_code == 302
    assert client.post("/admin/catalog/snapshot/publish/").status_code == 302

    assert records("verb") == []
