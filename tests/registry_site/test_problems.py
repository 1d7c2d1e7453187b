"""What goes wrong below /api/: one shape, whoever refuses and however it failed; nothing of the inside is told."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError
from django.http import Http404, HttpResponse, UnreadablePostError
from django.test import Client, RequestFactory
from django.urls import include, path
from pytest_django import Settings
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.problems import BadRequestError
from registry_site import urls
from registry_site.problems import problems_only

SECRET = "SELECT s3cret FROM catalog_token"
RAISED: dict[str, Exception] = {
    "value": ValueError(SECRET),
    "database": DatabaseError(SECRET),
    "recursion": RecursionError(SECRET),
    "denied": PermissionDenied(),
    "missing": Http404(),
    "suspicious": SuspiciousOperation(SECRET),
    "too-big": RequestDataTooBig(SECRET),
    "unreadable": UnreadablePostError(SECRET),
    "validation": ValidationError({"name": ["Too long."], "a/b": {"c~d": ["No."]}, "non_field_errors": ["Odd."]}),
    "texts": ValidationError(["One.", "Two."]),
    "own": BadRequestError(
        "Own words.", errors=[{"path": "", "code": "own", "message": "Own."}], headers={"X-Own": "1"}
    ),
    "long": BadRequestError("x" * 1_000_000),
    "injected": BadRequestError("a\r\nX-Injected: b\ud83d\ude00"),
}


class CsvRenderer(BaseRenderer):
    media_type, format = "text/csv", "csv"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        return b"a;b"


class RaisingView(APIView):
    permission_classes = ()
    renderer_classes = (CsvRenderer,)

    def get(self, request: Request, name: str) -> Response:
        if name == "fine":
            return Response([])
        raise RAISED[name]

    def post(self, request: Request, name: str) -> Response:
        Names(data=request.data).is_valid(raise_exception=True)
        return Response(request.data)


class Names(serializers.Serializer[object]):
    names = serializers.ListField(child=serializers.CharField(max_length=3))


def page(request: Any) -> HttpResponse:
    raise ValueError(SECRET)


urlpatterns = [
    path("api/raising/<str:name>", RaisingView.as_view()),
    path("api/page", page),
    path("page", page),
    path("", include(urls)),
]
handler403 = urls.handler403


@pytest.fixture(autouse=True)
def _own_addresses(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.fixture(params=[False, True], ids=["production", "debug"])
def quiet(request: pytest.FixtureRequest, settings: Settings) -> Client:
    """A client that is answered, as a real one is, instead of being raised at."""
    settings.DEBUG = request.param
    return Client(raise_request_exception=False)


def told(client: Client, name: str) -> tuple[int, Any]:
    answer = client.get(f"/api/raising/{name}")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert answer.headers["Cache-Control"] == "no-store"
    assert "s3cret" not in f"{answer.content!r} {answer.headers}"
    body = answer.json()
    assert (body["type"], body["status"]) == ("about:blank", answer.status_code)
    return answer.status_code, {name: body[name] for name in body if name not in ("type", "title", "status")}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["value", "database", "recursion"])
def test_failure_tells_its_request_id_and_the_log_the_rest(
    name: str, quiet: Client, caplog: pytest.LogCaptureFixture
) -> None:
    answer = quiet.get(f"/api/raising/{name}", headers={"X-Request-ID": "request-of-mine"})

    assert told(quiet, name)[0] == 500
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"] == "request-of-mine"
    assert answer.json()["detail"] == "Something went wrong here; the log has the details under this request id."
    logged = [record for record in caplog.records if record.name == "django.request"]
    assert logged[0].exc_info is not None
    assert SECRET in str(logged[0].exc_info[1])


@pytest.mark.django_db
def test_failure_of_what_is_no_endpoint_is_a_problem_too(quiet: Client) -> None:
    answer = quiet.get("/api/page")

    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert b"s3cret" not in answer.content


@pytest.mark.django_db
def test_failure_for_people_stays_a_page(settings: Settings) -> None:
    answer = Client(raise_request_exception=False).get("/page")

    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "text/html; charset=utf-8")


@pytest.mark.django_db
def test_refusals_have_one_shape(quiet: Client) -> None:
    found = {name: told(quiet, name) for name in RAISED if name not in ("value", "database", "recursion", "long")}

    assert found == {
        "denied": (403, {"detail": "You may not do this."}),
        "missing": (404, {"detail": "There is nothing at this address; /api/v1/openapi.json lists what there is."}),
        "suspicious": (400, {"detail": "The request is not well formed."}),
        "too-big": (413, {"detail": "A request may have up to 1,000,000 bytes."}),
        "unreadable": (400, {"detail": "The body ended before all of it was read."}),
        "validation": (
            400,
            {
                "detail": "What was sent is not valid.",
                "errors": [
                    {"path": "/name", "code": "invalid", "message": "Too long."},
                    {"path": "/a~1b/c~0d", "code": "invalid", "message": "No."},
                    {"path": "", "code": "invalid", "message": "Odd."},
                ],
            },
        ),
        "texts": (
            400,
            {
                "detail": "What was sent is not valid.",
                "errors": [
                    {"path": "", "code": "invalid", "message": "One."},
                    {"path": "", "code": "invalid", "message": "Two."},
                ],
            },
        ),
        "own": (400, {"detail": "Own words.", "errors": [{"path": "", "code": "own", "message": "Own."}]}),
        "injected": (400, {"detail": "a\r\nX-Injected: b??"}),
    }
    assert quiet.get("/api/raising/own").headers["X-Own"] == "1"
    assert len(quiet.get("/api/raising/long").json()["detail"]) == 1000


@pytest.mark.django_db
def test_serializer_names_the_place(quiet: Client) -> None:
    answer = quiet.post("/api/raising/fine", {"names": ["a", "abcd"]}, content_type="application/json")

    assert answer.json()["errors"] == [
        {"path": "/names/1", "code": "max_length", "message": "Ensure this field has no more than 3 characters."}
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{", 400),
        ("application/json; charset=latin-1", '{"names": ["\u00fc"]}'.encode("latin-1"), 400),
        ("application/json", b'{"names": [1e999]}', 400),
        ("application/json", b'{"names": ["\\u0000"]}', 400),
        ("application/json", b'{"names": [9007199254740993]}', 400),
        ("application/json", b"[" * 1_000_000, 400),
        ("application/json", b"[" * 1_000_001, 413),
        ("application/json", b'{"a":' * 199_999, 400),
        ("text/plain", b"{}", 415),
        ("", b"{}", 415),
        ("application/x-www-form-urlencoded", b"names=a", 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("application/xml\r\nX-Injected: a", b"<a/>", 415),
        ("application/json; q=\xff", b"{}", 400),
    ],
)
def test_body_that_cannot_be_read(content_type: str, body: bytes, status: int, quiet: Client) -> None:
    answer = quiet.generic("POST", "/api/raising/fine", body, content_type=content_type)

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert "X-Injected" not in answer.headers


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "address", "headers", "status"),
    [
        ("GET", "/api/v1/providers", {"Accept": "text/html"}, 406),
        ("GET", "/api/v1/providers", {"Host": "elsewhere.test"}, 400),
        ("GET", "/api/v1/providers?" + "&".join("a" * 1500), {}, 400),
        ("GET", "/api/v1/providers?a=%00%ff", {}, 400),
        ("PUT", "/api/v1/status", {}, 405),
        ("BREW", "/api/v1/status", {}, 405),
        ("GET", "/api/v9/anything", {}, 404),
        ("POST", "/api/v1/providers", {}, 401),
    ],
)
def test_what_is_refused_before_an_endpoint_is_a_problem(
    method: str, address: str, headers: dict[str, Any], status: int, quiet: Client
) -> None:
    answer = quiet.generic(method, address, headers=headers)

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert status != 405 or answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert b"Traceback" not in answer.content
    assert b"DJANGO" not in answer.content


@pytest.mark.django_db
def test_security_headers_stay_on_problems(quiet: Client) -> None:
    headers = quiet.get("/api/raising/value").headers

    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "same-origin")
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert headers["Access-Control-Allow-Origin"] == "*"


def test_what_is_fine_is_left_alone(rf: RequestFactory) -> None:
    fine = HttpResponse(b"[]", "application/json")

    assert problems_only(lambda _: fine)(rf.get("/api/v1/providers")).content == b"[]"
    assert "Cache-Control" not in fine.headers


@pytest.mark.parametrize("address", ["/api", "/api/", "/apiary"])
def test_only_what_is_below_api_is_for_programs(address: str, rf: RequestFactory) -> None:
    answer = problems_only(lambda _: HttpResponse(b"page", status=404))(rf.get(address))

    assert (answer.content == b"page") == (address == "/apiary")
