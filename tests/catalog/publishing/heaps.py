"""A registry with a heap of serials, and its collection."""

from datetime import timedelta

from django.utils import timezone

from catalog.models import Snapshot
from catalog.publishing.garbage import Garbage, collect_garbage
from catalog.publishing.pointer import make_pointer, render_pointer
from catalog.publishing.stores.base import Store
from catalog.publishing.verify import verify_tree
from tests.catalog.publishing.histories import approve_first_step
from tests.factories import KEY, SANITY, outlet, publish, save
from tests.stores import read_tree


def publish_costs(store: Store, *costs: int) -> None:
    """One serial a cost; the first has the other entries of the first step, too."""
    if not Snapshot.objects.exists():
        approve_first_step()
    for cost in costs:
        save("provider", {**SANITY, "monthly_cost_range": [cost, cost]})
        publish(store)


def collect(store: Store, *, keep: int = 1, days: float = 0, apply: bool = True) -> Garbage:
    return collect_garbage(outlet(store), keep=keep, keep_for=timedelta(days=days), apply=apply)


def whole_serials(store: Store) -> list[int]:
    """The serials of which every file is there, read through a pointer of their own."""
    return [row.serial or 0 for row in Snapshot.objects.exclude(sha256="").order_by("pk") if is_whole(store, row)]


def is_whole(store: Store, row: Snapshot) -> bool:
    noon = timezone.now()
    pointer = make_pointer(
        serial=row.serial or 0,
        path=row.path,
        sha256=row.sha256,
        published_at=noon,
        expires_at=noon + timedelta(days=1),
    )
    tree = {**read_tree(store), "current.json": render_pointer(pointer, [KEY]).content}
    immutable = ("snapshots/", "index/", "bundles/", "objects/", "schemas/", "current.json", "keys.json")
    return not [problem for problem in verify_tree(tree.get).problems if problem.startswith(immutable)]
