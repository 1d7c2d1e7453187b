"""The function's log as lines of JSON, so that CloudWatch can be asked for those of one invocation or one snapshot."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

ROOT = "indexer"
# The serial of the snapshot that is being indexed, None until the pointer was read.
serial_at_work: ContextVar[int | None] = ContextVar("serial_at_work", default=None)


class JsonFormatter(logging.Formatter):
    """`{"at", "level", "logger", "message", "serial", "request_id", "exception"}`; the last three if there are any."""

    def __init__(self, request_id: str) -> None:
        super().__init__()
        self.request_id = request_id

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "serial": serial_at_work.get(),
            "request_id": self.request_id or None,
            "exception": self.formatException(record.exc_info) if record.exc_info else None,
        }
        return json.dumps({name: value for name, value in line.items() if value is not None}, ensure_ascii=False)


@contextmanager
def json_lines(request_id: str) -> Iterator[None]:
    """What the indexer logs meanwhile goes to stderr, a line each, and not to the runtime's own handler too."""
    logger, handler = logging.getLogger(ROOT), logging.StreamHandler()
    handler.setFormatter(JsonFormatter(request_id))
    before = logger.level, logger.propagate
    token = serial_at_work.set(None)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]
        serial_at_work.reset(token)
