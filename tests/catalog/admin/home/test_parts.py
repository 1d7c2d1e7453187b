"""The parts of the home page: each tells its story, and only to who may open what it is about."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from catalog.actions.approvals import reject
from catalog.actions.snapshots import request_snapshot
from catalog.admin.home.charts import DAYS
from catalog.models import Revision, Snapshot, find_entry
from catalog.models.snapshots import SnapshotState
from catalog.publishing.lease import claim, fail, note_worker
from tests.catalog.admin.pages import Browsers, count_queries
from tests.factories import SANITY, builder_document, provider_document, publish, sanity, save, stack_document

pytestmark = pytest.mark.django_db
HOME = "/admin/"
ATTACK = "<script>alert(1)</script>"
ROLES = ("Viewer", "Editor", "Approver", "Publisher", "Schema admin", "Administrator", "Superuser")


def home(client: Client) -> Any:
    answer: Any = client.get(HOME)
    assert answer.status_code == 200
    return answer


def text_of(client: Client) -> str:
    """The page in one line, without the marks around names, so that sentences can be found."""
    page = home(client).content.decode().replace("<bdi>", "").replace("</bdi>", "")
    return " ".join(page.replace("\N{NO-BREAK SPACE}", " ").split())


def card(page: str, name: str) -> str:
    """What stands in the card with this id in its heading."""
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


def editor() -> User:
    return User.objects.get(username="Editor")


def names(todo: Any) -> tuple[int, list[str]]:
    return todo.count, [line.target.name for line in todo.newest]


def test_live_serial_is_told_with_who_when_and_why(by_role: Browsers) -> None:
    save("provider", SANITY)
    publish(by=User.objects.get(username="Publisher"), note="Prices of 2030")
    note_worker()
    live = Snapshot.objects.get()
    assert live.published_at is not None

    page = text_of(by_role["Viewer"])

    assert f"Published on {live.published_at:%-d %b %Y, %H:%M} UTC by Publisher: “Prices of 2030”." in page
    assert "It stays valid until" in page
    assert "The worker that publishes is running (last sign of life" in page


def test_way_to_readers_is_told(by_role: Browsers, settings: Settings) -> None:
    save("provider", SANITY)
    publish()
    on_its_way = text_of(by_role["Viewer"])
    Snapshot.objects.update(finished_at=timezone.now() - timedelta(minutes=6))
    late = text_of(by_role["Viewer"])
    Snapshot.objects.update(cdn_visible_at=timezone.now())
    seen = text_of(by_role["Viewer"])

    assert "On its way to readers at https://registry.test" in on_its_way
    assert ("No reader was seen to get it yet." in late, "does not show at https://registry.test" in late) == (
        True,
        True,
    )
    assert ("Readers see it since" in seen, "On its way" in seen) == (True, False)


def test_expired_pointer_is_told(by_role: Browsers) -> None:
    save("provider", SANITY)
    publish()
    Snapshot.objects.update(expires_at=timezone.now() - timedelta(days=1))

    page = text_of(by_role["Viewer"])

    assert ("Readers stopped trusting it on" in page, "readers refuse the registry" in page) == (True, True)


def test_silent_worker_is_told(by_role: Browsers) -> None:
    note_worker()
    quiet = text_of(by_role["Viewer"])
    from_then = timezone.now() - timedelta(minutes=5)
    connection.cursor().execute("UPDATE catalog_heartbeat SET beat_at = %s", [from_then])

    page = text_of(by_role["Viewer"])

    assert "No worker has been heard of for" not in quiet
    assert "No worker has been heard of for 5 minutes: nothing is published until one runs." in page


def test_running_publish_and_failures_are_told(by_role: Browsers) -> None:
    save("provider", SANITY)
    failed = request_snapshot(by=User.objects.get(username="Publisher"), in_background=False)
    claim(failed.pk)
    fail(failed.pk, f"The store refused. {ATTACK}")
    request_snapshot(by=None, in_background=False)

    page = text_of(by_role["Viewer"])

    assert "A publish is waiting" in page
    assert ("The last publish failed" in page, "Publishes that failed lately" in page, "All is well" in page) == (
        True,
        True,
        False,
    )
    assert f"/admin/catalog/snapshot/{failed.pk}/change/" in page
    assert ("The store refused." in page, ATTACK in page) == (True, False)


def test_failure_before_what_is_live_is_history(by_role: Browsers) -> None:
    save("provider", SANITY)
    failed = request_snapshot(by=None, in_background=False)
    claim(failed.pk)
    fail(failed.pk, "The store refused.")
    publish()

    page = text_of(by_role["Viewer"])

    assert ("All is well" in page, "Earlier publishes that failed" in page, "The store refused." in page) == (
        True,
        True,
        True,
    )
    assert "The last publish failed" not in page


def test_old_failures_are_history(by_role: Browsers) -> None:
    Snapshot.objects.create(state=SnapshotState.FAILED, requested_at=timezone.now() - timedelta(days=15))

    assert home(by_role["Viewer"]).context["failures"] == []


def test_drafts_and_approvals_that_wait_are_counted_newest_first(by_role: Browsers) -> None:
    for number in range(7):
        save("provider", provider_document(f"draft-{number}"), editor(), approved=False)
    save("builder", builder_document(), editor())

    answer = home(by_role["Viewer"])
    context, page = answer.context, text_of(by_role["Viewer"])

    assert names(context["waiting"]) == (7, [f"Draft-{number}" for number in (6, 5, 4, 3, 2)])
    assert names(context["unpublished"]) == (1, ["Hugo"])
    waiting, unpublished = (card(page, name) for name in ("home-waiting", "home-unpublished"))
    assert ("7 drafts wait for approval" in waiting, waiting.count(">Draft-")) == (True, 5)
    assert ("1 approved change is not published yet" in unpublished, ">Hugo<" in unpublished) == (True, True)


def test_published_and_rejected_work_does_not_wait(by_role: Browsers) -> None:
    save("builder", builder_document())
    publish()
    save("provider", SANITY, editor(), approved=False)
    reject(sanity(), number=1, by=User.objects.get(username="Approver"), comment=f"Per month? {ATTACK}")

    mine, other = home(by_role["Editor"]), home(by_role["Viewer"])

    assert [names(mine.context[part]) for part in ("waiting", "unpublished")] == [(0, []), (0, [])]
    assert (names(mine.context["rejected"]), names(other.context["rejected"])) == ((1, ["Sanity CMS"]), (0, []))
    assert ("Per month?" in mine.content.decode(), ATTACK in mine.content.decode()) == (True, False)


def test_buttons_are_offered_to_who_may_press_them(by_role: Browsers) -> None:
    save("provider", SANITY, editor(), approved=False)
    save("builder", builder_document())
    buttons = ("Review and approve", "See all that waits", "See the plan and publish")

    offered = {role: [button in text_of(by_role[role]) for button in buttons] for role in ROLES}

    assert offered == {
        "Viewer": [False, True, False],
        "Editor": [False, True, False],
        "Approver": [True, False, False],
        "Publisher": [False, True, True],
        "Schema admin": [False, True, False],
        "Administrator": [True, False, True],
        "Superuser": [True, False, True],
    }


def test_who_has_no_role_is_told_so(by_role: Browsers) -> None:
    save("provider", SANITY)
    publish(note="Secret plans")

    page = text_of(by_role["Nobody"])

    assert "have no role that lets you look at the catalogue" in page
    assert [word in page for word in ("Serial 1", "Secret plans", "Sanity", "canvas")] == [False] * 4


def test_person_sees_only_the_kinds_that_they_may_look_at(by_role: Browsers) -> None:
    nobody = User.objects.get(username="Nobody")
    nobody.user_permissions.set(Permission.objects.filter(codename__in=("view_builder", "view_revision")))
    save("builder", builder_document(), editor(), approved=False)
    save("stack", stack_document("secret"), editor(), approved=False)
    save("stack", stack_document("secret-too"), editor())

    answer = home(by_role["Nobody"])

    assert names(answer.context["waiting"]) == (1, ["Hugo"])
    assert "secret" not in answer.content.decode().lower()
    assert (answer.context["live"], answer.context["latest"], answer.context["chart"]) == (None, None, None)


def test_changes_are_told_by_person_busiest_first(by_role: Browsers) -> None:
    save("provider", SANITY)
    save("builder", builder_document(), editor())
    save("builder", builder_document(display_name="Hugo 2"), editor())
    save("stack", stack_document(), User.objects.get(username="Schema admin"))

    people = home(by_role["Viewer"]).context["people"]

    assert [(one.person.username, one.count, one.latest.target.name) for one in people] == [
        ("Editor", 2, "Hugo 2"),
        ("Schema admin", 1, "Marketing"),
    ]


def test_chart_and_table_count_the_same_days(by_role: Browsers) -> None:
    save("provider", SANITY)
    save("builder", builder_document(), editor())
    publish()

    context = home(by_role["Viewer"]).context

    assert len(context["days"]) == DAYS
    assert [(day.changes, day.publishes) for day in context["days"]] == [(0, 0)] * (DAYS - 1) + [(1, 1)]
    drawn = json.loads(context["chart"].data)
    assert [(bars["label"], bars["data"][-1]) for bars in drawn["datasets"]] == [("Changes", 1), ("Publishes", 1)]
    assert json.loads(context["chart"].options)["plugins"]["legend"]["display"] is True


def test_names_and_notes_are_escaped(by_role: Browsers) -> None:
    User.objects.filter(username="Editor").update(username="x" * 150, first_name=ATTACK)
    author = User.objects.get(username="x" * 150)
    save("provider", {**SANITY, "display_name": ATTACK}, author, approved=False)
    save("builder", builder_document(display_name=ATTACK), author)
    publish(by=author, note=ATTACK)
    save("builder", builder_document(display_name=f"{ATTACK}2"), author)

    page = home(by_role["Administrator"]).content.decode()

    assert (ATTACK in page, page.count("&lt;script&gt;alert(1)") >= 8) == (False, True)


def test_home_takes_the_same_queries_however_much_there_is(by_role: Browsers) -> None:
    counts = []
    for number in (1, 2, 3):
        for name in ("Editor", "Schema admin", "Administrator"):
            person = User.objects.get(username=name)
            slug = f"{name.split()[0].lower()}-{number}"
            save("provider", provider_document(slug), person, approved=False)
            save("builder", builder_document(slug), person)
            save("stack", stack_document(slug), person, approved=False)
            entry = find_entry(f"stacks/foundation/{slug}")
            assert entry is not None
            reject(entry, number=1, by=person, comment="No")
        publish()
        save("builder", builder_document(f"late-{number}"), editor())
        counts.append(count_queries(by_role["Administrator"], HOME))

    assert counts[1] == counts[2]
    assert counts[2] <= 32
    assert Revision.objects.count() == 30
