"""What every answer has: a request id, who may read it, and what its page may load."""

import re

import pytest
from django.test import Client

STRICT = {
    "default-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}
MADE = re.compile(r"[0-9a-f]{32}")
READS = {"Access-Control-Allow-Methods": "GET, HEAD", "Access-Control-Allow-Origin": "*"}


@pytest.mark.parametrize("given", ["from-a-client", "12345678", "A.b_c-d.", "x" * 64])
def test_request_id_of_the_caller_is_taken(given: str, client: Client) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "two words", "<script>alert</script>", "line\nfeed123", "ümlaut-id"]
)
def test_request_id_that_is_no_plain_word_is_replaced(given: str, client: Client) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]

    assert MADE.fullmatch(answer)


def test_each_request_gets_an_id_of_its_own(client: Client) -> None:
    answers = {client.get("/healthz").headers["X-Request-ID"] for _ in range(3)}

    assert len(answers) == 3
    assert all(MADE.fullmatch(answer) for answer in answers)


def policy(client: Client, path: str) -> set[str]:
    return set(client.get(path).headers["Content-Security-Policy"].split("; "))


@pytest.mark.django_db
def test_pages_of_the_admin_may_do_what_their_theme_needs(client: Client) -> None:
    assert policy(client, "/admin/login/") == STRICT | {
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
    }


@pytest.mark.parametrize("path", ["/healthz", "/", "/registry/current.json", "/nowhere", "/administration/"])
def test_all_other_answers_load_nothing_from_elsewhere(path: str, client: Client) -> None:
    assert policy(client, path) == STRICT


def test_answers_are_not_sniffed_or_framed(client: Client) -> None:
    headers = client.get("/registry/current.json").headers

    assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY")


def test_health_is_told_without_the_database(client: Client) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_pages_of_any_site_may_read_but_not_write(client: Client) -> None:
    asked = {"Origin": "https://elsewhere.test", "Access-Control-Request-Method": "DELETE"}

    preflight = client.options("/api/v1/providers", headers=asked)
    read = client.get("/api/v1/nothing", headers={"Origin": "https://elsewhere.test"})
    write = client.post("/api/v1/nothing", headers={"Origin": "https://elsewhere.test"})
    admin = client.options("/admin/", headers=asked)

    assert preflight.status_code == 204
    assert {name: preflight.headers[name] for name in READS} == READS
    assert "If-None-Match" in preflight.headers["Access-Control-Allow-Headers"]
    assert read.headers["Access-Control-Allow-Origin"] == "*"
    assert {"ETag", "Link"} <= set(read.headers["Access-Control-Expose-Headers"].split(", "))
    for answer in (preflight, read, write, admin):
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Access-Control-Allow-Origin" not in write.headers
    assert "Access-Control-Allow-Origin" not in admin.headers
