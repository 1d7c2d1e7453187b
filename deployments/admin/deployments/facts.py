"""What exactly ran: backends with versions and digests of schemas, the revision, the serial, the artifact, configs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.models import Snapshot
from deployments.admin.safe_text import INVISIBLE, web_address
from deployments.models import BackendKind, Deployment

TITLES = {
    BackendKind.SOURCE: "Source",
    BackendKind.BUILD: "Build",
    BackendKind.TARGET: "Target",
}


@dataclass(frozen=True, slots=True)
class Side:
    """One of the three backends; `config` is JSON, in which secrets are named only."""

    title: str
    backend: str
    version: str
    schema: str
    config: str


@dataclass(frozen=True, slots=True)
class Facts:
    """`snapshot` is the primary key of the page of `registry_serial`, None where there is none."""

    sides: list[Side]
    snapshot: int | None
    url: str
    release: str


def facts_of(deployment: Deployment) -> Facts:
    """One query at most."""
    serial = deployment.registry_serial
    snapshot = Snapshot.objects.filter(serial=serial).values_list("pk", flat=True).first() if serial else None
    release: Mapping[str, Any] = deployment.release
    return Facts(
        sides=[side for kind in BackendKind if (side := _side(deployment, kind))],
        snapshot=snapshot,
        url=web_address(release.get("url")),
        release=str(release.get("id") or ""),
    )


def _side(deployment: Deployment, kind: BackendKind) -> Side | None:
    ran, config = deployment.backends.get(kind), deployment.configs.get(kind)
    if ran is None and config is None:
        return None
    ran = ran or {}
    return Side(
        title=TITLES[kind],
        backend=str(ran.get("backend", "")),
        version=str(ran.get("version", "")),
        schema=str(deployment.schemas.get(kind, "")),
        config=_as_text(config),
    )


def _as_text(config: object) -> str:
    """In lines; what cannot be seen is written as JSON writes it."""
    text = json.dumps(config if config is not None else {}, indent=2, ensure_ascii=False)
    return INVISIBLE.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", text)
