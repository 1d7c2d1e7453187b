"""Logs: one line an event on standard error, as JSON for a collector or as words for a person.

Loggers of structlog, of the standard library, of Celery and gunicorn end in one handler, so all lines have the same
members. What joins them is in structlog's context: `request_id` from the request to the tasks that it started,
`task_id`, `snapshot`, `deployment`. Tracebacks never show the values of variables: some are secrets.
"""

import logging
import logging.config
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from structlog.typing import EventDict, Processor, WrappedLogger

GetResponse = Callable[[HttpRequest], HttpResponse]
FORMATS = ("json", "line")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
# Machines ask for these every few seconds: their lines would bury the rest.
QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
requests = structlog.get_logger("registry_site.requests")


def describe_logging(*, form: str, level: str, requests_level: str) -> dict[str, Any]:
    """The `LOGGING` of Django and the `logconfig_dict` of gunicorn: `form` is one of FORMATS, levels of LEVELS."""
    console = {"handlers": ["console"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"event": {"()": "registry_site.logs.make_formatter", "form": form}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "event"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # One line for each look at the public address would bury the rest.
            "httpx": {"level": "WARNING"},
            # Django's own console handler would write each line a second time.
            "django": {"handlers": [], "level": level},
            "registry_site.requests": {"level": requests_level},
            # uvicorn's worker takes the handlers of gunicorn's loggers, and no others.
            "gunicorn.error": console,
            "gunicorn.access": console,
        },
    }


def configure(config: dict[str, Any]) -> None:
    """Django's `LOGGING_CONFIG`: applies `config`, and sends what structlog is told the same way."""
    logging.config.dictConfig(config)
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def make_formatter(form: str) -> structlog.stdlib.ProcessorFormatter:
    """For lines of both kinds of loggers; `form` is one of FORMATS."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderer(form)],
    )


def log_requests(get_response: GetResponse) -> GetResponse:
    """Middleware: a line for each answer, with route, status and milliseconds up to its first byte.

    The path and its query are not logged: they may hold the token of a hook.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        if request.path not in QUIET_PATHS:
            requests.info(
                "request",
                method=request.method,
                route=request.resolver_match.route if request.resolver_match else None,
                status=response.status_code,
                milliseconds=round((time.perf_counter() - began) * 1000, 1),
            )
        return response

    return middleware


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _renderer(form: str) -> list[Processor]:
    if form == "json":
        return [
            structlog.processors.format_exc_info,
            _order,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ]
    plain = structlog.dev.ConsoleRenderer(
        colors=False, pad_event_to=0, pad_level=False, exception_formatter=structlog.dev.plain_traceback
    )
    return [plain]


def _order(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """What every line has comes first, so that a person can read JSON too."""
    first = {name: event.pop(name) for name in ("timestamp", "level", "logger", "event") if name in event}
    return {**first, **event}
