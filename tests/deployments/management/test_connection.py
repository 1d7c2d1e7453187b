"""The command that looks after connections."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.models import AuditRecord
from deployments.models import Connection, Secret
from deployments.runner.secrets import open_secret
from tests.deployments.services import make_service, queue

pytestmark = pytest.mark.django_db
GIT = ("--kind", "source", "--backend", "git@1")


def call(*words: str) -> str:
    out = io.StringIO()
    call_command("connection", *words, stdout=out)
    return out.getvalue()


def only() -> Connection:
    return Connection.objects.get()


def test_connection_is_made_and_changed_in_what_is_given() -> None:
    made = call("set", "mirror", *GIT, "--config", '{"ref": "main"}', "--label", "region=eu", "--priority", "2")

    assert made == "mirror (git@1) is made.\n"
    assert (only().config, only().labels, only().priority, only().weight) == ({"ref": "main"}, {"region": "eu"}, 2, 1)
    assert call("set", "mirror", *GIT, "--off", "--max-running", "3") == "mirror (git@1) is changed.\n"
    assert (only().config, only().priority, only().max_running, only().is_enabled) == ({"ref": "main"}, 2, 3, False)
    call("set", "mirror", *GIT, "--on")
    assert only().is_enabled
    noted = AuditRecord.objects.filter(verb="connection_changed", object_name="connection mirror (git@1)")
    details = noted.order_by("pk").values_list("detail", flat=True)
    assert list(details) == [
        "made, config, labels, priority",
        "changed, max_running, is_enabled",
        "changed, is_enabled",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a/b", *GIT), "name: Use up to 64"),
        (("a" * 65, *GIT), "name: Use up to 64"),
        (("a", "--kind", "source", "--backend", "git@9"), "backend: .*manage.py backends lists"),
        (("a", "--kind", "build", "--backend", "git@1"), "backend: "),
        (("a", *GIT, "--config", "{"), "--config is not JSON"),
        (("a", *GIT, "--config", "[]"), "has to be a JSON object"),
        (("a", *GIT, "--config", '{"colour": 1}'), "config: git@1 has no setting colour; it has .*url"),
        (("a", *GIT, "--config", '{"token": "s3cret"}'), "^config: /token: (?!.*s3cret)"),
        (("a", *GIT, "--config", '{"token": {"$secret": "A"}}'), r"config: /token/\$secret: "),
        (("a", *GIT, "--config", '{"ref": 5}'), "config: /ref: "),
        (("a", *GIT, "--config", '{"$addresses": "https://git.test"}'), "config: .addresses is a list of addresses"),
        (("a", *GIT, "--config", '{"$addresses": ["git.test"]}'), "config: .addresses is a list of addresses"),
        (("a", *GIT, "--label", "eu"), "Write a label as NAME=TEXT, not 'eu'"),
        (("a", *GIT, "--weight", "0"), "weight: Use a number from 1"),
        (("a", *GIT, "--priority", "40000"), "priority: Use a number from 0 to 32,767"),
    ],
)
def test_what_cannot_be_one_is_a_message_and_nothing_is_kept(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call("set", *words)

    assert not Connection.objects.exists()


def test_connection_says_where_its_secrets_go() -> None:
    call("set", "mirror", *GIT, "--config", '{"$addresses": ["https://git.test/team"]}')

    assert only().config == {"$addresses": ["https://git.test/team"]}


def test_name_stays_with_its_backend() -> None:
    call("set", "mirror", *GIT)

    with pytest.raises(CommandError, match=r"mirror is a connection of git@1 \(source\); use another name"):
        call("set", "mirror", "--kind", "source", "--backend", "github@1")


def test_secret_comes_from_the_input_and_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    call("set", "mirror", *GIT)
    monkeypatch.setattr("sys.stdin", io.StringIO("s3cret\n"))

    said = call("secret", "mirror", "token") + call("list") + call("list", "--json")

    assert open_secret(Secret.objects.get()) == "s3cret"
    assert "s3cret" not in said
    assert json.loads(call("list", "--json"))[0]["secrets"] == ["token"]
    assert call("secret", "mirror", "token", "--forget") == "mirror (git@1) has no secret token.\n"
    assert not Secret.objects.exists()


def test_list_tells_how_each_fares() -> None:
    assert call("list") == "0 in all.\n"
    call("set", "mirror", *GIT, "--label", "region=eu", "--off")

    assert call("list").splitlines() == [
        "mirror               source git@1            off      priority 0, weight 1, at most any  region=eu",
        "1 in all.",
    ]
    row: dict[str, Any] = json.loads(call("list", "--json"))[0]
    assert (row["name"], row["state"], row["failures"], row["max_running"]) == ("mirror", "off", 0, 0)


def test_one_that_is_used_is_not_removed() -> None:
    for name in ("named", "ran", "idle"):
        call("set", name, *GIT)
    service = make_service("Shop", routing={"source": {"connection": "named"}})
    deployment = queue(service)
    deployment.connection = Connection.objects.get(name="ran")
    deployment.save()

    with pytest.raises(CommandError, match=r"named is named by Shop \(production\): change these services first"):
        call("remove", "named")
    with pytest.raises(CommandError, match="Deployments ran on ran; switch it off instead"):
        call("remove", "ran")
    with pytest.raises(CommandError, match="There is no connection 'nobody': see connection list"):
        call("remove", "nobody")
    assert call("remove", "idle") == "idle is removed.\n"
    assert set(Connection.objects.values_list("name", flat=True)) == {"named", "ran"}
