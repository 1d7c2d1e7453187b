"""Rules that load parts of a view: bundles by their digest, or documents at fixed paths."""

from collections.abc import Sequence

from registry_client.core.content import gunzip, parse_object, split_members
from registry_client.core.fetching import check_answer, fetch_files
from registry_client.core.limits import MAX_BUNDLE_BYTES, MAX_DOCUMENT_BYTES, MAX_UNPACKED_BYTES
from registry_client.core.steps import Cache, FetchAll, Outcome, Request, Rule
from registry_client.core.views import PlainView, SignedView, View
from registry_client.errors import RegistryError, RegistryUnavailable, SnapshotMismatch


def load_parts(view: View, parts: Sequence[str], *, origins: Sequence[str], cache: Cache) -> Rule[None]:
    """Load what is not loaded yet, all at once. Raises RegistryUnavailable, RegistryInvalid."""
    missing = [part for part in parts if part not in view.loaded]
    if not missing:
        return
    if isinstance(view, SignedView):
        yield from _load_bundles(view, missing, origins=origins, cache=cache)
    elif isinstance(view, PlainView):
        yield from _load_documents(view, missing, origin=origins[0])


def unpack_bundle(view: SignedView, name: str, content: bytes) -> dict[str, bytes]:
    """Key -> bytes of each document. Raises SnapshotMismatch if it is not what the snapshot says of this shard."""
    path, group = view.snapshot.bundles[name].path, name.partition("#")[0]
    documents = split_members(path, gunzip(path, content, max_bytes=MAX_UNPACKED_BYTES))
    strangers = [key for key in documents if key.rpartition("/")[0] != group]
    if strangers or len(documents) != view.snapshot.counts[name]:
        raise SnapshotMismatch(f"{path} does not hold the entries of {name} that the snapshot counts.")
    return documents


def _load_bundles(view: SignedView, names: Sequence[str], *, origins: Sequence[str], cache: Cache) -> Rule[None]:
    files = [view.snapshot.bundles[name] for name in names]
    contents = yield from fetch_files(files, origins=origins, cache=cache, max_bytes=MAX_BUNDLE_BYTES)
    unpacked = {name: unpack_bundle(view, name, contents[view.snapshot.bundles[name].sha256]) for name in names}
    view.loaded.update(unpacked)


def _load_documents(view: PlainView, keys: Sequence[str], *, origin: str) -> Rule[None]:
    before = {key: view.before.get(key, (None, b"")) for key in keys}
    requests = tuple(Request(origin, f"{key}.json", MAX_DOCUMENT_BYTES, before[key][0]) for key in keys)
    outcomes = yield FetchAll(requests)
    for key, outcome in zip(keys, outcomes, strict=True):
        etag, content = _document(origin, key, outcome, before=before[key])
        view.loaded[key] = {key: content}
        if etag:
            view.etags[key] = etag


def _document(origin: str, key: str, outcome: Outcome, *, before: tuple[str | None, bytes]) -> tuple[str | None, bytes]:
    """ETag and bytes; those from before if they are the same still, or if nothing better can be had."""
    path = f"{key}.json"
    try:
        answer = check_answer(origin, path, outcome, max_bytes=MAX_DOCUMENT_BYTES)
        if answer.status == 200:
            parse_object(path, answer.content)
            return answer.etag, answer.content
        if answer.status == 304 and before[1]:
            return before
        raise RegistryUnavailable(f"{origin}/{path} is missing, though the manifest names it.")
    except RegistryError:
        if before[1]:
            return before
        raise
