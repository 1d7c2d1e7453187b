"""The embedded broker: messages are files in a folder. kombu's own, but that nobody reads a file that is half written.

kombu opens a message under its final name and writes then: a worker that takes it in between reads nothing, and dies.
Reference: kombu.transport.filesystem.
"""

import uuid
from json import JSONDecodeError
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps

TRIES, PAUSE_SECONDS = 100, 0.01


class Channel(filesystem.Channel):
    """Sends a message by renaming it, and reads a table again that is being written."""

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        unfinished = Path(self.data_folder_out, f"{name}.unfinished")
        try:
            unfinished.write_text(dumps(message), encoding="utf-8")
            unfinished.rename(unfinished.with_suffix(""))
        except OSError as error:
            raise ChannelError(f"The message cannot be written to {self.data_folder_out}: {error}") from error

    def get_table(self, exchange: str) -> list[Any]:
        for _ in range(TRIES):
            try:
                table: list[Any] = super().get_table(exchange)
            except JSONDecodeError:
                sleep(PAUSE_SECONDS)
            else:
                return table
        raise ChannelError(f"The table of {exchange} in {self.control_folder} is damaged: delete it, and start again.")


class Transport(filesystem.Transport):
    """Use it as CELERY_BROKER_TRANSPORT."""

    Channel = Channel
