"""Finds secrets in what was built: as they are, and in the forms that logs are masked for.

It is for accidents, such as an `.env` that is copied along. Who wants to publish a secret can always write it in a way
that is not looked for.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from deployments.contract import PermanentError
from deployments.sandbox.masking import LEAST_CHARACTERS, forms_of

CHUNK_BYTES = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
# A frame, or one to be skipped that comes before it, of zstd. Reference: RFC 8878, 3.1.
ZSTD_MAGIC = re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")
# A shorter form of a secret is in every large file by chance.
LEAST_FORM_CHARACTERS = 8
# Of a secret of several lines: what is key and not the words around it, which may be anywhere.
KEY_PATTERN = re.compile(r"(?=\S*[a-z])(?=\S*[A-Z])(?=\S*[0-9])[A-Za-z0-9+/=_-]{32,}")


def needles_of(secrets: Iterable[str]) -> list[bytes]:
    """What to look for. Nothing of a secret of fewer than LEAST_CHARACTERS: every file holds it."""
    found = {form.encode() for secret in secrets for form in _needles_of_one(secret.strip())}
    return sorted(found)


def _needles_of_one(secret: str) -> Iterator[str]:
    if len(secret) < LEAST_CHARACTERS:
        return
    yield secret
    yield from (form for form in forms_of(secret, by_line=False) if len(form) >= LEAST_FORM_CHARACTERS)
    if len(secret.splitlines()) > 1:
        yield from KEY_PATTERN.findall(secret)


class Scan:
    """One stream of bytes, looked through chunk by chunk."""

    def __init__(self, needles: Sequence[bytes], *, name: str) -> None:
        self._needles, self._name = needles, name
        # A secret may lie across two chunks.
        self._overlap = max((len(needle) for needle in needles), default=1) - 1
        self._tail = b""

    def feed(self, chunk: bytes) -> None:
        """Raises PermanentError if a secret ends in this chunk."""
        window = self._tail + chunk
        if any(needle in window for needle in self._needles):
            raise PermanentError(
                f"The file {self._name!r} of the build holds a secret.", hint="Whatever is deployed can be read by all."
            )
        self._tail = window[len(window) - self._overlap :] if self._overlap else b""


def scan_layer(path: Path, needles: Sequence[bytes], *, name: str, most_bytes: int, check: Callable[[], None]) -> int:
    """Look through what a blob of an image holds before compression; how many bytes that was, 0 if it is plain.

    Raises PermanentError for a secret, for more than `most_bytes`, and for what cannot be unpacked.
    """
    with path.open("rb") as file:
        begins = file.read(4)
    _refuse_zstd(begins, name=name)
    if not begins.startswith(GZIP_MAGIC):
        return 0
    scan, size = Scan(needles, name=f"{name}, a layer"), 0
    try:
        with gzip.open(path) as layer:
            while chunk := layer.read(CHUNK_BYTES):
                check()
                size += len(chunk)
                if size > most_bytes:
                    raise PermanentError(
                        "The layers of the image hold more than can be looked through.", hint="Make the image smaller."
                    )
                scan.feed(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise PermanentError(f"The layer {name!r} of the image is damaged.", hint="Build it again.") from error
    return size


def _refuse_zstd(begins: bytes, *, name: str) -> None:
    """Python unpacks zstd from 3.14 on; until then a secret in it would go unseen."""
    if ZSTD_MAGIC.match(begins):
        raise PermanentError(
            f"The layer {name!r} of the image is compressed with zstd, in which secrets cannot be looked for.",
            hint="Compress layers with gzip: `compression_format` of containers.conf, `compression` of docker buildx.",
        )
