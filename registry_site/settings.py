"""Settings of the registry, all from the environment (README, "Settings"); the defaults need no other service."""

import os
from datetime import timedelta
from pathlib import Path

from botocore.config import Config

from registry_site import logs, theme
from registry_site.env import Environment, cache_beside
from registry_site.intake import MAX_PIECE_BYTES
from registry_site.queues import QUEUES, ROUTES
from registry_site.schedule import BEAT_SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = Environment(os.environ)

VAR_DIR = ENVIRONMENT.folder("REGISTRY_VAR_DIR", default=BASE_DIR / "var", holds="broker")
BROKER_FOLDER = VAR_DIR / "broker"

# --- Django -------------------------------------------------------------------------------------------------
DEBUG = ENVIRONMENT.flag("DJANGO_DEBUG")
# Without a key a developer's machine keeps one of its own; elsewhere registry.E010 says that it is missing.
SECRET_KEY = ENVIRONMENT.secret("DJANGO_SECRET_KEY", kept_in=VAR_DIR / "secret-key" if DEBUG else None)
SECRET_KEY_IS_GIVEN = bool(ENVIRONMENT.text("DJANGO_SECRET_KEY"))
ALLOWED_HOSTS = ENVIRONMENT.words("DJANGO_ALLOWED_HOSTS") or (["127.0.0.1", "localhost", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = ENVIRONMENT.words("DJANGO_CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    # Before unfold: its pages of the same name are replaced by ours.
    "catalog",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "servestatic",
    "storages",
    "deployments",
]
MIDDLEWARE = [
    "registry_site.middleware.request_id",
    "registry_site.logs.log_requests",
    "catalog.api.operations.metrics.count_requests",
    "registry_site.problems.problems_only",
    "django.middleware.security.SecurityMiddleware",
    "registry_site.middleware.content_security_policy",
    "registry_site.middleware.cross_origin_reads",
    "registry_site.middleware.limit_bodies",
    "registry_site.health.healthz",
    "catalog.api.operations.probes.probes",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "catalog.admin.too_large.refuse_large_forms",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# What the API takes stays in memory: a disk that is full is then told by the view that writes to it.
FILE_UPLOAD_MAX_MEMORY_SIZE = MAX_PIECE_BYTES
ROOT_URLCONF = "registry_site.urls"
ASGI_APPLICATION = "registry_site.asgi.application"
WSGI_APPLICATION = "registry_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
SERVESTATIC_USE_FINDERS = DEBUG
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- Transport security: everything below is on unless this is a developer's machine ------------------------
SECURE_SSL_REDIRECT = not DEBUG
SECURE_REDIRECT_EXEMPT = ["^(healthz|readyz|metrics)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.flag("REGISTRY_BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
X_FRAME_OPTIONS = "DENY"

# --- Database -----------------------------------------------------------------------------------------------
DATABASES = {"default": ENVIRONMENT.database("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'registry.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL lets readers go on while somebody writes; IMMEDIATE takes the write lock before the first read of a
    # transaction, so that two writers wait for each other instead of failing half-way with "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;",
    }
elif most := ENVIRONMENT.number("REGISTRY_DATABASE_POOL", default=0, least=0, most=1_000):
    # Connections that stay open between requests, so many in each process; Django checks each before it is used.
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": most, "timeout": 5}
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- Celery: the message is a poke, the database row is the truth (ADR 0003) --------------------------------
CELERY_BROKER_URL = ENVIRONMENT.broker("CELERY_BROKER_URL", default="filesystem://localhost")
if CELERY_BROKER_URL.startswith("filesystem:"):
    CELERY_BROKER_TRANSPORT = "registry_site.broker:Transport"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "data_folder_in": str(BROKER_FOLDER),
        "data_folder_out": str(BROKER_FOLDER),
        "control_folder": str(BROKER_FOLDER / "control"),
        "polling_interval": 0.1,
    }
    if CELERY_BROKER_URL.startswith("filesystem:")
    # Longer than any deployment: after it, Redis gives a message to another worker.
    else {"visibility_timeout": 90_000}
    if CELERY_BROKER_URL.startswith(("redis", "sentinel"))
    else {}
)
# A build takes minutes, a publish seconds: workers of their own.
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES = QUEUES
CELERY_TASK_ROUTES = ROUTES
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}
CELERY_BEAT_SCHEDULER = "registry_site.beat:LeadingScheduler"
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE

# --- Caches: in this process, or shared through the broker's Redis ------------------------------------------
CACHES = {name: cache_beside(CELERY_BROKER_URL, name=name) for name in ("default", "limits")}

# --- The registry -------------------------------------------------------------------------------------------
REGISTRY_STORE = ENVIRONMENT.store("REGISTRY_STORE_URL", default=VAR_DIR / "registry")
REGISTRY_PUBLIC_URL = ENVIRONMENT.web_address("REGISTRY_PUBLIC_URL")
REGISTRY_CLOUDFRONT_DISTRIBUTION_ID = ENVIRONMENT.text("REGISTRY_CLOUDFRONT_DISTRIBUTION_ID")
REGISTRY_SIGNING_KEY_FILE = Path(
    ENVIRONMENT.text("REGISTRY_SIGNING_KEY_FILE", default=str(VAR_DIR / "signing-key.pem"))
)
# Only a folder's registry makes its own key: a bucket is read by others, who were told which key to trust.
REGISTRY_MAKES_SIGNING_KEY = not ENVIRONMENT.text("REGISTRY_SIGNING_KEY_FILE") and not REGISTRY_STORE.bucket
REGISTRY_POINTER_VALIDITY = timedelta(days=7)
REGISTRY_MASS_CHANGE_PERCENT = ENVIRONMENT.number("REGISTRY_MASS_CHANGE_PERCENT", default=10, least=0, most=100)
REGISTRY_FOUR_EYES = ENVIRONMENT.flag("REGISTRY_FOUR_EYES")
# What answers searches (catalog/search/configured.py).
REGISTRY_SEARCH = ENVIRONMENT.choice("REGISTRY_SEARCH", choices=["database", "dynamodb"], default="database")
REGISTRY_SEARCH_TABLE = ENVIRONMENT.table("REGISTRY_SEARCH_TABLE", default="provider-metadata-index")
# Capacity units that one search may read.
REGISTRY_SEARCH_CAPACITY = ENVIRONMENT.number("REGISTRY_SEARCH_CAPACITY", default=1000, least=10, most=1_000_000)
# Where sources may be fetched from (deployments/sources/rules.py): public addresses over HTTPS, and these.
REGISTRY_SOURCE_NETWORKS = ENVIRONMENT.networks("REGISTRY_SOURCE_NETWORKS")
REGISTRY_SOURCE_HOSTS = [host.lower() for host in ENVIRONMENT.words("REGISTRY_SOURCE_HOSTS")]
REGISTRY_SOURCE_HTTP = ENVIRONMENT.flag("REGISTRY_SOURCE_HTTP")
# Archives that were uploaded, each in a file named by its id; web and workers see the same folder.
REGISTRY_UPLOAD_DIR = Path(ENVIRONMENT.text("REGISTRY_UPLOAD_DIR", default=str(VAR_DIR / "uploads")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR_DIR / "media"}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "servestatic.storage.CompressedManifestStaticFilesStorage"
    },
}
if REGISTRY_STORE.bucket:
    STORAGES["registry"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": REGISTRY_STORE.bucket,
            "location": REGISTRY_STORE.prefix,
            "querystring_auth": False,
            # As many connections as the publisher has threads; a store that hangs is an error after half a minute.
            # Nothing but our own types gets there: to have them checked again takes a tenth of a request's work.
            "client_config": Config(
                parameter_validation=False,
                max_pool_connections=32,
                connect_timeout=5,
                read_timeout=30,
                retries={"mode": "standard", "max_attempts": 4},
            ),
        },
    }

