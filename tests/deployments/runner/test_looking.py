"""A deployer looks at a source: once, within its time, on a connection that can, and nothing stays behind."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as current
from django.utils import timezone
from structlog.testing import capture_logs

from deployments import tasks
from deployments.actions.secrets import set_secret
from deployments.contract import Context, Detection, PermanentError, Source, TransientError
from deployments.models import Connection, Look, Secret
from deployments.runner.looking import remove_links_out, run_look
from deployments.runner.looks import DIED, NO_DEPLOYER, claim_look, collect_looks, end_look, look_leases, sweep_looks
from deployments.runner.running import sweep_deployments
from tests.deployments.fakes import FakeBuild, FakeSource, Script
from tests.deployments.looks import ask, ended, found, look, source
from tests.deployments.runs import fail, make_fake_service
from tests.deployments.services import queue

pytestmark = pytest.mark.usefixtures("in_process", "catalogue", "script")
TOKEN = {"$secret": "token"}


def age(made: Look, **values: Any) -> None:
    Look.objects.filter(pk=made.pk).update(**values)


def test_source_is_fetched_and_builders_are_ranked() -> None:
    made = look(source(source_config={"text": "Hello"}))

    assert (made.state, made.revision, found(made)) == ("found", "revision-1", ["static@1", "site-image@1"])
    assert made.suggestions[0] == [
        {
            "spec": "static@1",
            "confidence": 2,
            "config": {"outputFolder": "."},
            "reason": "There is an index.html in '.'.",
        }
    ]
    assert (made.lease, made.lease_expires_at, made.attempt) == (None, None, 1)
    assert list(current.REGISTRY_WORK_DIR.iterdir()) == []


def test_two_deployers_look_once(script: type[Script]) -> None:
    made = ask(source())

    assert [run_look(made.pk), run_look(made.pk)] == [True, False]
    assert script.done == ["resolve", "fetch"]


def test_failing_source_says_what_a_deployment_says(script: type[Script]) -> None:
    script.acts["resolve"] = fail(PermanentError("There is no branch.", hint="Look at its name."))

    assert ended(look(source())) == ("failed", "permanent", "There is no branch.", "Look at its name.")
    assert list(current.REGISTRY_WORK_DIR.iterdir()) == []


def test_fault_of_ours_is_named_and_logged(script: type[Script]) -> None:
    script.acts["fetch"] = fail(ZeroDivisionError("secret detail"))

    with capture_logs() as logged:
        made = look(source())

    assert ended(made)[:3] == ("failed", "bug", "The registry has a fault.")
    assert str(made.pk) in made.error_hint
    assert [(line["event"], line["look"]) for line in logged] == [("look_broke", str(made.pk))]


def test_look_that_takes_too_long_is_ended(script: type[Script], settings: Any) -> None:
    settings.REGISTRY_LOOK_SECONDS = 0
    script.acts["fetch"] = lambda context: context.check()

    assert ended(look(source()))[1:3] == ("timeout", "Looking at the source took longer than 0 seconds.")


def test_secrets_are_told_masked_and_forgotten(script: type[Script]) -> None:
    def tell(context: Context) -> None:
        raise PermanentError(f"Nobody is called {context.secret({'$secret': 'token'})}.")

    script.acts["fetch"] = tell
    made = look(source(source_config={"more": {"$secret": "token"}}), token="hush-4711")

    assert made.error_message.startswith("Nobody is called ")
    assert "hush" not in made.error_message
    assert Secret.objects.count() == 0


def test_secrets_of_the_service_count_below_those_that_are_sent(script: type[Script]) -> None:
    service, told = make_fake_service(), list[str]()
    for name in ("one", "two"):
        set_secret(service, name, f"kept {name}")
    script.acts["fetch"] = lambda context: told.extend(context.secret({"$secret": name}) for name in ("one", "two"))

    look(source(), service=service, two="sent two")

    assert told == ["kept one", "sent two"]
    assert sorted(Secret.objects.values_list("name", flat=True)) == ["one", "two"]


def test_secret_of_another_service_is_not_there(script: type[Script]) -> None:
    set_secret(make_fake_service(), "token", "theirs")
    script.acts["fetch"] = lambda context: context.secret({"$secret": "token"})

    assert ended(look(source()))[2] == "There is no secret 'token'."


def test_next_connection_looks_after_a_transient_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, priority in (("main", 0), ("spare", 1)):
        row = Connection.objects.create(
            kind="source", backend="fake@1", name=name, priority=priority, config={"text": name, "token": TOKEN}
        )
        set_secret(row, "token", f"of {name}")
    told: list[str] = []

    def fetch(self: FakeSource, config: Mapping[str, Any], revision: str, into: Path, context: Context) -> Source:
        told.append(context.secret(config["token"]))
        if told == ["of main"]:
            raise TransientError("Busy.")
        return Source(into, revision)

    monkeypatch.setattr(FakeSource, "fetch", fetch)

    assert look(source()).state == "found"
    assert told == ["of main", "of spare"]


def test_secret_of_a_connection_is_not_sent_where_the_source_says() -> None:
    made = ask(source("git@1", source_config={"url": "https://evil.example.com/a/b.git"}))
    row = Connection.objects.create(kind="source", backend="git@1", name="shared", config={"token": TOKEN})
    set_secret(row, "token", "hush-4711")

    run_look(made.pk)

    made.refresh_from_db()
    assert (made.state, made.error_kind) == ("failed", "permanent")
    assert made.error_message.startswith("/url: The secret of the connection shared goes to no such address.")


def test_connections_that_are_full_or_not_meant_are_said() -> None:
    main = Connection.objects.create(kind="source", backend="fake@1", name="main", max_running=1)
    busy = {"state": "fetching", "lease": uuid4(), "lease_expires_at": timezone.now() + timedelta(minutes=1)}
    queue(make_fake_service(), connection=main, started_at=timezone.now(), **busy)

    assert ended(look(source()))[1:3] == ("transient", "Every connection that fits is busy or rests.")
    unmeant = source(routing={"source": {"labels": {"zone": "moon"}}})
    assert ended(look(unmeant))[1:3] == ("permanent", "No connection of fake@1 has the labels zone=moon.")


def test_builder_reads_nothing_through_a_link_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree, outside = tmp_path / "tree", tmp_path / "outside"
    for folder in (tree / "sub", outside):
        folder.mkdir(parents=True)
    (outside / "hugo.toml").write_text("hush")
    (tree / "real.txt").write_text("here")
    for name, to in {"hugo.toml": outside / "hugo.toml", "folder": outside, "loop": tree / "loop"}.items():
        (tree / name).symlink_to(to)
    (tree / "sub" / "up").symlink_to("../../outside")
    (tree / "sub" / "near").symlink_to("../real.txt")

    remove_links_out(tree)

    assert sorted(str(path.relative_to(tree)) for path in tree.rglob("*")) == ["real.txt", "sub", "sub/near"]


def test_texts_that_no_column_takes_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Detection(5, {"a\0b": ["\ud800", "☃"]}, "x\0\ud800")
    monkeypatch.setattr(FakeBuild, "detect", lambda self, tree: said)

    first = look(source()).suggestions[0][0]

    assert (first["config"], first["reason"]) == ({"a\ufffdb": ["\ufffd", "☃"]}, "x\ufffd\ufffd")


def test_look_of_a_dead_deployer_is_taken_over_once() -> None:
    made, poked = ask(source(), token="hush"), list[UUID]()
    for expected in ("waiting", "failed"):
        assert claim_look(made.pk) is not None
        age(made, lease_expires_at=timezone.now())
        sweep_looks(poke=poked.append)
        made.refresh_from_db()
        assert made.state == expected

    assert poked == [made.pk]
    assert (made.error_kind, made.error_message, Secret.objects.count()) == ("lost", DIED, 0)


def test_deployer_that_wakes_too_late_writes_nothing() -> None:
    made = ask(source())
    lease = claim_look(made.pk)
    assert lease is not None
    age(made, lease_expires_at=timezone.now())
    sweep_looks(poke=lambda pk: None)

    assert not end_look(made.pk, lease, state="found")
    made.refresh_from_db()
    assert made.state == "waiting"


def test_look_that_nobody_takes_fails() -> None:
    made, poked = ask(source()), list[UUID]()
    age(made, requested_at=timezone.now() - timedelta(minutes=10))

    assert claim_look(made.pk) is None
    sweep_looks(poke=poked.append)

    made.refresh_from_db()
    assert (ended(made)[:3], poked) == (("failed", "lost", NO_DEPLOYER), [])


def test_sweep_leaves_the_folder_of_a_look_that_is_under_way(script: type[Script]) -> None:
    seen = []

    def act(context: Context) -> None:
        sweep_deployments(poke=lambda pk: None)
        seen.append((context.work.is_dir(), len(look_leases())))

    script.acts["fetch"] = act

    assert (look(source()).state, seen) == ("found", [(True, 1)])


def test_old_looks_are_forgotten() -> None:
    old, fresh = look(source()), look(source(source_config={"text": "two"}))
    waits = ask(source(source_config={"text": "three"}))
    age(old, finished_at=timezone.now() - timedelta(days=1))
    age(waits, requested_at=timezone.now() - timedelta(days=9))

    assert collect_looks() == 1
    assert {row.pk for row in Look.objects.all()} == {fresh.pk, waits.pk}


def test_beat_and_messages_look(script: type[Script]) -> None:
    made = ask(source())

    tasks.sweep.delay()

    made.refresh_from_db()
    assert made.state == "found"
