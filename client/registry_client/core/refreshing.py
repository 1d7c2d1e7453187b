"""Rules of a refresh: the pointer, whether it may be believed, its snapshot, and the switch to it.

Nothing is switched to before all that the reader already had can be read from the new whole, too.
Reference: The Update Framework, "Detailed client workflow": rollback, freeze, mix-and-match, endless data.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from registry_client.core.config import Config
from registry_client.core.content import parse_object
from registry_client.core.fetching import MISSING, check_answer, fetch_files, fetch_one, first
from registry_client.core.limits import (
    MAX_KEYS_BYTES,
    MAX_MANIFEST_BYTES,
    MAX_POINTER_BYTES,
    MAX_SNAPSHOT_BYTES,
)
from registry_client.core.loading import load_parts
from registry_client.core.memory import Floor, Held, Memory
from registry_client.core.shapes import (
    KEYS_PATH,
    MANIFEST_PATH,
    POINTER_PATH,
    File,
    Pointer,
    parse_pointer,
    parse_snapshot,
)
from registry_client.core.status import Source
from registry_client.core.steps import Answer, Blocking, Cache, FetchAll, Kept, Outcome, Request, Rule
from registry_client.core.trust import (
    Keys,
    follow_ends,
    follow_named,
    named_keys,
    parse_keys,
    payload_of,
    render_keys,
    verify_pointer,
)
from registry_client.core.views import PlainView, SignedView, manifest_keys
from registry_client.errors import (
    PointerExpired,
    RegistryError,
    RegistryInvalid,
    RegistryUnavailable,
    SignatureMissing,
    SnapshotMismatch,
    UnknownKey,
)

logger = logging.getLogger("registry_client")
# Remembered keys are asked for again with a new pointer, once they are this old: keys.json may be cached as long.
KEYS_TTL_SECONDS = 3600.0
News = tuple[int | None, int | None]


class Refresher:
    """Brings one Memory up to date."""

    def __init__(self, config: Config, *, cache: Cache, memory: Memory) -> None:
        self._config, self._cache, self._memory = config, cache, memory

    def adopt_kept(self) -> Rule[News | None]:
        """Take over what this or another process left on disk, if it is newer than what is held."""
        kept: Kept | None = yield Blocking(self._cache.load)
        held = self._memory.held
        if kept is None or (held and held.checked_at >= kept.checked_at):
            return None
        try:
            return (yield from self._open_kept(kept))
        except (RegistryInvalid, RegistryUnavailable) as error:
            # A cache that is damaged, or that keeps what these keys have not signed, is no cache.
            logger.info("What was kept of %s is not used: %s", self._config.url, error)
            return None

    def refresh(self) -> Rule[News | None]:
        """Ask the CDN, then each mirror, until one answers and may be believed.

        Raises why the first one failed; what is wrong with the others is in its notes.
        """
        failures: list[RegistryError] = []
        for origin in self._config.origins:
            try:
                news = yield from self._refresh_from(origin)
            except (RegistryInvalid, RegistryUnavailable) as error:
                failures.append(error)
                continue
            for failure in failures:
                logger.warning("%s answers instead: %s", origin, failure)
            return news
        for failure in failures[1:]:
            failures[0].add_note(str(failure))
        raise failures[0]

    def _refresh_from(self, origin: str) -> Rule[News | None]:
        held = self._memory.held
        etag = held.etag if held and held.origin == origin and held.pointer else None
        learns = self._learns_keys and not self._memory.keys
        wanted = [Request(origin, POINTER_PATH, MAX_POINTER_BYTES, etag)]
        wanted += [Request(origin, KEYS_PATH, MAX_KEYS_BYTES)] if learns else []
        outcomes = yield FetchAll(tuple(wanted))
        answer = check_answer(origin, POINTER_PATH, outcomes[0], max_bytes=MAX_POINTER_BYTES)
        if answer.status in MISSING:
            return (yield from self._refresh_plain(origin))
        if answer.status == 304:
            answer = _unchanged(origin, held, etag)
        if learns:
            pointer = self._believe_first(origin, answer.content, outcomes[1])
        else:
            pointer = self._believe(answer.content, self._trusted())
        return (yield from self._switch(origin, pointer, answer))

    @property
    def _learns_keys(self) -> bool:
        return self._config.verify and self._config.keys is None

    def _trusted(self) -> Keys:
        if self._config.keys is not None:
            return self._config.keys
        return parse_keys(self._memory.keys) if self._memory.keys else {}

    def _believe_first(self, origin: str, content: bytes, listed: Outcome) -> Pointer:
        """At the first contact: with the keys that are listed beside it, which are remembered if that holds."""
        keys = check_answer(origin, KEYS_PATH, listed, max_bytes=MAX_KEYS_BYTES)
        if keys.status != 200:
            raise UnknownKey(f"{origin}/{KEYS_PATH} is missing, and no trusted_keys were given.")
        pointer = self._believe(content, parse_keys(keys.content))
        self._memory.keys, self._memory.keys_at = keys.content, self._config.clock()
        return pointer

    def _believe(self, content: bytes, keys: Keys) -> Pointer:
        """The pointer in these bytes. Raises RegistryInvalid: signature, key, serial, expiry."""
        if not self._config.verify:
            return parse_pointer(payload_of(content))
        now = self._config.now()
        pointer = parse_pointer(verify_pointer(content, keys, now=now))
        self._memory.floor.check(pointer)
        if not self._config.may_be_expired and pointer.expires_at <= now:
            raise PointerExpired(f"{POINTER_PATH} of serial {pointer.serial} expired at {pointer.expires_at}.")
        return pointer

    def _switch(self, origin: str, pointer: Pointer, answer: Answer) -> Rule[News | None]:
        """To the snapshot of a pointer that is believed; or only note that it still is the one that is held."""
        held, origins = self._memory.held, self._origins(origin)
        if held is None or held.pointer != answer.content:
            yield from self._learn_keys(origin, answer.content)
        old = held.view if held and isinstance(held.view, SignedView) else None
        if old is None or old.pointer.sha256 != pointer.sha256:
            view = yield from self._open(pointer, origins)
            yield from self._load_what_was_there(view, old, origins)
        else:
            view = SignedView(pointer, old.snapshot, old.loaded)
        source: Source = "cdn" if origin == self._config.url else "mirror"
        held = Held(view, source, origin, self._config.clock(), answer.content, answer.etag)
        news = self._memory.hold(held, may_go_back=not self._config.verify)
        kept = self._memory.kept()
        if kept:
            yield Blocking(lambda: self._cache.save(kept, used=view.digests()))
        return news

    def _open(self, pointer: Pointer, origins: Sequence[str]) -> Rule[SignedView]:
        """The snapshot that a pointer names. Raises SnapshotMismatch if it is another one's."""
        file = File(pointer.snapshot, pointer.sha256, 0)
        contents = yield from fetch_files([file], origins=origins, cache=self._cache, max_bytes=MAX_SNAPSHOT_BYTES)
        snapshot = parse_snapshot(pointer.snapshot, first(contents))
        if (snapshot.serial, snapshot.published_at) != (pointer.serial, pointer.published_at):
            raise SnapshotMismatch(f"{pointer.snapshot} is of serial {snapshot.serial}, not of {pointer.serial}.")
        return SignedView(pointer, snapshot)

    def _load_what_was_there(self, view: SignedView, old: SignedView | None, origins: Sequence[str]) -> Rule[None]:
        """All that could be read before can be read after the switch, even if the network goes away right then."""
        if old is None:
            return
        names = {bundle.sha256: name for name, bundle in old.snapshot.bundles.items()}
        on_disk = yield Blocking(lambda: self._cache.has_blobs(tuple(names)))
        # Other threads may be loading more of it right now.
        loaded = dict(old.loaded)
        groups = {name.partition("#")[0] for name in (*loaded, *(names[digest] for digest in on_disk))}
        changed = []
        for name, bundle in view.snapshot.bundles.items():
            is_same = name in loaded and old.snapshot.bundles[name].sha256 == bundle.sha256
            if is_same:
                view.loaded[name] = loaded[name]
            elif name.partition("#")[0] in groups and bundle.sha256 not in on_disk:
                changed.append(name)
        yield from load_parts(view, changed, origins=origins, cache=self._cache)

    def _learn_keys(self, origin: str, content: bytes) -> Rule[None]:
        """Follow a rotation with a pointer that a trusted key has signed: to the keys that it names.

        keys.json is asked now and then which of them have ended meanwhile. Raises KeyRetired and the like if the
        pointer does not stand up to that.
        """
        memory, now = self._memory, self._config.clock()
        if not self._learns_keys:
            return
        known, is_old = parse_keys(memory.keys), not 0 <= now - memory.keys_at < KEYS_TTL_SECONDS
        # An older pointer of the same serial could bring a key back that has retired since.
        keys = known if self._is_older(content) else follow_named(known, named_keys(payload_of(content)))
        listed = (yield from self._fetch_listed(origin)) if is_old else {}
        keys = follow_ends(keys, listed, now=self._config.now())
        if listed or keys != known:
            verify_pointer(content, keys, now=self._config.now())
            memory.keys, memory.keys_at = render_keys(keys), now

    def _is_older(self, content: bytes) -> bool:
        held = self._memory.held
        if held is None or not isinstance(held.view, SignedView):
            return False
        pointer, last = parse_pointer(payload_of(content)), held.view.pointer
        return (pointer.serial, pointer.expires_at) < (last.serial, last.expires_at)

    def _fetch_listed(self, origin: str) -> Rule[Keys]:
        """The keys of keys.json; none if it cannot be had."""
        try:
            answer = yield from fetch_one(origin, KEYS_PATH, max_bytes=MAX_KEYS_BYTES)
            return parse_keys(answer.content) if answer.status == 200 else {}
        except (RegistryInvalid, RegistryUnavailable):
            return {}

    def _open_kept(self, kept: Kept) -> Rule[News | None]:
        """What is on disk is checked as if it came from the network, but for its expiry: then it is only stale."""
        memory = self._memory
        keys = self._config.keys or parse_keys(memory.keys or kept.keys)
        pointer = parse_pointer(verify_pointer(kept.pointer, keys, now=_moment_of(kept)))
        memory.floor.check(pointer)
        # From here on it is known that this was signed and seen, even if nothing else is left of it.
        memory.floor = Floor(pointer.serial, pointer.sha256)
        if kept.keys_at > memory.keys_at:
            memory.keys, memory.keys_at = kept.keys, kept.keys_at
        view = yield from self._open(pointer, ())
        held = self._memory.held
        if held and isinstance(held.view, SignedView) and held.view.pointer.sha256 == pointer.sha256:
            view.loaded = held.view.loaded
        elif held and isinstance(held.view, SignedView):
            # Another process has loaded what it needed, not what this one has.
            yield from self._load_what_was_there(view, held.view, self._config.origins)
        return self._memory.hold(Held(view, "disk", kept.origin, kept.checked_at, kept.pointer, kept.etag))

    def _refresh_plain(self, origin: str) -> Rule[News | None]:
        """A registry without a pointer: its manifest, and fixed paths. Never where signatures are to be expected."""
        if self._config.verify and (self._config.keys is not None or self._memory.floor.serial):
            raise SignatureMissing(
                f"{origin}/{POINTER_PATH} is missing. This registry must be signed; unsigned files are not read."
            )
        held = self._memory.held
        old = held.view if held and isinstance(held.view, PlainView) else None
        etag = old.etag if old and held and held.origin == origin else None
        answer = yield from fetch_one(origin, MANIFEST_PATH, max_bytes=MAX_MANIFEST_BYTES, etag=etag)
        if answer.status in MISSING:
            raise RegistryUnavailable(f"{origin} has neither {POINTER_PATH} nor {MANIFEST_PATH}: it is no registry.")
        manifest = old.manifest if old and answer.status == 304 else parse_object(MANIFEST_PATH, answer.content)
        before = old.documents_before() if old and held and held.origin == origin else {}
        view = PlainView(manifest, manifest_keys(manifest), answer.etag or etag, before=before)
        source: Source = "cdn" if origin == self._config.url else "mirror"
        return self._memory.hold(Held(view, source, origin, self._config.clock()))

    def _origins(self, origin: str) -> tuple[str, ...]:
        """The one that answered first: it is the likeliest to have what it names."""
        return (origin, *(other for other in self._config.origins if other != origin))


def _unchanged(origin: str, held: Held | None, etag: str | None) -> Answer:
    if held is None or etag is None:
        raise RegistryUnavailable(f"{origin}/{POINTER_PATH} answered 304, though nothing was compared.")
    return Answer(200, held.pointer, held.etag)


def _moment_of(kept: Kept) -> datetime:
    """When it was believed: a key that has ended since was good then."""
    return datetime.fromtimestamp(kept.checked_at).astimezone()