# --- The sandbox of builds (deployments/sandbox) -------------------------------------------------------------
# What one program of a build may use.
REGISTRY_SANDBOX_LIMITS = {
    "cpu_seconds": ENVIRONMENT.number("REGISTRY_SANDBOX_CPU_SECONDS", default=900, least=1, most=86_400),
    "processes": ENVIRONMENT.number("REGISTRY_SANDBOX_PROCESSES", default=1024, least=16, most=1_000_000),
    "file_bytes": ENVIRONMENT.megabytes("REGISTRY_SANDBOX_FILE_MEGABYTES", default=512),
    "disk_bytes": ENVIRONMENT.megabytes("REGISTRY_SANDBOX_DISK_MEGABYTES", default=4096),
    "temporary_bytes": ENVIRONMENT.megabytes("REGISTRY_SANDBOX_TEMPORARY_MEGABYTES", default=512),
    "memory_bytes": ENVIRONMENT.megabytes("REGISTRY_SANDBOX_MEMORY_MEGABYTES", default=4096, least=16),
}
# Hosts that builds may reach, if they list them, although their addresses are private.
REGISTRY_SANDBOX_PRIVATE_HOSTS = ENVIRONMENT.words("REGISTRY_SANDBOX_PRIVATE_HOSTS")
# Where builds install npm packages from; empty for what npm on the worker is set to.
REGISTRY_NPM_REGISTRY = ENVIRONMENT.web_address("REGISTRY_NPM_REGISTRY")
# Registries that base images may come from: host:port, or http://host:port for one without TLS.
REGISTRY_BASE_IMAGE_HOSTS = ENVIRONMENT.words("REGISTRY_BASE_IMAGE_HOSTS")

