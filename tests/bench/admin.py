"""How long the admin's pages take with a large catalogue: `python -m tests.bench.admin [ENTRIES]`.

The peer is Django's own list of the same rows, in the same run: what anybody gets without trying. A page that takes
longer than the goal fails the benchmark.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import Any

os.environ["REGISTRY_VAR_DIR"] = tempfile.mkdtemp(prefix="registry-bench-")
os.environ["DJANGO_DEBUG"] = "true"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry_site.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402 - needs Django
from django.contrib import admin  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402

from catalog.actions.imports import try_import  # noqa: E402
from catalog.actions.tokens import make_token  # noqa: E402
from catalog.models import Provider, Revision  # noqa: E402
from tests.bench.admin_addresses import IMPORTED, LARGEST_PREVIEW, addresses, sent  # noqa: E402
from tests.bench.catalogue import make_catalogue  # noqa: E402
from tests.bench.report import render_table, write_section  # noqa: E402
from tests.factories import provider_document, publish, save  # noqa: E402

GOAL_SECONDS = 0.3
ROUNDS = 7


class PlainAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Django's list as it comes, with the columns and the search that ours has at least."""

    list_display = ("display_name", "provider_type", "complexity_level")
    list_filter = ("provider_type", "complexity_level", "lifecycle_state")
    search_fields = ("display_name", "slug", "description")
    list_per_page = 50


def seconds_of(client: Client, address: str, sent: Mapping[str, str] | None = None) -> float:
    """The median of a few rounds; the first, which fills caches of templates, does not count."""
    taken = []
    for _ in range(ROUNDS + 1):
        begun = time.perf_counter()
        answer = client.get(address) if sent is None else client.post(address, sent)
        taken.append(time.perf_counter() - begun)
        assert answer.status_code == 200, (address, answer.status_code)
    return statistics.median(taken[1:])


def seconds_of_peer(person: User) -> float:
    plain = PlainAdmin(Provider, admin.AdminSite("plain"))
    taken = []
    for _ in range(ROUNDS + 1):
        request: Any = RequestFactory().get("/admin/catalog/provider/")
        request.user = person
        begun = time.perf_counter()
        plain.get_changelist_instance(request).get_results(request)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken[1:])


def prepare(entries: int) -> Client:
    call_command("migrate", verbosity=0)
    call_command("create_roles", verbosity=0)
    call_command("load_starter_catalog", verbosity=0)
    publish()
    save("provider", provider_document("second"))
    publish()
    make_catalogue(entries, prefix="bench")
    newest = Revision.objects.filter(entry_key__startswith="providers/cms/bench-").order_by("pk")
    # Half is live, a quarter approved, a quarter waits for approval: every page has something to show.
    quarter = entries // 4
    live, waiting = newest.values("pk")[: 2 * quarter], newest.values("pk")[3 * quarter :]
    Provider.objects.filter(latest_revision__in=list(live.values_list("pk", flat=True))).update(
        live_revision=django.db.models.F("latest_revision")
    )
    Provider.objects.filter(latest_revision__in=list(waiting.values_list("pk", flat=True))).update(
        approved_revision=None
    )
    person = User.objects.create_superuser("bench")
    prepare_import(person)
    make_token(by=person, owner=person, name="bench", scopes=["entries:read"], days=1)
    client = Client()
    client.force_login(person)
    return client


def prepare_import(person: User) -> None:
    """A dry run that changes as many entries as one may."""
    newest = Provider.objects.select_related("latest_revision").order_by("-pk")[:IMPORTED]
    documents = [
        each.latest_revision.document | {"best_for": "Whom it fits"} for each in newest if each.latest_revision
    ]
    try_import(json.dumps(documents).encode(), file_name="providers.json", by=person)


def main(entries: int) -> int:
    settings.ALLOWED_HOSTS.append("testserver")
    client = prepare(entries)
    peer = seconds_of_peer(User.objects.get(username="bench"))
    measured = {name: seconds_of(client, address) for name, address in addresses()}
    measured |= {name: seconds_of(client, address, fields) for name, address, fields in sent()}
    report(entries, peer, measured)
    slow = [name for name, seconds in measured.items() if seconds > GOAL_SECONDS and name != LARGEST_PREVIEW]
    if slow:
        print(f"Over {GOAL_SECONDS * 1000:.0f} ms: {', '.join(slow)}", file=sys.stderr)
    return 1 if slow else 0


def report(entries: int, peer: float, measured: Mapping[str, float]) -> None:
    rows = [("page", "ms", "ratio")]
    rows += [(name, f"{seconds * 1000:.0f}", f"{seconds / peer:.1f}") for name, seconds in measured.items()]
    table = render_table(rows)
    print(table)
    write_section(
        "admin",
        "Pages of the admin",
        f"`make bench-admin`; {entries:,} providers in SQLite.\n\n{table}\n\n"
        f"The median of {ROUNDS} whole answers, in one process. Ratio: how many times what Django's own admin takes to "
        f"read (not render) its list of the same providers, {peer * 1000:.0f} ms. The goal is "
        f"{GOAL_SECONDS * 1000:.0f} ms a page; the benchmark fails above it. The preview of the largest selection that "
        "can be edited at once is work for each of its entries, which are all judged; it has no goal.",
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
