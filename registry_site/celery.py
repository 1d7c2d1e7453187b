"""The Celery app: workers and beat start here (`celery -A registry_site worker`).

A task runs in the log context of the request that asked for it: its id travels in the message's headers.
"""

import logging
import os
from contextvars import Token
from typing import Any

from celery import Celery, Task, signals
from django.conf import settings
from structlog.contextvars import bind_contextvars, get_contextvars, reset_contextvars

from registry_site import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry_site.settings")
TOKENS = "registry_log_tokens"

app = Celery("registry_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def set_up_logging(loglevel: int, **_: object) -> None:
    """The registry's lines instead of Celery's; `--loglevel` counts."""
    logs.configure(settings.LOGGING)
    logging.getLogger().setLevel(loglevel)


@signals.before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_: object) -> None:
    if request_id := get_contextvars().get("request_id"):
        headers["request_id"] = request_id


@signals.task_prerun.connect
def bind_ids(task_id: str, task: "Task[..., object]", **_: object) -> None:
    ids = {"task": task.name, "task_id": task_id}
    if request_id := task.request.get("request_id"):
        ids["request_id"] = request_id
    setattr(task.request, TOKENS, bind_contextvars(**ids))


@signals.task_postrun.connect
def unbind_ids(task: "Task[..., object]", **_: object) -> None:
    tokens: dict[str, Token[Any]] = getattr(task.request, TOKENS, {})
    reset_contextvars(**tokens)