# --- Django REST framework, admin theme, logs ---------------------------------------------------------------
# Whether anybody may read what is live; the tree itself is public in any case.
REGISTRY_API_PUBLIC = not ENVIRONMENT.flag("REGISTRY_API_NEEDS_TOKEN")
# Requests in a minute; 0 for no limit.
REGISTRY_LIMITS = {
    "address": ENVIRONMENT.number("REGISTRY_LIMIT_ADDRESS", default=600, least=0, most=1_000_000),
    "token": ENVIRONMENT.number("REGISTRY_LIMIT_TOKEN", default=3000, least=0, most=1_000_000),
    # Only those that are wrong.
    "signatures": ENVIRONMENT.number("REGISTRY_LIMIT_SIGNATURES", default=60, least=0, most=1_000_000),
    "writes": ENVIRONMENT.number("REGISTRY_LIMIT_WRITES", default=120, least=0, most=1_000_000),
}
REGISTRY_LIMITS["person"] = REGISTRY_LIMITS["token"]
# Who has it may read /metrics; without one, private addresses may.
REGISTRY_METRICS_TOKEN = ENVIRONMENT.passphrase("REGISTRY_METRICS_TOKEN")
if ENVIRONMENT.text("PROMETHEUS_MULTIPROC_DIR"):
    ENVIRONMENT.folder("PROMETHEUS_MULTIPROC_DIR", default=VAR_DIR, holds=".")
REGISTRY_COUNTS_READS = True
REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "registry_site.api.problem_response",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "catalog.api.access.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["catalog.api.access.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["catalog.api.parsing.StrictJsonParser"],
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Provider Metadata Registry",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "catalog.api.openapi.add_shapes",
        "deployments.api.openapi.add_shapes",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
UNFOLD = theme.UNFOLD
LOGGING_CONFIG = "registry_site.logs.configure"
LOGGING = logs.describe_logging(
    form=ENVIRONMENT.choice("REGISTRY_LOG_FORMAT", choices=logs.FORMATS, default="line" if DEBUG else "json"),
    level=ENVIRONMENT.choice("REGISTRY_LOG_LEVEL", choices=logs.LEVELS, default="INFO"),
    # A developer sees their requests in the browser.
    requests_level="WARNING" if DEBUG else "INFO",
)

# --- Deployments --------------------------------------------------------------------------------------------
REGISTRY_WORK_DIR = VAR_DIR / "work"
REGISTRY_CACHE_DIR = VAR_DIR / "cache"
REGISTRY_CACHE_BYTES = ENVIRONMENT.megabytes("REGISTRY_CACHE_MEGABYTES", default=1024)
REGISTRY_ARTIFACT_DIR = VAR_DIR / "artifacts"
REGISTRY_SITES_DIR = Path(ENVIRONMENT.text("REGISTRY_SITES_DIR", default=str(VAR_DIR / "sites")))
REGISTRY_SECRETS_KEYRING = Path(ENVIRONMENT.text("REGISTRY_SECRETS_KEYRING", default=str(VAR_DIR / "secrets-keyring")))
REGISTRY_SECRETS_KEYS = ENVIRONMENT.text("REGISTRY_SECRETS_KEYS")
# Only the default is made here: one that is missing elsewhere is not mounted.
REGISTRY_MAKES_KEYRING = not ENVIRONMENT.text("REGISTRY_SECRETS_KEYRING")
REGISTRY_MAX_DEPLOYMENTS = ENVIRONMENT.number("REGISTRY_MAX_DEPLOYMENTS", default=4, least=1, most=1_000)
REGISTRY_DEPLOYMENT_SECONDS = ENVIRONMENT.number("REGISTRY_DEPLOYMENT_SECONDS", default=1_800, least=10, most=86_400)
# What a look at a source may take, before anything is deployed: which builders fit.
REGISTRY_LOOK_SECONDS = ENVIRONMENT.number("REGISTRY_LOOK_SECONDS", default=60, least=5, most=600)
# What webhooks were told is kept for so long. What is unusual shows against 31 days, and senders repeat for some days.
REGISTRY_HOOK_DELIVERY_DAYS = ENVIRONMENT.number("REGISTRY_HOOK_DELIVERY_DAYS", default=60, least=31, most=3_650)
# Streams of logs at once: of one web process, and of one token or person in it.
REGISTRY_LOG_STREAMS = {
    "process": ENVIRONMENT.number("REGISTRY_LOG_STREAMS", default=200, least=0, most=10_000),
    "caller": ENVIRONMENT.number("REGISTRY_LOG_STREAMS_OF_CALLER", default=20, least=1, most=10_000),
}
