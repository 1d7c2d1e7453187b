"""Writes container images as OCI image layouts, byte for byte the same from the same files.

Reference: OCI image specification 1.0, image-layout.md, manifest.md, config.md, layer.md. Layers are compressed, so
another version of zlib may give another digest.
"""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EPOCH = "1970-01-01T00:00:00Z"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "riscv64": "riscv64", "ppc64le": "ppc64le"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a layer: its absolute path in the image, and what it holds."""

    path: str
    content: Path | bytes
    is_program: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """`descriptor` is how a manifest names it, `diff_id` the digest of what is in it before compression."""

    descriptor: Mapping[str, Any]
    diff_id: str


class Layout:
    """An OCI image layout in a folder, which is filled blob by blob and then `finish`ed."""

    def __init__(self, folder: Path) -> None:
        self._blobs = folder / "blobs" / "sha256"
        self._folder = folder
        self._blobs.mkdir(parents=True)

    def add_layer(self, entries: Iterable[Entry], *, check: Callable[[], None]) -> Layer:
        """A layer of the files and the folders above them; all of them are root's, from 1970."""
        unfinished = self._blobs / ".unfinished"
        with unfinished.open("wb") as file:
            outer = _Digesting(file)
            with gzip.GzipFile(filename="", mode="wb", fileobj=cast(BinaryIO, outer), mtime=0) as packed:
                inner = _Digesting(packed)
                with tarfile.open(fileobj=cast(BinaryIO, inner), mode="w|", format=tarfile.PAX_FORMAT) as tar:
                    _fill(tar, entries, check=check)
        unfinished.rename(self._blobs / outer.digest.removeprefix("sha256:"))
        return Layer(_descriptor(LAYER, digest=outer.digest, size=outer.size), inner.digest)

    def add_blob(self, content: bytes, *, media_type: str) -> Mapping[str, Any]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        (self._blobs / digest.removeprefix("sha256:")).write_bytes(content)
        return _descriptor(media_type, digest=digest, size=len(content))

    def finish(self, config: Mapping[str, Any], layers: Sequence[Mapping[str, Any]]) -> str:
        """Write the manifest and the index of the one image; the answer is the image's digest."""
        written = self.add_blob(_json(config), media_type=CONFIG)
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": written, "layers": list(layers)}
        named = self.add_blob(_json(manifest), media_type=MANIFEST)
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [named]}
        (self._folder / "index.json").write_bytes(_json(index))
        (self._folder / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
        return str(named["digest"])


def read_image(folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Config and layers of the one image of a layout that a tool has written."""
    index = json.loads((folder / "index.json").read_bytes())
    manifest = json.loads(blob_of(folder, index["manifests"][0]["digest"]).read_bytes())
    config = json.loads(blob_of(folder, manifest["config"]["digest"]).read_bytes())
    return config, manifest["layers"]


def blob_of(folder: Path, digest: str) -> Path:
    algorithm, _, name = digest.partition(":")
    return folder / "blobs" / algorithm / name


class _Digesting(io.RawIOBase):
    """Passes on what is written, and knows its size and digest."""

    def __init__(self, sink: Any) -> None:
        self._sink, self._hash, self.size = sink, hashlib.sha256(), 0

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._hash.update(content)
        self.size += len(content)
        self._sink.write(content)
        return len(content)


def _fill(tar: tarfile.TarFile, entries: Iterable[Entry], *, check: Callable[[], None]) -> None:
    made: set[str] = set()
    for entry in entries:
        check()
        name = entry.path.lstrip("/")
        for above in reversed(list(Path(name).parents)[:-1]):
            if str(above) not in made:
                made.add(str(above))
                tar.addfile(_header(f"{above}/", kind=tarfile.DIRTYPE, mode=0o755, size=0))
        size = len(entry.content) if isinstance(entry.content, bytes) else entry.content.stat().st_size
        header = _header(name, kind=tarfile.REGTYPE, mode=0o755 if entry.is_program else 0o644, size=size)
        if isinstance(entry.content, bytes):
            tar.addfile(header, io.BytesIO(entry.content))
        else:
            with entry.content.open("rb") as file:
                tar.addfile(header, file)


def _header(name: str, *, kind: bytes, mode: int, size: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.type, header.mode, header.size, header.mtime = kind, mode, size, 0
    return header


def _descriptor(media_type: str, *, digest: str, size: int) -> Mapping[str, Any]:
    return {"mediaType": media_type, "digest": digest, "size": size}


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
