"""The headers of resumable uploads: what is read from requests, and what answers say.

Reference: tus resumable upload protocol 1.0.0, core and the extensions creation, expiration and termination.
"""

import base64
import binascii
import re
from typing import Any

from django.utils.http import http_date
from rest_framework.request import Request

from catalog.api.problems import BadRequestError, ProblemError
from catalog.api.read.parameters import shown
from deployments.actions.uploads import MAX_BYTES
from deployments.models import Upload
from deployments.runner.uploads import UNFINISHED_LIVES

VERSION = "1.0.0"
VERSIONED = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
OFFERS = {"Tus-Version": VERSION, "Tus-Extension": "creation,expiration,termination", "Tus-Max-Size": str(MAX_BYTES)}
PIECE_TYPE = "application/offset+octet-stream"
BYTES = re.compile("[0-9]{1,15}")
NAME = re.compile(r"[!-+\--~]{1,64}")
MAX_METADATA = 2_000


class VersionError(ProblemError):
    """Another version of the protocol than the one that is spoken here."""

    status_code = 412
    default_code = "version"


def check_version(request: Request) -> None:
    """Raises VersionError, also where none is named."""
    given = request.headers.get("Tus-Resumable", "")
    if given != VERSION:
        said = f"not {shown(given)}" if given else "which is missing"
        headers = {**VERSIONED, "Tus-Version": VERSION}
        raise VersionError(f"Send Tus-Resumable: {VERSION}, {said}.", headers=headers)


def read_bytes(request: Request, name: str) -> int:
    """A number of bytes out of a header. Raises BadRequestError."""
    given = request.headers.get(name, "")
    if not BYTES.fullmatch(given):
        said = f"not {shown(given)}" if given else "which is missing"
        raise BadRequestError(f"Send {name} with a number of bytes, {said}.", headers=VERSIONED)
    return int(given)


def read_metadata(text: str) -> dict[str, str]:
    """Names and values of `Upload-Metadata`: `filename c2l0ZS56aXA=,sha256 ...`. Raises BadRequestError."""
    if len(text) > MAX_METADATA:
        raise _bad(f"has more than {MAX_METADATA:,} characters")
    said: dict[str, str] = {}
    for pair in text.split(",") if text else ():
        name, _, value = pair.strip(" ").partition(" ")
        if not NAME.fullmatch(name) or name in said:
            raise _bad(f"has {shown(name)} as a name, or twice")
        try:
            said[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise _bad(f"has a value of {shown(name)} that is no text in base64") from error
        if not said[name].isprintable():
            raise _bad(f"has a value of {shown(name)} that cannot be shown")
    return said


def headers_of(upload: Upload) -> dict[str, str]:
    """How far it is, and until when one can go on."""
    headers = {**VERSIONED, "Upload-Offset": str(upload.received_bytes), "Upload-Length": str(upload.size_bytes)}
    if upload.metadata:
        headers["Upload-Metadata"] = upload.metadata
    if upload.finished_at is None:
        headers["Upload-Expires"] = http_date((upload.changed_at + UNFINISHED_LIVES).timestamp())
    return headers


def shown_upload(upload: Upload) -> dict[str, Any]:
    """The upload as JSON."""
    return {
        "id": str(upload.pk),
        "owner": upload.owner.get_username(),
        "team": upload.team.name if upload.team else None,
        "filename": read_metadata(upload.metadata).get("filename"),
        "sizeBytes": upload.size_bytes,
        "receivedBytes": upload.received_bytes,
        "sha256": upload.sha256 or None,
        "createdAt": upload.created_at,
        "finishedAt": upload.finished_at,
    }


def _bad(what: str) -> BadRequestError:
    return BadRequestError(f"Upload-Metadata {what}; it is pairs of a name and a base64 text.", headers=VERSIONED)
