"""The embedded broker: a worker never reads what is half written."""

from pathlib import Path
from queue import Empty
from threading import Event, Thread
from typing import Any

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError

from registry_site import broker
from registry_site.celery import app

TASK = {"body": "W10=", "headers": {"task": "catalog.tasks.forget_answers"}, "properties": {}}


@pytest.fixture
def channel(tmp_path: Path) -> Any:
    options = {
        "data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path / "control"),
    }  # fmt: skip
    connection = Connection("filesystem://localhost", transport=broker.Transport, transport_options=options)
    yield connection.channel()
    connection.close()


def test_what_is_sent_is_what_comes(channel: Any, tmp_path: Path) -> None:
    channel._put("celery", TASK)

    assert [path.suffix for path in tmp_path.glob("*.celery*")] == [".msg"]
    assert channel._get("celery") == TASK
    assert list(tmp_path.glob("*.celery*")) == []


def test_message_is_not_there_before_it_is_whole(channel: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, seen = Path.rename, []

    def rename(self: Path, target: Path) -> Path:
        with pytest.raises(Empty):
            channel._get("celery")
        seen.append(self.read_text())
        return whole(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    channel._put("celery", TASK)

    assert len(seen) == 1
    assert channel._get("celery") == TASK


def test_folder_that_is_gone_is_told(channel: Any, tmp_path: Path) -> None:
    channel.transport_options["data_folder_out"] = str(tmp_path / "gone")
    channel.data_folder_out = str(tmp_path / "gone")

    with pytest.raises(ChannelError, match=r"^The message cannot be written to .*gone: "):
        channel._put("celery", TASK)


def test_table_that_is_being_written_is_read_again(channel: Any, tmp_path: Path) -> None:
    table = tmp_path / "control" / "celery.exchange"
    table.parent.mkdir(exist_ok=True)
    table.write_text("")
    began = Event()

    def finish() -> None:
        began.wait()
        table.write_text('[["celery", "", "celery"]]')

    writer = Thread(target=finish)
    writer.start()
    began.set()
    found = channel.get_table("celery")
    writer.join()

    assert [tuple(row) for row in found] == [("celery", "", "celery")]


def test_damaged_table_is_told(channel: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "PAUSE_SECONDS", 0)
    table = tmp_path / "control" / "celery.exchange"
    table.parent.mkdir(exist_ok=True)
    table.write_text("{")

    with pytest.raises(ChannelError, match=r"^The table of celery in .* is damaged: delete it, and start again\.$"):
        channel.get_table("celery")


def test_the_embedded_default_uses_it() -> None:
    if not app.conf.broker_url.startswith("filesystem:"):
        pytest.skip("CELERY_BROKER_URL names another broker")
    with app.connection_for_write() as connection:
        assert type(connection.transport) is broker.Transport
