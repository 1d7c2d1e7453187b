"""Settings of the tests: the product's own, on an environment that no developer's shell can disturb."""

import os
import tempfile
from pathlib import Path

KEPT = {"DATABASE_URL", "CELERY_BROKER_URL"}
for _name in list(os.environ):
    if (
        _name not in KEPT
        and _name.startswith(("REGISTRY_", "DJANGO_", "AWS_", "CELERY_"))
        and _name != "DJANGO_SETTINGS_MODULE"
    ):
        del os.environ[_name]
os.environ["REGISTRY_VAR_DIR"] = tempfile.mkdtemp(prefix="registry-tests-")
os.environ["DJANGO_SECRET_KEY"] = "only-for-tests-" + "x" * 50
os.environ["DJANGO_ALLOWED_HOSTS"] = "testserver,127.0.0.1"
# moto answers for AWS; without these boto3 would look for the developer's own account.
os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_DEFAULT_REGION="us-east-1")

from registry_site.env import cache_beside  # noqa: E402
from registry_site.settings import *  # noqa: E402, F403
from registry_site.settings import VAR_DIR  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":  # noqa: F405
    # Nothing here must outlive the machine.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"  # noqa: F405
SECURE_SSL_REDIRECT = False
# It is asynchronous: each request of a test would start an event loop. Flows and the browser serve real files.
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("servestatic.")]  # noqa: F405
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
STATIC_ROOT = VAR_DIR
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Tests run beside each other: whatever the broker, what one has cached is not another's.
CACHES = {name: cache_beside("", name=name) for name in CACHES}  # noqa: F405
# No suite is so patient; what tests limits sets its own.
REGISTRY_LIMITS = dict.fromkeys(("address", "token", "person", "writes"), 1_000_000)
# Tests of counting turn it on, and save by themselves.
REGISTRY_COUNTS_READS = False
REGISTRY_PUBLIC_URL = "https://registry.test"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
assert Path(VAR_DIR).is_dir()
