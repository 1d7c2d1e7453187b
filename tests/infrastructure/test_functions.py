"""The functions whose code stands in a template, run as it stands there."""

import hashlib
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from catalog.models import Snapshot
from catalog.publishing.pointer import make_pointer, render_pointer
from catalog.publishing.stores.configured import open_store
from tests.factories import KEY, SANITY, publish, save
from tests.infrastructure.templates import Resolved, read_template
from tests.stores import BreakingStore

LEAST = {"BucketName": "example-site"}
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def code_of(template: str, name: str) -> str:
    code: str = Resolved(read_template(template), LEAST).resource(name)["Code"]["ZipFile"]
    return code


def run(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(code, "index.py", "exec"), names)
    return names


# --- Edge: which file of which release -----------------------------------------------------------------------
class Bucket:
    """S3 as the edge function asks it; `pointer` None is an S3 that does not answer."""

    def __init__(self, pointer: bytes | None) -> None:
        self.pointer, self.asked = pointer, 0

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, io.BytesIO]:  # noqa: N803 - boto3's names
        assert (Bucket, Key) == ("example-site", "current.json")
        self.asked += 1
        if self.pointer is None:
            raise ConnectionError("away")
        return {"Body": io.BytesIO(self.pointer)}


def edge(monkeypatch: pytest.MonkeyPatch, bucket: Bucket) -> dict[str, Any]:
    monkeypatch.setattr(boto3, "client", lambda *_arguments, **_options: bucket)
    return run(code_of("sites.yaml", "Edge"))


def ask(names: dict[str, Any], path: str) -> dict[str, Any]:
    answer: dict[str, Any] = names["handler"]({"Records": [{"cf": {"request": {"uri": path, "method": "GET"}}}]}, None)
    return answer


@pytest.mark.parametrize(
    ("path", "served"),
    [
        ("/", "/releases/r1/index.html"),
        ("/about/", "/releases/r1/about/index.html"),
        ("/css/site.0a1b2c3d.css", "/releases/r1/css/site.0a1b2c3d.css"),
        ("/404.html", "/releases/r1/404.html"),
        ("/current.json", "/releases/r1/current.json"),
        ("/releases/r2/index.html", "/releases/r1/releases/r2/index.html"),
    ],
)
def test_edge_serves_the_live_release_and_no_other(monkeypatch: pytest.MonkeyPatch, path: str, served: str) -> None:
    names = edge(monkeypatch, Bucket(b'{"at": "now", "release": "r1"}'))

    assert ask(names, path) == {"uri": served, "method": "GET"}


@pytest.mark.parametrize(
    ("path", "to"), [("/about", "/about/"), ("/a/b", "/a/b/"), ("//evil/x", "/evil/x/"), ("/\\evil/x", "/evil/x/")]
)
def test_edge_leads_to_folders_and_never_to_another_host(monkeypatch: pytest.MonkeyPatch, path: str, to: str) -> None:
    answer = ask(edge(monkeypatch, Bucket(b'{"release": "r1"}')), path)

    assert (answer["status"], answer["headers"]["location"]) == ("302", [{"value": to}])


def test_edge_keeps_the_pointer_for_seconds_and_follows_a_flip(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket(b'{"release": "r1"}')
    names = edge(monkeypatch, bucket)
    seen = [ask(names, "/")["uri"], ask(names, "/")["uri"]]
    bucket.pointer = b'{"release": "r2"}'
    names["kept"]["until"] = 0.0

    assert [*seen, ask(names, "/")["uri"]] == [f"/releases/{release}/index.html" for release in ("r1", "r1", "r2")]
    assert bucket.asked == 2


@pytest.mark.parametrize("broken", [None, b"", b"[]", b'{"live": "r2"}'])
def test_edge_goes_on_with_what_it_knows_if_the_pointer_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, broken: bytes | None
) -> None:
    bucket = Bucket(broken)
    names = edge(monkeypatch, bucket)
    first = ask(names, "/")
    bucket.pointer, names["kept"]["until"] = b'{"release": "r1"}', 0.0
    ask(names, "/")
    bucket.pointer, names["kept"]["until"] = broken, 0.0

    assert (first["status"], first["headers"]["cache-control"]) == ("503", [{"value": "no-store"}])
    assert ask(names, "/")["uri"] == "/releases/r1/index.html"


def test_edge_has_a_new_version_whenever_its_code_changes() -> None:
    """CloudFormation makes one when this text changes, and for nothing else."""
    code = read_template("sites.yaml")["Resources"]["Edge"]["Properties"]["Code"]["ZipFile"]["Fn::Sub"]
    said = read_template("sites.yaml")["Resources"]["EdgeVersion"]["Properties"]["Description"]["Fn::Sub"]

    assert said == f"{hashlib.sha256(code.encode()).hexdigest()[:12]} ${{BucketName}}"


# --- Watch: for how long the pointer is still good -----------------------------------------------------------
def watch(monkeypatch: pytest.MonkeyPatch, content: bytes) -> Any:
    names = run(code_of("registry.yaml", "Watch"))
    monkeypatch.setenv("POINTER_URL", "https://registry.example.com/current.json")
    monkeypatch.setenv("NAMESPACE", "provider-registry")
    monkeypatch.setattr(names["urllib"].request, "urlopen", lambda _url, timeout: io.BytesIO(content))
    monkeypatch.setattr(names["time"], "time", NOW.timestamp)
    return names["handler"]({}, None)


def test_watch_tells_how_long_the_pointer_is_trusted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pointer = make_pointer(
        serial=12, path="snapshots/x.json", sha256="0" * 64, published_at=NOW, expires_at=NOW + timedelta(hours=5)
    )

    told = watch(monkeypatch, render_pointer(pointer, [KEY]).content)

    assert json.loads(capsys.readouterr().out) == told
    assert (told["PointerSecondsLeft"], told["Serial"]) == (5 * 3600, 12)
    (directive,) = told["_aws"]["CloudWatchMetrics"]
    alarm = Resolved(read_template("registry.yaml"), LEAST).resource("PointerNearExpiry")
    assert (directive["Namespace"], directive["Metrics"][0]["Name"]) == (alarm["Namespace"], alarm["MetricName"])
    assert directive["Dimensions"] == [alarm.get("Dimensions", [])]


@pytest.mark.parametrize("content", [b"", b"<html>", b"{}", b'{"payload": "e30"}'])
def test_watch_gives_no_number_for_what_is_no_pointer(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    with pytest.raises((ValueError, KeyError)):
        watch(monkeypatch, content)


@pytest.mark.django_db
def test_failed_publish_writes_the_line_that_the_alarm_looks_for(caplog: pytest.LogCaptureFixture) -> None:
    pattern = Resolved(read_template("registry.yaml"), LEAST).resource("FailedPublishes")["FilterPattern"]
    save("provider", SANITY)
    publish(BreakingStore(open_store(), at=1, how="refused"))

    assert Snapshot.objects.get().state == "failed"
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [pattern.strip('"') in warning for warning in warnings] == [True]
