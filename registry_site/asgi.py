"""ASGI entry point; what gunicorn's uvicorn workers serve."""

import os

from django.core.asgi import get_asgi_application

from registry_site.intake import bounded
from registry_site.stopping import told_to_stop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry_site.settings")
application = told_to_stop(bounded(get_asgi_application()))
