"""The settings and secrets of a connection: not a service's to change, nor to send wherever it likes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from deployments.actions.requests import request_deployment
from deployments.actions.secrets import set_secret
from deployments.configs.schemas import config_of
from deployments.contract import Context, Source
from deployments.models import Connection, Service
from deployments.runner.lending import LentSecret, config_on, is_below, lending_problems, override_problems
from deployments.sources import get_source
from tests.deployments.fakes import FakeBuild, FakeSource, Script
from tests.deployments.runs import attempt, log_of, make_fake_service, run

TOKEN = {"$secret": "token"}
SERVER = "https://git.example.com/team"


def shared(backend: str = "git@1", **config: Any) -> Connection:
    return Connection(kind="source", backend=backend, name="shared", config=config)


def only_to(addresses: object, *, backend: str = "git@1") -> Connection:
    return Connection(kind="source", backend=backend, name="shared", config={"token": TOKEN, "$addresses": addresses})


def refused(connection: Connection, **config: Any) -> list[tuple[str, str]]:
    found = lending_problems(connection, config, get_source(connection.backend))
    return [(problem.path, problem.code) for problem in found]


@pytest.mark.parametrize(
    ("address", "is_it"),
    [
        (SERVER, True),
        (f"{SERVER}/a.git", True),
        ("HTTPS://GIT.example.com:443/team/a.git", True),
        ("https://git.example.com/teams/a.git", False),
        ("https://git.example.com/a.git", False),
        ("http://git.example.com/team/a.git", False),
        ("https://git.example.com:444/team/a.git", False),
        ("https://git.example.com.evil.com/team/a.git", False),
        ("https://git.example.com@evil.com/team/a.git", False),
        ("https://evil.com\\@git.example.com/team/a.git", False),
        ("https://git.example.com/team/../a.git", False),
        ("https://git.example.com/team/%2e%2e/a.git", False),
        ("https://git.example.com/team/%252e./a.git", False),
        ("https://git.example.com:x/team/a.git", False),
        (None, False),
    ],
)
def test_address_is_below_another(address: object, is_it: bool) -> None:
    assert is_below(address, SERVER) is is_it
    assert is_below(address, f"{SERVER}/") is is_it


def test_what_a_connection_fixes_goes_before_what_a_service_says() -> None:
    connection = shared(ref="stable", username="bot", token=TOKEN)
    own = {"url": f"{SERVER}/a", "ref": "main", "username": "bot"}

    merged = config_on(connection, own)

    assert merged == {"url": f"{SERVER}/a", "ref": "stable", "username": "bot", "token": TOKEN}
    assert isinstance(merged["token"], LentSecret)
    assert [(each.path, each.code) for each in override_problems(connection, own)] == [("/ref", "fixed_by_connection")]


def test_secret_of_a_connection_goes_where_the_connection_says() -> None:
    url = [("/url", "address_not_lent")]
    assert refused(shared(token=TOKEN), url=f"{SERVER}/a") == url
    assert refused(only_to([SERVER]), url=f"{SERVER}/a") == []
    assert refused(only_to([SERVER]), url="https://evil.example.com/team/a") == url
    assert refused(only_to(SERVER), url=f"{SERVER}/a") == url
    assert refused(shared(token=TOKEN, url=f"{SERVER}/a"), url="https://evil.example.com/a") == []
    assert refused(shared(username="bot"), url="https://elsewhere.example.com/a") == []


def test_list_of_addresses_counts_for_where_the_backend_goes_by_itself_too() -> None:
    enterprise = only_to(["https://ghe.example.com"], backend="github@1")

    assert refused(enterprise, repository="a/b") == [("/apiUrl", "address_not_lent")]
    assert refused(enterprise, repository="a/b", apiUrl="https://ghe.example.com/api/v3") == []
    assert refused(shared("github@1", token=TOKEN), repository="a/b", apiUrl="https://api.github.com") == []


def test_service_with_a_secret_of_its_own_takes_none_of_the_connection() -> None:
    own = {"url": "https://elsewhere.example.com/a", "token": {"$secret": "mine"}}

    assert refused(shared(token=TOKEN), **own) == []
    assert config_on(shared(token=TOKEN), own) == own
    assert not isinstance(config_on(shared(token=TOKEN), own)["token"], LentSecret)
    assert override_problems(shared(token=TOKEN), own) == []


@pytest.mark.parametrize(
    "member",
    [
        pytest.param({"place": {"type": "string", "x-address": True}}, id="said"),
        pytest.param({"serverName": {"type": "string"}}, id="by_its_name"),
        pytest.param({"mirror": {"type": "object", "properties": {"baseUrl": {"type": "string"}}}}, id="within"),
    ],
)
def test_addresses_of_other_packages_are_known(member: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    schema = config_of({**member, "usesHost": {"type": "boolean"}, "url": {"type": "string", "x-address": False}})
    info = type("Info", (), {"schema": schema})
    config = dict.fromkeys((*member, "usesHost", "url"), "https://evil.example.com")

    found = lending_problems(shared(token=TOKEN), config, type("Other", (FakeSource,), {"info": info})())

    assert [problem.path for problem in found] == [f"/{name}" for name in member]


def test_build_gets_no_secret_of_a_connection() -> None:
    connection = Connection(kind="build", backend="fake@1", name="shared", config={"secretEnvironment": {"A": TOKEN}})

    found = lending_problems(connection, {}, FakeBuild())

    assert [(problem.path, problem.code) for problem in found] == [("", "secret_not_lent")]


@pytest.fixture
def service(script: type[Script], in_process: None) -> Service:
    return make_fake_service()


def test_only_a_reference_of_the_connection_tells_its_secret(
    service: Service, script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_secret(Connection.objects.create(kind="source", backend="fake@1", name="main", config={"token": TOKEN}),
               "token", "of main")  # fmt: skip
    set_secret(service, "token", "of the service")
    told: list[str] = []

    def fetch(self: FakeSource, config: Mapping[str, Any], revision: str, into: Path, context: Context) -> Source:
        told.extend(context.secret(each) for each in (config["token"], TOKEN))
        (into / "index.html").write_text("Hello")
        return Source(into, revision)

    monkeypatch.setattr(FakeSource, "fetch", fetch)

    assert run(service).state == "succeeded"
    assert told == ["of main", "of the service"]


def test_secret_of_a_connection_is_not_there_for_a_service_that_names_it(
    service: Service, script: type[Script]
) -> None:
    set_secret(Connection.objects.create(kind="source", backend="fake@1", name="main"), "token", "of main")
    script.acts["fetch"] = lambda context: context.secret(TOKEN)

    deployment = run(service)

    assert (deployment.state, deployment.error_message) == ("failed", "There is no secret 'token'.")


def test_deployment_sends_no_secret_where_the_service_says(service: Service) -> None:
    """Also one that was asked for before the connection was there."""
    Service.objects.filter(pk=service.pk).update(
        source_backend="git@1", source_config={"url": "https://evil.example.com/a/b.git"}
    )
    deployment = request_deployment(Service.objects.get(), by=None)
    set_secret(Connection.objects.create(kind="source", backend="git@1", name="shared", config={"token": TOKEN}),
               "token", "hush-4711")  # fmt: skip

    ended = attempt(deployment)

    assert (ended.state, ended.error_kind) == ("failed", "permanent")
    assert ended.error_message.startswith("source/url: The secret of the connection shared goes to no such address.")
    assert "hush" not in log_of(ended)
