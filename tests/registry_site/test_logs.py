"""Logs: each line once, with the same members whoever wrote it, joined by ids, without values of variables."""

import json
import logging
import logging.config
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

import pytest
import structlog
from celery import signals
from celery.app.task import Context
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory
from structlog.contextvars import bound_contextvars, clear_contextvars, get_contextvars
from structlog.testing import capture_logs

from registry_site import celery as celery_site
from registry_site import logs

SAY = """
import logging
from structlog import get_logger
from structlog.contextvars import bound_contextvars
from registry_site.logs import configure, describe_logging
configure(describe_logging(form={form!r}, level="INFO", requests_level="INFO"))
with bound_contextvars(request_id="request-0001"):
    get_logger("of.structlog").info("published", snapshot=7)
    logging.getLogger("of.logging").warning("a line\\nof %s", "two")
    logging.getLogger("gunicorn.error").info("started")
    get_logger("of.structlog").debug("nobody asked for this")
    try:
        password = "hunter2-hunter2"
        raise ValueError("not this one")
    except ValueError:
        logging.getLogger("of.logging").exception("it broke")
        get_logger("of.structlog").exception("it broke again")
"""


@cache
def lines_of(form: str) -> list[str]:
    run = subprocess.run([sys.executable, "-c", SAY.format(form=form)], capture_output=True, text=True, check=True)
    assert run.stdout == ""
    return run.stderr.splitlines()


@pytest.fixture
def unbound() -> Iterator[None]:
    clear_contextvars()
    yield
    clear_contextvars()


def test_django_writes_through_the_root_only() -> None:
    assert logging.getLogger("django").handlers == []
    assert logging.getLogger("django").propagate


def test_json_lines_are_alike_whoever_wrote_them() -> None:
    events = [json.loads(line) for line in lines_of("json")]

    assert [list(event)[:4] for event in events] == [["timestamp", "level", "logger", "event"]] * 5
    assert {event["request_id"] for event in events} == {"request-0001"}
    assert [(event["level"], event["logger"], event["event"]) for event in events] == [
        ("info", "of.structlog", "published"),
        ("warning", "of.logging", "a line\nof two"),
        ("info", "gunicorn.error", "started"),
        ("error", "of.logging", "it broke"),
        ("error", "of.structlog", "it broke again"),
    ]
    assert events[0]["snapshot"] == 7
    assert [event["exception"].splitlines()[-1] for event in events[3:]] == ["ValueError: not this one"] * 2


@pytest.mark.parametrize("form", logs.FORMATS)
def test_a_traceback_shows_no_values(form: str) -> None:
    text = "\n".join(lines_of(form))

    assert text.count("ValueError: not this one") == 2
    # The source line of the traceback does not name it; a listing of variables would.
    assert "hunter2-hunter2" not in text


def test_lines_for_people_have_the_ids() -> None:
    first = lines_of("line")[0]

    assert first.split(maxsplit=1)[1] == "[info] published [of.structlog] request_id=request-0001 snapshot=7"


def test_an_answer_is_one_line_without_its_address() -> None:
    with capture_logs() as lines:
        logs.log_requests(lambda request: HttpResponse(status=204))(RequestFactory().post("/hooks/a-secret-token?b=c"))

    (line,) = lines
    assert line.pop("milliseconds") >= 0
    assert line == {"event": "request", "log_level": "info", "method": "POST", "route": None, "status": 204}


@pytest.mark.parametrize("path", sorted(logs.QUIET_PATHS))
def test_probes_leave_no_lines(path: str) -> None:
    with capture_logs() as lines:
        logs.log_requests(lambda request: HttpResponse())(RequestFactory().get(path))

    assert lines == []


def test_a_task_runs_with_the_id_of_the_request_that_asked_for_it(unbound: None) -> None:
    headers: dict[str, object] = {}
    task = celery_site.app.tasks["celery.backend_cleanup"]

    with bound_contextvars(request_id="request-0001", address="192.0.2.1"):
        signals.before_task_publish.send(sender="any", headers=headers)
    task.request_stack.push(Context(headers))
    signals.task_prerun.send(sender=task, task_id="task-1", task=task)
    within = get_contextvars()
    signals.task_postrun.send(sender=task, task_id="task-1", task=task)
    task.request_stack.pop()

    assert headers == {"request_id": "request-0001"}
    assert within == {"request_id": "request-0001", "task": task.name, "task_id": "task-1"}
    assert get_contextvars() == {}


def test_a_task_of_the_clock_has_no_request(unbound: None) -> None:
    headers: dict[str, object] = {}

    signals.before_task_publish.send(sender="any", headers=headers)

    assert headers == {}


def test_a_task_inside_a_request_leaves_its_context_alone(unbound: None) -> None:
    @celery_site.app.task
    def look() -> dict[str, object]:
        return get_contextvars()

    with bound_contextvars(request_id="request-0001"):
        within = look.apply().get()
        after = get_contextvars()

    assert within["request_id"] == "request-0001"
    assert within["task"] == look.name
    assert after == {"request_id": "request-0001"}


def test_the_level_of_a_worker_is_what_it_was_told() -> None:
    root = logging.getLogger()
    before, handlers = root.level, list(root.handlers)
    try:
        celery_site.set_up_logging(loglevel=logging.ERROR)
        assert root.level == logging.ERROR
    finally:
        logs.configure(settings.LOGGING)
        root.setLevel(before)
        root.handlers[:] = handlers


def test_settings_choose_words_for_developers_and_json_elsewhere() -> None:
    code = "from registry_site import settings; print(settings.LOGGING['formatters']['event']['form'])"
    base = {"PATH": "", "REGISTRY_VAR_DIR": str(settings.VAR_DIR)}

    def chosen(**environment: str) -> str:
        command = [sys.executable, "-c", code]
        return subprocess.run(
            command, env=base | environment, capture_output=True, text=True, check=True
        ).stdout.strip()

    assert chosen() == "json"
    assert chosen(DJANGO_DEBUG="true") == "line"


def test_structlog_is_told_the_way_of_all_lines() -> None:
    assert structlog.get_config()["logger_factory"].__class__ is structlog.stdlib.LoggerFactory
