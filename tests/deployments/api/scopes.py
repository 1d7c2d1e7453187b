"""The table of every endpoint of services: address, method, who may call it. A route that is not here fails a test."""

from collections.abc import Mapping

from tests.deployments.api.programs import LOOK, READ, TRIGGER, UNKNOWN, WRITE

Methods = Mapping[str, str]
SERVICE_SCOPES: Mapping[str, Methods] = {
    "services": {"GET": READ, "POST": WRITE},
    "services/usage": {"GET": READ},
    "services/validate": {"POST": READ},
    "services/suggestions": {"POST": WRITE},
    "services/<uuid:id>": {"GET": READ, "PATCH": WRITE, "DELETE": WRITE},
    "services/<uuid:id>/validate": {"POST": READ},
    "services/<uuid:id>/suggestions": {"POST": WRITE},
    "services/<uuid:id>/revisions": {"GET": READ},
    "services/<uuid:id>/revisions/<number:number>": {"GET": READ},
    "services/<uuid:id>/diff": {"GET": READ},
    "services/<uuid:id>/restore": {"POST": WRITE},
    "services/<uuid:id>/secrets": {"GET": READ},
    "services/<uuid:id>/secrets/<str:name>": {"GET": READ, "PUT": WRITE, "DELETE": WRITE},
}
DEPLOYMENT_SCOPES: Mapping[str, Methods] = {
    "services/<uuid:id>/deployments": {"GET": LOOK, "POST": TRIGGER},
    "services/<uuid:id>/rollback": {"POST": TRIGGER},
    "services/<uuid:id>/pin": {"POST": TRIGGER},
    "deployments": {"GET": LOOK},
    "deployments/<uuid:id>": {"GET": LOOK},
    "deployments/<uuid:id>/cancel": {"POST": TRIGGER},
    "deployments/<uuid:id>/logs": {"GET": LOOK},
}
STREAM_SCOPES: Mapping[str, Methods] = {"deployments/<uuid:id>/events": {"GET": LOOK}}
# Its id is that of a look, which belongs to whoever asked (services/test_suggesting.py).
LOOK_SCOPES: Mapping[str, Methods] = {"services/suggestions/<uuid:id>": {"GET": READ}}
UPLOAD_SCOPES: Mapping[str, Methods] = {
    "uploads": {"POST": WRITE},
    "uploads/<uuid:id>": {"GET": WRITE, "PATCH": WRITE, "DELETE": WRITE},
}
TARGET_SCOPES: Mapping[str, Methods] = {
    "targets": {"GET": READ},
    "targets/<str:id>/schema": {"GET": READ},
}
# What takes and gives JSON.
JSON_ROUTES: Mapping[str, Methods] = {**SERVICE_SCOPES, **DEPLOYMENT_SCOPES, **TARGET_SCOPES}
SCOPES_BY_ROUTE: Mapping[str, Methods] = {**JSON_ROUTES, **STREAM_SCOPES, **LOOK_SCOPES, **UPLOAD_SCOPES}
# Whoever asks: these judge a signature themselves (test_signatures.py).
SIGNED_ROUTES: Mapping[str, Methods] = {"hooks/<slug:token>": {"POST": "signed"}}
# What stands for the parts of an address that change.
PARTS = {
    "targets/<str:id>": "targets/directory",
    "<uuid:id>": UNKNOWN,
    "<number:number>": "1",
    "<str:name>": "token",
}
