"""gunicorn's configuration (`--config python:registry_site.serving`): its workers speak ASGI, its lines are ours.

`--workers` and the rest are given on the command line or in GUNICORN_CMD_ARGS.
"""

from registry_site.settings import LOGGING

bind = "127.0.0.1:8000"
workers = 2
worker_class = "uvicorn_worker.UvicornWorker"
# The default makes a socket in the home folder, which a read-only container has not.
control_socket_disable = True
# What is being answered when a process is told to stop has so many seconds.
graceful_timeout = 30
logconfig_dict = LOGGING
