"""Write the registry into a folder that Git keeps; edits of files that were not imported yet stay."""

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path

from django.contrib.auth.models import User

from catalog.actions.errors import RefusedError
from catalog.actions.repository.folder import (
    Files,
    find_mark,
    is_empty,
    read_files,
    refuse_links,
    remove_file,
    write_files,
)
from catalog.actions.repository.judging import Tree, read_tree
from catalog.documents.layout import (
    FOLDERS,
    MARK,
    SCHEMAS,
    Mark,
    digest_of,
    path_of,
    schema_files,
    write_document,
    write_mark,
)
from catalog.documents.mapping import kind_of
from catalog.models import ENTRY_MODELS, AuditRecord, Revision
from catalog.models.audit import Verb

ALL = "all"


@dataclass(slots=True)
class Export:
    """Keys by what became of their files; `conflicts` are files that were edited since, and were left alone."""

    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


def export_registry(
    folder: Path,
    *,
    only_approved: bool = False,
    into_existing: bool = False,
    overwrite: Set[str] = frozenset(),
    by: User | None = None,
) -> Export:
    """Bring the files to the newest (or approved) revision of each entry, and take away those of entries that are not
    there any more.

    `overwrite` are keys whose files may be overwritten although they were edited; "all" for every one. Files that are
    not the registry's are never touched. Raises RefusedError: then nothing was written, unless the disk said no.
    """
    mark = _prepare(folder, into_existing=into_existing)
    files = read_files(folder)
    tree = read_tree(files)
    export, digests, contents = Export(), dict(mark.digests), dict[str, bytes]()
    seen: set[str] = set()
    for revision in _revisions(only_approved=only_approved):
        key, path = revision.entry_key, path_of(revision.entry_key)
        seen.add(key)
        content = write_document(kind_of(key), revision.document)
        if files.contents.get(path) == content:
            export.unchanged.append(key)
        elif _is_edited(key, tree, mark, files) and not overwrite & {key, ALL}:
            export.conflicts.append(key)
            continue
        else:
            contents[path] = content
            export.written.append(key)
        digests[key] = revision.sha256
    for key in sorted(mark.digests.keys() - seen):
        if _is_edited(key, tree, mark, files) and not overwrite & {key, ALL}:
            export.conflicts.append(key)
            continue
        export.removed.append(key)
        del digests[key]
    _write(folder, export, contents, Mark(digests))
    AuditRecord.objects.note(
        Verb.EXPORTED, by=by, object_name="registry", detail=f"{len(seen):,} entries as files for Git"
    )
    return export


def _prepare(folder: Path, *, into_existing: bool) -> Mark:
    """What was exported there before. Raises RefusedError if the folder is somebody else's."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_new = is_empty(folder)
    except OSError as error:
        raise RefusedError(f"{folder} cannot be used: {error.strerror}.") from error
    mark = find_mark(folder)
    if mark is None and not is_new and not into_existing:
        raise RefusedError(
            f"{folder} is not empty, and no export of the registry. Say --into-existing to write beside what is there."
        )
    for name in (MARK, SCHEMAS, *FOLDERS):
        refuse_links(folder, name)
    return mark or Mark()


def _revisions(*, only_approved: bool) -> Iterator[Revision]:
    """The revision of each entry that is exported, by key."""
    column = "approved_revision" if only_approved else "latest_revision"
    for model in sorted(ENTRY_MODELS, key=lambda model: model.kind):
        entries = model._default_manager.filter(**{f"{column}__isnull": False}).order_by("key").select_related(column)
        for entry in entries.iterator(chunk_size=500):
            revision: Revision = getattr(entry, column)
            yield revision


def _is_edited(key: str, tree: Tree, mark: Mark, files: Files) -> bool:
    """Whether there is something that says something else than was exported, or cannot be read."""
    path = path_of(key)
    if path not in files.contents:
        return any(problem.path == path for problem in files.problems)
    document = tree.documents.get(key)
    return document is None or digest_of(document) != mark.digests.get(key)


def _write(folder: Path, export: Export, contents: dict[str, bytes], mark: Mark) -> None:
    """The mark comes last: after a crash, files that were written already are found unchanged."""
    for path in [*contents, *map(path_of, export.removed)]:
        refuse_links(folder, path)
    write_files(folder, contents | schema_files())
    for key in export.removed:
        remove_file(folder, path_of(key))
    write_files(folder, {MARK: write_mark(mark)})
