"""`keys.json` is written when it changed and holds every key; and the command that rotates them."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from pytest_django import Settings

from catalog.models import SigningKey
from catalog.publishing.keys import announce_keys, register_keys
from catalog.publishing.signing import new_key, write_keys
from catalog.publishing.stores.base import StoreError
from catalog.publishing.stores.configured import open_store
from tests.catalog.publishing.histories import approve_first_step
from tests.catalog.publishing.rings import in_file, listed, publish_here
from tests.stores import CountingStore, InterruptedStore

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def key_file(settings: Settings, tmp_path: Path) -> Path:
    settings.REGISTRY_SIGNING_KEY_FILE = tmp_path / "signing-key.pem"
    settings.REGISTRY_MAKES_SIGNING_KEY = True
    return tmp_path / "signing-key.pem"


def test_announcement_is_written_only_if_it_changed() -> None:
    register_keys([new_key()])
    watched = CountingStore(open_store())

    assert [announce_keys(watched), announce_keys(watched)] == [True, False]
    assert watched.requests == [("get", "keys.json"), ("put_if_absent", "keys.json"), ("get", "keys.json")]
    register_keys([new_key()])
    assert announce_keys(watched) is True
    assert watched.requests[-2:] == [("get", "keys.json"), ("put_if_match", "keys.json")]


def test_announcement_that_is_overtaken_holds_both_keys() -> None:
    first, second = new_key(), new_key()
    register_keys([first])

    def announce_second() -> None:
        register_keys([second])
        announce_keys(open_store())

    assert announce_keys(InterruptedStore(open_store(), announce_second, path="keys.json")) is False
    assert listed() == {first.kid: True, second.kid: True}


def test_announcement_that_is_always_overtaken_is_given_up() -> None:
    class Restless(CountingStore):
        def before(self, request: str, path: str) -> None:
            super().before(request, path)
            if request.startswith("put"):
                stored = open_store().get(path)
                if stored is None:
                    open_store().put_if_absent(path, b"{}")
                else:
                    open_store().put_if_match(path, stored.content + b" ", etag=stored.etag)

    register_keys([new_key()])
    watched = Restless(open_store())

    with pytest.raises(StoreError, match=r"^keys\.json was changed by somebody else 5 times in a row\.$"):
        announce_keys(watched)

    assert len(watched.writes()) == 5


def call(*arguments: str) -> str:
    printed = StringIO()
    call_command("signing_key", *arguments, stdout=printed)
    return printed.getvalue()


def test_command_adds_lists_and_retires(key_file: Path) -> None:
    approve_first_step()
    publish_here()
    old = in_file()[0]

    added = call("new")
    new = in_file()[1]
    retired = call("retire", old)

    since = {row.kid: f"since {row.not_before:%Y-%m-%d %H:%M} UTC" for row in SigningKey.objects.all()}
    until = SigningKey.objects.get(kid=old).not_after
    assert (added, retired) == (f"{new} signs from now on, in {key_file}.\n", f"{old} does not sign any more.\n")
    assert sorted(call("list").splitlines()) == sorted(
        [f"{old}  retired  {since[old]}, until {until:%Y-%m-%d %H:%M} UTC", f"{new}  signs  {since[new]}"]
    )


def test_command_lists_a_key_that_is_not_used_yet_and_one_that_is_elsewhere(key_file: Path) -> None:
    elsewhere = new_key()
    register_keys([elsewhere])
    write_keys(key_file, [new_key()])

    lines = call("list").splitlines()

    assert lines[0].startswith(f"{elsewhere.kid}  not here  since ")
    assert lines[1:] == [f"{in_file()[0]}  signs  from the next publish on"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["retire", "unknown"], r"^No key unknown signs here: see signing_key list\.$"),
        (["new"], "can be read by others: chmod 600"),
        (["list"], "can be read by others: chmod 600"),
    ],
    ids=["unknown", "open file", "open file listed"],
)
def test_command_refuses_with_a_message(arguments: list[str], reason: str, key_file: Path) -> None:
    in_file()
    if "chmod" in reason:
        key_file.chmod(0o644)

    with transaction.atomic(), pytest.raises(CommandError, match=reason):
        call(*arguments)
