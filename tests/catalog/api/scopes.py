"""The table of every endpoint: address, method, and who may call it. A route that is not here fails its test."""

from collections.abc import Mapping

READ, WRITE, APPROVE, PUBLISH = "entries:read", "entries:write", "entries:approve", "snapshots:publish"
PUBLIC, OPEN, PERSON = "public", "open", "person"
Methods = Mapping[str, str]

# Behind the address of an entry of each kind; empty is the entry itself.
OF_EVERY_ENTRY: Mapping[str, Methods] = {
    "": {"GET": PUBLIC, "PUT": WRITE, "PATCH": WRITE},
    "/approve": {"POST": APPROVE},
    "/diff": {"GET": READ},
    "/lifecycle": {"POST": WRITE},
    "/reject": {"POST": APPROVE},
    "/restore": {"POST": WRITE},
    "/revisions": {"GET": READ},
    "/revisions/<number:number>": {"GET": READ},
    "/usage": {"GET": READ},
    "/withdraw": {"POST": APPROVE},
}
ENTRIES: Mapping[str, Methods] = {
    **{f"{kind}s": {"GET": PUBLIC, "POST": WRITE} for kind in ("provider", "builder", "stack")},
    **{
        f"{kind}s/<{kind}:name>{rest}": methods
        for kind in ("provider", "builder", "stack")
        for rest, methods in OF_EVERY_ENTRY.items()
    },
}
SCOPES_BY_ROUTE: Mapping[str, Methods] = {
    **ENTRIES,
    "builders/<builder:name>/providers": {"GET": PUBLIC},
    "builders/<builder:name>/schema": {"GET": PUBLIC},
    "builders/<builder:name>/validate": {"POST": PUBLIC},
    "bulk": {"POST": WRITE},
    "docs": {"GET": OPEN},
    "manifest": {"GET": PUBLIC},
    "openapi.json": {"GET": OPEN},
    "providers/<provider:name>/builders": {"GET": PUBLIC},
    "providers/<provider:name>/schema": {"GET": PUBLIC},
    "providers/<provider:name>/validate": {"POST": PUBLIC},
    "redoc": {"GET": OPEN},
    "redoc.js": {"GET": OPEN},
    "schemas": {"GET": PUBLIC},
    "schemas/<slug:name>/<str:version>": {"GET": PUBLIC},
    "schemas/<slug:name>/validate": {"POST": PUBLIC},
    "schemas/compatibility": {"POST": PUBLIC},
    "search/providers": {"GET": PUBLIC},
    "snapshots": {"GET": PUBLIC, "POST": PUBLISH},
    "snapshots/<int:earlier>/diff/<int:later>": {"GET": PUBLIC},
    "snapshots/<number:serial>": {"GET": PUBLIC},
    "snapshots/<number:serial>/rollback": {"POST": PUBLISH},
    "snapshots/requests/<number:id>": {"GET": PUBLISH},
    "status": {"GET": PUBLIC},
    "tokens": {"GET": PERSON, "POST": PERSON},
    "tokens/<slug:id>": {"GET": PERSON, "DELETE": PERSON},
    "tokens/<slug:id>/usage": {"GET": PERSON},
}
# What stands for the parts of an address that change.
PARTS = {
    "<provider:name>": "cms/sanity",
    "<builder:name>": "hugo",
    "<stack:name>": "foundation/marketing",
    "<slug:name>": "provider",
    "<str:version>": "1.0.0",
    "<slug:id>": "0123456789ab",
    "<number:number>": "1",
    "<number:serial>": "1",
    "<number:id>": "1",
    "<int:earlier>": "1",
    "<int:later>": "2",
}
