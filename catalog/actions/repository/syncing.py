"""Keep Git and the registry in step, both ways, without losing an edit: what is not certain is left to a person.

0. Of a sync that pushes: take over what others have pushed, unless commits of here change the same files.
1. Tell for each entry which side has changed since both agreed (documents/sides.py). Anything changed on both, or whose
   file was taken away: nothing is touched.
2. Import what changed in Git alone, all or none.
3. Write what changed in the registry alone, and commit it with the mark.
A run that ends between 2 and 3 is finished by the next: its files say what the registry says, and only those may be
uncommitted.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.contrib.auth.models import User

from catalog.actions.errors import RefusedError
from catalog.actions.repository.exporting import export_registry
from catalog.actions.repository.git import WorkingTree
from catalog.actions.repository.importing import Plan, apply_plan, plan_import
from catalog.documents.layout import MARK, SCHEMAS, key_at, path_of
from catalog.documents.sides import Side
from catalog.models import ENTRY_MODELS, Revision

LOCK = "registry-sync.lock"
MOST_NAMED = 50


@dataclass(slots=True, kw_only=True)
class Sync:
    """What a sync would do, or did: keys `to_registry` and `to_git`; `conflicts` and `gone` are for a person."""

    plan: Plan
    to_registry: list[str]
    to_git: list[str]
    conflicts: list[str]
    gone: list[str]
    branch: str = ""
    is_committed: bool = False
    revisions: dict[str, Revision] = field(default_factory=dict)

    @property
    def is_certain(self) -> bool:
        return not self.conflicts and not self.gone


def bring_upstream(folder: Path) -> None:
    """Before the plan of a sync that pushes: what others have pushed is here, or nothing was touched.

    Raises DivergedError where a person must bring both together, and RefusedError.
    """
    tree = WorkingTree(folder)
    branch = tree.branch()
    with _alone(folder):
        tree.bring(branch)


def plan_sync(folder: Path, *, by: User) -> Sync:
    """Writes nothing. Raises RefusedError, or DamagedFilesError for files that are no documents."""
    tree = WorkingTree(folder)
    branch = tree.branch()
    plan = plan_import(folder, by=by)
    _refuse_uncommitted(tree, plan)
    sync = Sync(
        plan=plan,
        to_registry=sorted(plan.documents),
        to_git=sorted({*plan.left_alone(Side.REGISTRY), *_without_file(plan)}),
        conflicts=plan.left_alone(Side.BOTH),
        gone=plan.left_alone(Side.GONE),
        branch=branch,
    )
    sync.revisions = _newest_of([*sync.to_git, *sync.conflicts, *sync.gone])
    return sync


def apply_sync(sync: Sync, *, by: User, push: bool = False) -> None:
    """Do what the plan showed. Raises RefusedError: for a sync that is not certain nothing was touched.

    What happened in the registry since the plan was made is written to Git as well; what happened to an entry that is
    to be imported refuses the import.
    """
    if not sync.is_certain:
        raise RefusedError("Nothing was touched: some of it is for a person to decide.")
    folder, tree = sync.plan.folder, WorkingTree(sync.plan.folder)
    with _alone(folder):
        note = f"From Git: {tree.head()}"[:500]
        apply_plan(sync.plan, note=note, by=by)
        export = export_registry(folder, into_existing=True, by=by)
        if export.conflicts:
            raise RefusedError(f"Files were edited meanwhile: {', '.join(export.conflicts)}. Run it again.")
        sync.revisions.update(_newest_of(export.written))
        sync.is_committed = tree.commit(_message(export.written, sync.revisions))
        if push:
            tree.push(sync.branch)


def _refuse_uncommitted(tree: WorkingTree, plan: Plan) -> None:
    """What nobody has committed yet is nobody's decision yet."""
    own = [path for path in tree.changed() if path != MARK and not path.startswith(f"{SCHEMAS}/")]
    edits = [path for path in own if plan.sides.get(key_at(path)) != Side.SAME]
    if edits:
        shown = ", ".join(edits[:5]) + (", ..." if len(edits) > 5 else "")
        raise RefusedError(f"Not committed yet: {shown}. Commit or undo it first.")


def _without_file(plan: Plan) -> Iterator[str]:
    """Entries that no file was ever written for."""
    for model in ENTRY_MODELS:
        keys = model._default_manager.filter(latest_revision__isnull=False).values_list("key", flat=True)
        yield from (key for key in keys.iterator(chunk_size=2000) if key not in plan.sides)


def _newest_of(keys: list[str]) -> dict[str, Revision]:
    found: dict[str, Revision] = {}
    for model in ENTRY_MODELS:
        for start in range(0, len(keys), 500):
            rows = model._default_manager.filter(key__in=keys[start : start + 500])
            for entry in rows.select_related("latest_revision__author"):
                if entry.latest_revision is not None:
                    found[entry.key] = entry.latest_revision
    return found


def told(revision: Revision) -> str:
    """`revision 3 by editor: New price list`."""
    author = revision.author.get_username() if revision.author else "the registry"
    return f"revision {revision.number} by {author}: {revision.change_note or 'no note'}"


def _message(written: list[str], revisions: dict[str, Revision]) -> str:
    """Who changed what: Git knows the registry as the only author."""
    if not written:
        return "Note what the registry has taken over"
    lines = [f"{path_of(key)}: {told(revisions[key])}" for key in written[:MOST_NAMED] if key in revisions]
    rest = len(written) - MOST_NAMED
    subject = f"Changes of the registry: {len(written):,} {'entry' if len(written) == 1 else 'entries'}"
    return "\n".join([subject, "", *lines, *([f"and {rest:,} more"] if rest > 0 else [])])


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One sync of a folder at a time; the next one says so instead of waiting."""
    git = Path(WorkingTree(folder).git_folder())
    with (git / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RefusedError(f"Another sync of {folder} is running.") from error
        yield
