"""A reader that knows the published shapes and nothing of the publisher; it says what is torn, at any moment.

Standard library and `cryptography` only. Shapes: docs, "The published tree".
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# Path -> bytes, or None for a 404.
Fetch = Callable[[str], bytes | None]


class TornError(Exception):
    """What was read does not hold together; the message says where."""


@dataclass(frozen=True, slots=True)
class Whole:
    """One snapshot, read to its last byte: every document by key."""

    serial: int
    sha256: str
    snapshot: Mapping[str, Any]
    documents: Mapping[str, Any] = field(default_factory=dict)


def read_whole(fetch: Fetch, *, pointer: bytes | None = None, now: str = "") -> Whole | None:
    """The snapshot that `pointer` (default: the one there is) leads to; None before the first publish.

    `now` (RFC 3339) is when the keys must be valid; without it their ends are not looked at. Raises TornError.
    """
    content = pointer or fetch("current.json")
    if content is None:
        return None
    envelope = json.loads(content)
    payload = json.loads(_decode(envelope["payload"]))
    _check_signature(envelope, _must(fetch, "keys.json"), now)
    snapshot = json.loads(_digested(fetch, payload["snapshot"], payload["sha256"]))
    if (snapshot["serial"], snapshot["published_at"]) != (payload["serial"], payload["published_at"]):
        raise TornError(f"{payload['snapshot']}: serial and time are not those of the pointer.")
    if snapshot["shards"].keys() != snapshot["bundles"].keys():
        raise TornError(f"{payload['snapshot']}: a shard has no bundle, or a bundle no shard.")
    documents: dict[str, Any] = {}
    for name, shard in snapshot["shards"].items():
        documents |= _read_shard(fetch, name, shard, snapshot["bundles"][name])
    for name, version in snapshot["schemas"].items():
        json.loads(_must(fetch, f"schemas/{name}/{version}.json"))
    return Whole(payload["serial"], payload["sha256"], snapshot, documents)


def torn(fetch: Fetch, *, now: str = "") -> list[str]:
    """What is wrong for a reader who starts at `current.json` (G1); empty if all is well, or nothing is published."""
    try:
        read_whole(fetch, now=now)
    except (TornError, ValueError, KeyError, OSError) as error:
        return [f"{type(error).__name__}: {error}"]
    return []


def dangling(fetch: Fetch, *manifests: bytes | None) -> list[str]:
    """Names that lead nowhere (G9), of the manifest that is there and of `manifests` read before."""
    found: set[str] = set()
    for manifest in (fetch("manifest.json"), *manifests):
        paths = {f"{name}.json" for name in manifest_names(manifest)} if manifest else set()
        found |= {path for path in paths if fetch(path) is None}
    return sorted(found)


def ahead(fetch: Fetch) -> list[str]:
    """Files at fixed paths that show what is not committed yet: their serial is higher than the pointer's."""
    content, manifest = fetch("current.json"), fetch("manifest.json")
    if manifest is None:
        return []
    serial = json.loads(_decode(json.loads(content)["payload"]))["serial"] if content else 0
    copies = {f"{name}.json": fetch(f"{name}.json") for name in manifest_names(manifest)}
    stamps = {path: json.loads(copy)["serial"] for path, copy in copies.items() if copy}
    stamps["manifest.json"] = json.loads(manifest)["serial"]
    return sorted(path for path, stamp in stamps.items() if stamp > serial)


def unlike(fetch: Fetch) -> list[str]:
    """Fixed paths that are not what the live snapshot says; empty once a publish is at its end."""
    whole = read_whole(fetch)
    if whole is None:
        return []
    manifest = json.loads(_must(fetch, "manifest.json"))
    wrong = [] if manifest["serial"] == whole.serial else [f"manifest.json is of serial {manifest['serial']}"]
    if sorted(manifest_names(_must(fetch, "manifest.json"))) != sorted(whole.documents):
        wrong.append("manifest.json lists other names")
    if (manifest["aliases"], manifest["last_updated"]) != (whole.snapshot["aliases"], whole.snapshot["published_at"]):
        wrong.append("manifest.json has other aliases, or another time")
    for key, document in whole.documents.items():
        copy = json.loads(fetch(f"{key}.json") or b"{}")
        if {name: value for name, value in copy.items() if name not in ("last_updated", "serial")} != document:
            wrong.append(f"{key}.json is another document")
    return wrong


def manifest_names(content: bytes) -> list[str]:
    """Every name in a manifest, as a path without `.json`."""
    manifest = json.loads(content)
    names = [f"builders/{slug}" for slugs in manifest["builders"].values() for slug in slugs]
    for folder in ("providers", "stacks"):
        names += [f"{folder}/{group}/{slug}" for group, slugs in manifest[folder].items() for slug in slugs]
    return names


def _read_shard(fetch: Fetch, name: str, shard: Mapping[str, Any], bundle: Mapping[str, Any]) -> dict[str, Any]:
    index = json.loads(_digested(fetch, f"index/{shard['sha256']}.json", shard["sha256"], shard["size_bytes"]))
    if len(index) != shard["count"]:
        raise TornError(f"{name}: {len(index)} entries instead of {shard['count']}.")
    documents = {
        key: json.loads(
            _digested(fetch, f"objects/{line['sha256'][:2]}/{line['sha256']}.json", line["sha256"], line["size_bytes"])
        )
        for key, line in index.items()
    }
    packed = _digested(fetch, f"bundles/{bundle['sha256']}.json.gz", bundle["sha256"], bundle["size_bytes"])
    if json.loads(gzip.decompress(packed)) != documents:
        raise TornError(f"{name}: its bundle holds other documents than its index.")
    return documents


def _check_signature(envelope: Mapping[str, Any], listed: bytes, now: str) -> None:
    """At least one signature is right, by a key that `keys.json` lists; none that it lists is wrong."""
    keys = {key["kid"]: key for key in json.loads(listed)["keys"]}
    verified = 0
    for signature in envelope["signatures"]:
        key = keys.get(json.loads(_decode(signature["protected"]))["kid"])
        if key is None or (now and not key["not_before"] <= now < (key["not_after"] or "9")):
            continue
        signed = f"{signature['protected']}.{envelope['payload']}".encode()
        try:
            Ed25519PublicKey.from_public_bytes(_decode(key["x"])).verify(_decode(signature["signature"]), signed)
        except InvalidSignature as error:
            raise TornError(f"current.json: the signature of {key['kid']} is wrong.") from error
        verified += 1
    if not verified:
        raise TornError("current.json: no key of keys.json has signed it.")


def _digested(fetch: Fetch, path: str, sha256: str, size_bytes: int | None = None) -> bytes:
    content = _must(fetch, path)
    if size_bytes not in (None, len(content)) or hashlib.sha256(content).hexdigest() != sha256:
        raise TornError(f"{path}: its size or its digest is wrong.")
    return content


def _must(fetch: Fetch, path: str) -> bytes:
    content = fetch(path)
    if content is None:
        raise TornError(f"{path} is missing.")
    return content


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
