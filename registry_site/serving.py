"""gunicorn's configuration (`--config python:registry_site.serving`): its workers speak ASGI, its lines are ours."""

from registry_site.settings import LOGGING

worker_class = "uvicorn_worker.UvicornWorker"
# The default makes a socket in the home folder, which a read-only container has not.
control_socket_disable = True
logconfig_dict = LOGGING
