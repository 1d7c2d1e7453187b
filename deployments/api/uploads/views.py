"""`/uploads`: an archive is begun, sent piece by piece from where it stands, looked at, removed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.base import ApiView
from catalog.api.problems import BadRequestError, ConflictError, ProblemError
from catalog.api.read.parameters import refuse_parameters
from catalog.api.write.common import person_of
from deployments.actions.uploads import (
    OffsetError,
    TooMuchError,
    append_to_upload,
    create_upload,
    remove_upload,
    uploads_of,
)
from deployments.api.uploads import shapes
from deployments.api.uploads.tus import (
    OFFERS,
    PIECE_TYPE,
    VERSIONED,
    check_version,
    headers_of,
    read_bytes,
    read_metadata,
    shown_upload,
)
from deployments.models import Upload
from deployments.runner.uploads import NoRoomError, UploadBusyError, UploadGoneError

WRITE = "services:write"


class BusyProblem(ProblemError):  # noqa: N818 -- UploadBusyError is what the action raises
    status_code = 423
    default_code = "busy"


class TooMuchProblem(ProblemError):  # noqa: N818
    status_code = 413
    default_code = "too_large"


class NoRoomProblem(ProblemError):  # noqa: N818
    status_code = 507
    default_code = "no_room"


class TusView(ApiView):
    def check_permissions(self, request: Request) -> None:
        """What is spoken here is no secret."""
        if request.method != "OPTIONS":
            super().check_permissions(request)

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return HttpResponse(status=204, headers={**OFFERS, "Tus-Resumable": VERSIONED["Tus-Resumable"]})


class UploadsView(TusView):
    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}

    @extend_schema(**shapes.BEGIN)
    def post(self, request: Request) -> Response:
        refuse_parameters(request)
        check_version(request)
        size, metadata = read_bytes(request, "Upload-Length"), request.headers.get("Upload-Metadata", "")
        if size == 0:
            raise BadRequestError("An archive is not empty.", headers=VERSIONED)
        said = read_metadata(metadata)
        with _problems():
            upload = create_upload(by=person_of(request), size_bytes=size, said=said, metadata=metadata)
        headers = {**headers_of(upload), "Location": reverse("services:upload", args=(upload.pk,))}
        return Response(shown_upload(upload), status=201, headers=headers)


class UploadView(TusView):
    scopes: ClassVar[dict[str, str]] = {"GET": WRITE, "PATCH": WRITE, "DELETE": WRITE}

    @extend_schema(**shapes.LOOK)
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002 - the name that the address has for callers
        refuse_parameters(request)
        if request.method == "HEAD":
            check_version(request)
        upload = find_upload(request, id)
        return Response(shown_upload(upload), headers=headers_of(upload))

    @extend_schema(**shapes.GO_ON)
    def patch(self, request: Request, id: UUID) -> Response:  # noqa: A002
        refuse_parameters(request)
        check_version(request)
        offset = read_bytes(request, "Upload-Offset")
        if request.content_type.partition(";")[0] != PIECE_TYPE:
            raise UnsupportedMediaType(request.content_type, f"Send pieces as Content-Type: {PIECE_TYPE}.")
        upload = find_upload(request, id)
        sha256 = read_metadata(upload.metadata).get("sha256", "")
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        with _problems():
            upload = append_to_upload(
                upload, by=person_of(request), offset=offset, length=length, read=_reader(request), sha256=sha256
            )
        return Response(status=204, headers=headers_of(upload))

    @extend_schema(**shapes.REMOVE)
    def delete(self, request: Request, id: UUID) -> Response:  # noqa: A002
        refuse_parameters(request)
        check_version(request)
        with _problems():
            remove_upload(find_upload(request, id), by=person_of(request))
        return Response(status=204, headers=VERSIONED)


def find_upload(request: Request, pk: UUID) -> Upload:
    """Raises NotFound, also for those of other teams."""
    found = uploads_of(person_of(request)).filter(pk=pk).first()
    if found is None:
        raise NotFound(f"There is no upload {pk}.")
    return found


def _reader(request: Request) -> Callable[[int], bytes]:
    """The body, as it comes; where the connection is cut, it ends."""

    def read(size: int) -> bytes:
        try:
            piece: bytes = request.read(size)
        except UnreadablePostError:
            return b""
        return piece

    return read


@contextmanager
def _problems() -> Iterator[None]:
    """What the protocol has statuses for."""
    try:
        yield
    except OffsetError as error:
        raise ConflictError(str(error), headers={**VERSIONED, "Upload-Offset": str(error.received)}) from error
    except TooMuchError as error:
        raise TooMuchProblem(str(error), headers=VERSIONED) from error
    except UploadBusyError as error:
        words = "Somebody is writing this upload just now; ask where it stands, and go on."
        raise BusyProblem(words, headers={**VERSIONED, "Retry-After": "1"}) from error
    except UploadGoneError as error:
        raise NotFound("This upload is gone: begin again.") from error
    except NoRoomError as error:
        words = "The disk that uploads are kept on is full. What came before is kept: go on later."
        raise NoRoomProblem(words, headers=VERSIONED) from error
