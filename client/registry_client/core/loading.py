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
        yield from _load_documents(view, missing, origins=origins)


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


def _load_documents(view: PlainView, keys: Sequence[str], *, origins: Sequence[str]) -> Rule[None]:
    """From the first origin that has each; where none has, what was there before.

    Raises why the first origin was refused, for one that nobody has.
    """
    failures: dict[str, RegistryError] = {}
    left = list(keys)
    for origin in origins:
        left = yield from _load_from(view, left, origin=origin, is_first=origin == origins[0], failures=failures)
        if not left:
            return
    for key in left:
        etag, content = view.before.get(key, (None, b""))
        if not content:
            raise failures[key]
        _take(view, key, etag, content)


def _load_from(
    view: PlainView, keys: Sequence[str], *, origin: str, is_first: bool, failures: dict[str, RegistryError]
) -> Rule[list[str]]:
    """The keys that this origin does not have; why is set in `failures`, unless something is there already."""
    # An ETag is that of the first origin.
    before = {key: view.before.get(key, (None, b"")) if is_first else (None, b"") for key in keys}
    requests = tuple(Request(origin, f"{key}.json", MAX_DOCUMENT_BYTES, before[key][0]) for key in keys)
    outcomes = yield FetchAll(requests)
    for key, outcome in zip(keys, outcomes, strict=True):
        try:
            _take(view, key, *_document(origin, key, outcome, before=before[key]))
        except RegistryError as error:
            failures.setdefault(key, error)
    return [key for key in keys if key not in view.loaded]


def _take(view: PlainView, key: str, etag: str | None, content: bytes) -> None:
    if etag:
        view.etags[key] = etag
    view.loaded[key] = {key: content}


def _document(origin: str, key: str, outcome: Outcome, *, before: tuple[str | None, bytes]) -> tuple[str | None, bytes]:
    """ETag and bytes; those from before if they are the same still. Raises RegistryUnavailable, RegistryInvalid."""
    path = f"{key}.json"
    answer = check_answer(origin, path, outcome, max_bytes=MAX_DOCUMENT_BYTES)
    if answer.status == 200:
        parse_object(path, answer.content)
        return answer.etag, answer.content
    if answer.status == 304 and before[1]:
        return before
    raise RegistryUnavailable(f"{origin}/{path} is missing, though the manifest names it.")
