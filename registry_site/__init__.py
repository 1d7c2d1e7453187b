"""The front door: settings, URLs and the processes that serve them.

The Celery app is imported here so that `shared_task` is bound to it in every process; without it a web process
would quietly talk to a default AMQP broker.
"""

from registry_site.celery import app as celery_app

__all__ = ["celery_app"]
