"""Deliberate faults of the publisher, put in one at a time: what each of the checks is there to find."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Snapshot
from catalog.publishing import base as bases
from catalog.publishing import publish as publishing
from catalog.publishing import upload
from catalog.publishing.base import Base
from catalog.publishing.delivery import queue_invalidation, send_invalidations
from catalog.publishing.edition import Edition
from catalog.publishing.outlet import Outlet
from catalog.publishing.stores import filesystem
from catalog.publishing.stores.base import PreconditionError, Store
from catalog.publishing.stores.filesystem import FileSystemStore
from catalog.publishing.tree import MANIFEST_PATH, POINTER_PATH, TreeFile, copy_path

Fault = Callable[[pytest.MonkeyPatch], None]


def pointer_before_objects(patch: pytest.MonkeyPatch) -> None:
    held: list[TreeFile] = []
    move = publishing._move_pointer

    def move_first(outlet: Outlet, file: TreeFile, *, etag: str | None) -> bool:
        moved = move(outlet, file, etag=etag)
        while held:
            late = held.pop()
            outlet.store.put_if_absent(late.path, late.content)
        return moved

    @contextmanager
    def hold(store: Store, progress: upload.Progress) -> Iterator[upload.Upload]:
        yield held.extend

    patch.setattr(publishing, "uploading_new", hold)
    patch.setattr(publishing, "_move_pointer", move_first)


def upload_skipped(folder: str) -> Fault:
    def apply(patch: pytest.MonkeyPatch) -> None:
        uploading_all = upload.uploading_new

        @contextmanager
        def uploading_most(store: Store, progress: upload.Progress) -> Iterator[upload.Upload]:
            with uploading_all(store, progress) as upload_all:
                yield lambda files: upload_all(file for file in files if not file.path.startswith(folder))

        patch.setattr(publishing, "uploading_new", uploading_most)

    return apply


def keys_not_announced(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(publishing, "announce_keys", lambda store: False)


def copies_before_pointer(patch: pytest.MonkeyPatch) -> None:
    commit = publishing._commit

    def copy_and_commit(snapshot: Snapshot, edition: Edition, file: TreeFile, outlet: Outlet) -> bool:
        named: dict[str, Any] = {"serial": edition.serial, "progress": upload.quiet}
        for added in (True, False):
            upload.upload_copies(outlet.store, edition.copies(added=added), is_new=added, **named)
        upload.upload_copies(outlet.store, [edition.manifest_file()], is_new=False, **named)
        return commit(snapshot, edition, file, outlet)

    patch.setattr(publishing, "_commit", copy_and_commit)


def manifest_before_copies(patch: pytest.MonkeyPatch) -> None:
    held: list[tuple[list[TreeFile], dict[str, Any]]] = []

    def upload_manifest_first(store: Store, files: Iterable[TreeFile], **named: Any) -> None:
        now = list(files)
        if [file.path for file in now] != [MANIFEST_PATH]:
            held.append((now, named))
            return
        upload.upload_copies(store, now, **named)
        while held:
            late, their = held.pop()
            upload.upload_copies(store, late, **their)

    patch.setattr(publishing, "upload_copies", upload_manifest_first)


def copies_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Edition, "copies", lambda self, *, added: iter(()))


def pointer_without_if_match(patch: pytest.MonkeyPatch) -> None:
    def move(outlet: Outlet, file: TreeFile, *, etag: str | None) -> bool:
        while True:
            stored = outlet.store.get(file.path)
            if stored is None:
                return outlet.store.put_if_absent(file.path, file.content)
            with suppress(PreconditionError):
                outlet.store.put_if_match(file.path, file.content, etag=stored.etag)
                return True

    patch.setattr(publishing, "_move_pointer", move)


def copies_whatever_is_there(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(upload, "_serial_of", lambda content: 0)


def delete_in_publish(patch: pytest.MonkeyPatch) -> None:
    finish = publishing._finish

    def finish_and_delete(
        snapshot: Snapshot, edition: Edition, manifest: TreeFile, store: Store, *, progress: upload.Progress
    ) -> None:
        finish(snapshot, edition, manifest, store, progress=progress)
        for key in [key for key, change in edition.changes.items() if change.published is None]:
            store.delete(copy_path(key))

    patch.setattr(publishing, "_finish", finish_and_delete)


def list_in_publish(patch: pytest.MonkeyPatch) -> None:
    read = bases.read_base
    patch.setattr(publishing, "read_base", lambda store: (list(store.list("snapshots/")), read(store))[1])


def digest_of_base_not_checked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(bases, "sha256_hex", lambda content: _Anything())


class _Anything(str):
    __slots__ = ()

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = str.__hash__


def serial_used_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Base, "serial", property(lambda self: max(0, self.pointer.serial - 1) if self.pointer else 0))


def time_not_kept(patch: pytest.MonkeyPatch) -> None:
    fix = publishing._fix_serial

    def fix_again(snapshot: Snapshot, serial: int) -> Any:
        Snapshot.objects.filter(pk=snapshot.pk).update(published_at=None)
        return fix(snapshot, serial)

    patch.setattr(publishing, "_fix_serial", fix_again)


def ended_publish_is_still_ours(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(publishing, "_ours", lambda snapshot, **columns: Snapshot.objects.filter(pk=snapshot.pk, **columns))


def resume_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(publishing, "sweep", lambda *, outlet: None)


def invalidation_before_commit(patch: pytest.MonkeyPatch) -> None:
    move = publishing._move_pointer

    def tell_and_move(outlet: Outlet, file: TreeFile, *, etag: str | None) -> bool:
        _tell(outlet)
        return move(outlet, file, etag=etag)

    patch.setattr(publishing, "_move_pointer", tell_and_move)


def invalidation_before_copies(patch: pytest.MonkeyPatch) -> None:
    move = publishing._move_pointer

    def move_and_tell(outlet: Outlet, file: TreeFile, *, etag: str | None) -> bool:
        moved = move(outlet, file, etag=etag)
        _tell(outlet)
        return moved

    patch.setattr(publishing, "_move_pointer", move_and_tell)


def invalidation_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(publishing, "send_invalidations", lambda cdn, *, public_url: None)


def content_not_flushed(patch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def prepare_carelessly(self: FileSystemStore, target: Path, content: bytes) -> Iterator[Path]:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".writing-", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        yield Path(name)

    patch.setattr(FileSystemStore, "_prepared", prepare_carelessly)


def folder_not_flushed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FileSystemStore, "_move", lambda self, temporary, target: temporary.replace(target))


def new_folder_not_flushed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(filesystem, "_make_folder", lambda folder: folder.mkdir(parents=True, exist_ok=True))


def _tell(outlet: Outlet) -> None:
    queue_invalidation([POINTER_PATH], reference=f"early-{timezone.now()}")
    send_invalidations(outlet.cdn, public_url=outlet.public_url)


# Each with the checks that find it.
FAULTS: dict[str, tuple[Fault, list[str]]] = {
    "pointer before objects": (pointer_before_objects, ["check_readers_are_whole"]),
    "objects not uploaded": (upload_skipped("objects/"), ["check_readers_are_whole"]),
    "shards not uploaded": (upload_skipped("index/"), ["check_readers_are_whole"]),
    "bundles not uploaded": (upload_skipped("bundles/"), ["check_readers_are_whole"]),
    "snapshot not uploaded": (upload_skipped("snapshots/"), ["check_readers_are_whole"]),
    "schemas not uploaded": (upload_skipped("schemas/"), ["check_readers_are_whole"]),
    "keys not announced": (keys_not_announced, ["check_readers_are_whole"]),
    "copies before pointer": (copies_before_pointer, ["check_nothing_shows_before_the_commit"]),
    "manifest before copies": (manifest_before_copies, ["check_names_resolve"]),
    "copies forgotten": (copies_forgotten, ["check_names_resolve", "check_copies_are_the_live_snapshot"]),
    "pointer without If-Match": (pointer_without_if_match, ["check_zombie_cannot_move_the_pointer_back"]),
    "copies whatever is there": (copies_whatever_is_there, ["check_zombie_cannot_move_a_copy_back"]),
    "a delete in a publish": (delete_in_publish, ["check_publish_never_deletes_or_lists"]),
    "a listing in a publish": (list_in_publish, ["check_publish_never_deletes_or_lists"]),
    "digest of the base not checked": (digest_of_base_not_checked, ["check_damaged_base_stops_a_publish"]),
    "serial used again": (serial_used_again, ["check_serials_count_up"]),
    "time not kept": (time_not_kept, ["check_serial_keeps_its_time"]),
    "ended publish taken for ours": (ended_publish_is_still_ours, ["check_zombie_cannot_rewrite_history"]),
    "resume forgotten": (resume_forgotten, ["check_killed_publish_is_finished_by_a_sweep"]),
    "invalidation before the commit": (invalidation_before_commit, ["check_cdn_is_told_after_the_copies"]),
    "invalidation before the copies": (invalidation_before_copies, ["check_cdn_is_told_after_the_copies"]),
    "invalidation forgotten": (invalidation_forgotten, ["check_cdn_is_told_after_the_copies"]),
    "content not flushed": (content_not_flushed, ["check_content_is_flushed_before_it_is_renamed"]),
    "folder not flushed": (folder_not_flushed, ["check_content_is_flushed_before_it_is_renamed"]),
    "new folder not flushed": (new_folder_not_flushed, ["check_content_is_flushed_before_it_is_renamed"]),
}
