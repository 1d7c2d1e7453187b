"""A registry in memory that publishes real trees: the publisher's own renderers and signatures, without its database.

`test_registry.py` proves that it writes the very bytes that the publisher writes. `serving.py` serves it.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Self

from catalog.documents.canonical import canonical_bytes, sha256_hex
from catalog.documents.mapping import key_of
from catalog.publishing.pointer import make_pointer, render_pointer
from catalog.publishing.signing import KeyPair
from catalog.publishing.tree import (
    IndexLine,
    TreeFile,
    bundle_path,
    group_of,
    indented,
    index_path,
    object_path,
    render_bundle,
    render_copy,
    render_fallback,
    render_manifest,
    render_shard,
    render_snapshot,
    shard_count,
    shard_name,
    time_text,
)
from tests.client.serving import URL, Server, answer_from, serve
from tests.clock import NOON
from tests.factories import KEY

__all__ = ["URL", "MemoryRegistry", "Server", "answer_from", "key_of_document", "serve"]
Document = Mapping[str, Any]


def key_of_document(document: Document) -> str:
    kind = next(kind for kind in ("provider", "builder", "stack") if f"{kind}_name" in document)
    return key_of(kind, document)


class MemoryRegistry:
    """`files` is the published tree; change it as an attacker would, or with `corrupt`."""

    def __init__(self, *, keys: tuple[KeyPair, ...] = (KEY,), public_url: str = URL) -> None:
        self.files: dict[str, bytes] = {}
        self.keys, self.public_url = list(keys), public_url
        self.serial, self.now = 0, NOON
        self.validity = timedelta(days=7)
        self.retired: dict[str, datetime] = {}
        self._announced: dict[str, tuple[str, datetime]] = {}
        self._documents: dict[str, Document] = {}
        self._revisions: Counter[str] = Counter()
        self._stamps: dict[str, int] = {}
        self._removed: list[dict[str, Any]] = []
        self._parent: str | None = None
        self._groups: dict[str, tuple[Any, Any]] = {}

    def copy(self) -> Self:
        """Another one with the same history, that goes its own way from here."""
        other = type(self)(keys=tuple(self.keys), public_url=self.public_url)
        mutable = {name: value.copy() for name, value in vars(self).items() if hasattr(value, "copy")}
        vars(other).update({**vars(self), **mutable})
        return other

    def publish(
        self, *documents: Document, removed: Mapping[str, Mapping[str, Any]] | None = None, back_to: int | None = None
    ) -> int:
        """One publish: adds or changes these entries, removes those of `removed` (key -> lifecycle). Its serial."""
        changed = {key_of_document(document): document for document in documents}
        self.serial += 1
        for key, document in changed.items():
            self._documents[key] = document
            self._revisions[key] += 1
            self._stamps[key] = self.serial
        self._removed = [stone for stone in self._removed if stone["key"] not in changed]
        for key, lifecycle in (removed or {}).items():
            del self._documents[key]
            self._removed.append(
                {"key": key, "serial": self.serial, "reason": lifecycle["reason"]}
                | {"replacement": lifecycle.get("replacement")}
            )
        for group in sorted({group_of(key) for key in (*changed, *(removed or {}))}):
            self._publish_group(group)
        snapshot = self._render_snapshot(back_to)
        self._write(snapshot)
        self._parent = snapshot.path
        self.announce()
        self.point_to(snapshot.path)
        for key in changed:
            self._write(render_copy(key, self._documents[key], last_updated=self.now, serial=self.serial))
        self._write(self._render_manifest())
        self._write(render_fallback(self.public_url))
        return self.serial

    def point_to(self, path: str, *, keys: tuple[KeyPair, ...] | None = None, serial: int | None = None) -> None:
        """Move the pointer to this snapshot, which may be any; signed by `keys`, as of now."""
        content = self.files[path]
        pointer = make_pointer(
            serial=json.loads(content)["serial"] if serial is None else serial,
            path=path,
            sha256=sha256_hex(content),
            published_at=datetime.fromisoformat(json.loads(content)["published_at"]),
            expires_at=self.now + self.validity,
        )
        self._write(render_pointer(pointer, self.keys if keys is None else keys))

    def announce(self) -> None:
        """Write keys.json: all keys that ever signed, with the end of those that are `retired` (kid -> when)."""
        for key in self.keys:
            self._announced.setdefault(key.kid, (key.x, self.now))
        keys = [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "alg": "Ed25519",
                "use": "sig",
                "kid": kid,
                "x": x,
                "not_before": time_text(since),
                "not_after": time_text(self.retired[kid]) if kid in self.retired else None,
            }
            for kid, (x, since) in self._announced.items()
        ]
        self._write(TreeFile("keys.json", indented({"keys": keys})))

    def corrupt(self, prefix: str) -> str:
        """Flip one bit in the middle of the first file below `prefix` that is live; its path."""
        path = min(path for path in self.files if path.startswith(prefix))
        content = bytearray(self.files[path])
        content[len(content) // 2] ^= 1
        self.files[path] = bytes(content)
        return path

    def snapshots(self) -> list[str]:
        """Paths of all snapshots, oldest first."""
        return sorted(path for path in self.files if path.startswith("snapshots/"))

    def bundle_of(self, group: str) -> str:
        """The path of the live bundle of a group that is one shard."""
        digest: str = json.loads(self.files[self.snapshots()[-1]])["bundles"][group]["sha256"]
        return bundle_path(digest)

    def _publish_group(self, group: str) -> None:
        lines = [self._line(key) for key in sorted(self._documents) if group_of(key) == group]
        count = shard_count(len(lines))
        by_shard: dict[str, list[IndexLine]] = defaultdict(list)
        for line in lines:
            by_shard[shard_name(line.key, count)].append(line)
        self._groups = {name: files for name, files in self._groups.items() if name.partition("#")[0] != group}
        for name, listed in by_shard.items():
            index = render_shard(listed)
            texts = {line.key: canonical_bytes(self._documents[line.key]).decode() for line in listed}
            bundle = render_bundle(texts)
            self.files |= {
                index_path(sha256_hex(index)): index,
                bundle_path(sha256_hex(bundle)): bundle,
                **{object_path(line.sha256): texts[line.key].encode() for line in listed},
            }
            self._groups[name] = (
                {"sha256": sha256_hex(index), "size_bytes": len(index), "count": len(listed)},
                {"sha256": sha256_hex(bundle), "size_bytes": len(bundle)},
            )

    def _line(self, key: str) -> IndexLine:
        content = canonical_bytes(self._documents[key])
        lifecycle = self._documents[key].get("lifecycle", {}).get("state", "active")
        return IndexLine(key, sha256_hex(content), len(content), self._revisions[key], lifecycle, 0)

    def _render_snapshot(self, back_to: int | None) -> TreeFile:
        return render_snapshot(
            serial=self.serial,
            parent=self._parent,
            published_at=self.now,
            shards={name: shard for name, (shard, _) in self._groups.items()},
            bundles={name: bundle for name, (_, bundle) in self._groups.items()},
            aliases=self._aliases(),
            removed=self._removed,
            rolled_back_to=back_to,
        )

    def _render_manifest(self) -> TreeFile:
        def group(key: str) -> str:
            return key.split("/")[1] if key.count("/") == 2 else str(self._documents[key]["category"])

        names = [(key, group(key)) for key in self._documents]
        return render_manifest(
            names, serial=self.serial, published_at=self.now, aliases=self._aliases(), public_url=self.public_url
        )

    def _aliases(self) -> dict[str, str]:
        return {old: key for key, document in self._documents.items() for old in document.get("aliases", [])}

    def _write(self, file: TreeFile) -> None:
        self.files[file.path] = file.content
