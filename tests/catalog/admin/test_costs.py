"""What pages cost: three of everything need no more queries than one, on every page that the admin has."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.actions.columns import choose_columns
from catalog.admin.entries.columns import COLUMNS
from catalog.admin.home import todo
from catalog.models import Activity, AuditRecord, Snapshot
from catalog.usage import Use, forget_users, register_users
from tests.catalog.admin.access import ENTRY_LISTS, FEED, LOG, NONE, PAGES, make_registry
from tests.catalog.admin.growth import grow
from tests.catalog.admin.pages import PROVIDERS, PUBLISH, SNAPSHOTS, Browsers

pytestmark = pytest.mark.django_db
ENTRY_PAGES = ("change", "history", "history/1/restore", "lifecycle", "preview", "review", "usage")
# Beside `PAGES`, which has one of each kind: the other kinds, and what an address can ask for.
MORE = [
    *(f"{page}{{{kind}}}/{name}/" for page, kind in ENTRY_LISTS.items() for name in ENTRY_PAGES),
    *(f"{page}export/{name}/" for page in ENTRY_LISTS for name in ("csv", "xlsx", "json")),
    *(f"{page}columns/" for page in ENTRY_LISTS),
    *(f"{page}?q=a&lifecycle_state=all&o=2" for page in ENTRY_LISTS),
    *(f"{page}?unpublished=yes&key_features=f1" for page in ENTRY_LISTS),
    f"{PROVIDERS}{{provider}}/history/?from=1&to=2",
    "/admin/approvals/?show=rejected",
    "/admin/approvals/?what=provider",
    f"{SNAPSHOTS}{{replaced}}/compare/?with=2",
    f"{SNAPSHOTS}{{failed}}/change/",
    f"{FEED}{{record}}/change/",
    f"{LOG}{{record}}/change/",
    f"{FEED}?q=sanity",
    *(f"/admin/suggestions/{name}/?q=a" for name in ("icon", "entries", "builders")),
]
ADDRESSES = sorted({*(page for page, allowed, status in PAGES if status == 200 and allowed != NONE), *MORE})
# Forms that come back, and the first two steps of a bulk edit.
FORMS: dict[str, dict[str, Any]] = {
    **{f"{page}add/": {"slug": "A A"} for page in ENTRY_LISTS},
    **{f"{page}{{{kind}}}/change/": {"icon": "A A"} for page, kind in ENTRY_LISTS.items()},
    f"{PROVIDERS}{{provider}}/lifecycle/": {"state": "removed"},
    f"{PROVIDERS}{{provider}}/history/1/restore/": {},
    **{f"{page}bulk-edit/": {"step": "choose", "entries": f"{{{kind}}}"} for page, kind in ENTRY_LISTS.items()},
    "/admin/approvals/": {"decision": "reject_many"},
    "/admin/auth/user/{viewer}/change/": {"username": ""},
    "/admin/auth/group/{role}/change/": {"name": ""},
    "/admin/catalog/import/": {},
    PUBLISH: {"note": "x" * 501},
    f"{SNAPSHOTS}{{replaced}}/roll-back/": {"reason": ""},
    "/admin/tokens/": {"name": ""},
}


@pytest.fixture
def registry(by_role: Browsers, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int | str]]:
    """One of everything; as many services as there are snapshots use every entry."""
    # The home page counts only what it cannot show whole, which would be a query more from the sixth line on.
    monkeypatch.setattr(todo, "SHOWN", 1)

    def find(key: str) -> list[Use]:
        return [Use("service", f"Shop {at}", f"/services/{at}/") for at in range(Snapshot.objects.count())]

    keys = make_registry()
    superuser = User.objects.get(username="Superuser")
    for kind, columns in COLUMNS.items():
        choose_columns(kind, columns=list(columns), by=superuser)
    grow(1)
    keys |= {"failed": Snapshot.objects.filter(state="failed")[0].pk, "record": Activity.objects.all()[0].pk}
    register_users(find)
    yield keys
    forget_users(find)


def count_queries(ask: Callable[[], Any]) -> int | None:
    """None for a page that is not for who asks."""
    ContentType.objects.clear_cache()
    with CaptureQueriesContext(connection) as queries:
        answer = ask()
    return len(queries) if answer.status_code == 200 else None


@pytest.mark.parametrize("reader", ["Superuser", pytest.param("Viewer", marks=pytest.mark.slow)])
def test_every_page_costs_the_same_for_one_and_three_of_everything(
    reader: str, by_role: Browsers, registry: dict[str, int | str]
) -> None:
    client = by_role[reader]
    client.get("/admin/")

    def count() -> dict[str, int | None]:
        return {page: count_queries(partial(client.get, page.format(**registry))) for page in ADDRESSES}

    for_one = count()
    grow(2)
    grow(3)

    assert count() == for_one
    assert None not in for_one.values() or reader != "Superuser"


@pytest.mark.slow
def test_every_form_that_comes_back_costs_the_same_for_one_and_three_of_everything(
    by_role: Browsers, registry: dict[str, int | str]
) -> None:
    def count() -> dict[str, int | None]:
        found = {}
        for page, sent in FORMS.items():
            fields = {name: value.format(**registry) for name, value in sent.items()}
            found[page] = count_queries(partial(by_role["Superuser"].post, page.format(**registry), fields))
        return found

    by_role["Superuser"].get("/admin/")
    records = AuditRecord.objects.count()
    for_one = count()
    assert (AuditRecord.objects.count(), None in for_one.values()) == (records, False)
    grow(2)
    grow(3)

    assert count() == for_one
