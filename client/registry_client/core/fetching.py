"""Rules that get files from an origin, or from the first of several that has the right bytes."""

from collections.abc import Mapping, Sequence

from registry_client.core.content import digested_content, plain_content, sha256_hex
from registry_client.core.limits import PACKING_SLACK_BYTES
from registry_client.core.shapes import File
from registry_client.core.steps import Answer, Blocking, Cache, FetchAll, Outcome, Request, Rule
from registry_client.errors import RegistryError, RegistryInvalid, RegistryUnavailable, TooLarge

# A bucket that may not be listed answers 403 for what it does not have.
MISSING = frozenset({403, 404, 410})


def fetch_files(
    files: Sequence[File], *, origins: Sequence[str], cache: Cache, max_bytes: int
) -> Rule[dict[str, bytes]]:
    """Digest -> bytes of immutable files: kept ones, and the others all at once from the first origin that has them.

    Every byte is checked, those that were kept too. Raises what the last origin was refused for.
    """
    found: dict[str, bytes] = {}
    wanted = {file.sha256: file for file in files}
    kept = yield Blocking(lambda: cache.read_blobs(tuple(wanted)))
    found.update({digest: content for digest, content in kept.items() if sha256_hex(content) == digest})
    failure: RegistryError | None = None
    for origin in origins:
        missing = [file for digest, file in wanted.items() if digest not in found]
        if not missing:
            break
        fetched, failure = yield from _fetch_from(origin, missing, max_bytes=max_bytes)
        yield Blocking(lambda fetched=fetched: cache.write_blobs(fetched))  # type: ignore[misc]
        found.update(fetched)
    if len(found) < len(wanted):
        raise failure or RegistryUnavailable("There is no origin to ask.")
    return found


def fetch_one(origin: str, path: str, *, max_bytes: int, etag: str | None = None) -> Rule[Answer]:
    """One file that may change, unpacked if it had to be; its status is 200, 304 or one of MISSING."""
    outcomes = yield FetchAll((Request(origin, path, max_bytes, etag),))
    return check_answer(origin, path, outcomes[0], max_bytes=max_bytes)


def check_answer(origin: str, path: str, outcome: Outcome, *, max_bytes: int) -> Answer:
    """The answer, unpacked. Raises the error that it is, or RegistryUnavailable for any other status."""
    if isinstance(outcome, RegistryError):
        raise outcome
    if outcome.status == 200:
        return Answer(200, plain_content(path, outcome, max_bytes=max_bytes), outcome.etag)
    if outcome.status != 304 and outcome.status not in MISSING:
        raise RegistryUnavailable(f"{origin}/{path} answered with status {outcome.status}.")
    return outcome


def _fetch_from(
    origin: str, files: Sequence[File], *, max_bytes: int
) -> Rule[tuple[dict[str, bytes], RegistryError | None]]:
    """Digest -> bytes of those that this origin has, and why one of the others is not among them."""
    fetched: dict[str, bytes] = {}
    failure: RegistryError | None = None
    too_large = [file for file in files if file.size_bytes > max_bytes]
    if too_large:
        return {}, TooLarge(f"{too_large[0].path} is said to have more than {max_bytes:,} bytes.")
    outcomes = yield FetchAll(tuple(_request(origin, file, max_bytes=max_bytes) for file in files))
    for file, outcome in zip(files, outcomes, strict=True):
        try:
            fetched[file.sha256] = _check(origin, file, outcome, max_bytes=max_bytes)
        except (RegistryInvalid, RegistryUnavailable) as error:
            failure = error
    return fetched, failure


def _request(origin: str, file: File, *, max_bytes: int) -> Request:
    known = file.size_bytes + PACKING_SLACK_BYTES if file.size_bytes else max_bytes
    return Request(origin, file.path, known)


def _check(origin: str, file: File, outcome: Outcome, *, max_bytes: int) -> bytes:
    if isinstance(outcome, RegistryError):
        raise outcome
    if outcome.status != 200:
        raise RegistryUnavailable(f"{origin}/{file.path} answered with status {outcome.status}.")
    return digested_content(file.path, outcome, sha256=file.sha256, max_bytes=file.size_bytes or max_bytes)


def first(mapping: Mapping[str, bytes]) -> bytes:
    return next(iter(mapping.values()))
