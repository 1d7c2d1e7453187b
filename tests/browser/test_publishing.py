"""The Publish page under hasty hands, a publish that is followed live, and serials beside each other."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Request, expect

from tests.browser.conftest import SignIn
from tests.browser.people import PUBLISHER, Person, Watch
from tests.flows.processes import BEAT, WORKER, Registry

PUBLISH = "/admin/catalog/snapshot/publish/"
CHANGE = """
from django.contrib.auth.models import User
from django.core.management import call_command
from catalog.models import Stack
from tests.factories import save
editor = User.objects.get(username="editor")
for stack in Stack.objects.filter(category{category}):
    save("stack", {{**stack.latest_revision.document, "best_for": "{best_for}"}}, editor)
{then}
"""
ONE, MANY = "='templates', slug='nuxt-template'", "__in=['templates', 'cms-tiers']"
# No worker does this: what one writes down while it works.
WORK = """
from datetime import timedelta
from django.utils import timezone
from catalog.models import Snapshot
snapshot, now = Snapshot.objects.latest("pk"), timezone.now()
snapshot.started_at = snapshot.started_at or now
snapshot.beat_at = now + timedelta(days=1)
"""
WRITING = f"{WORK}snapshot.state, snapshot.progress = 'publishing', 'objects: 31 of 60'\nsnapshot.save()"
COPYING = f"{WORK}snapshot.progress = 'copies: 2 of 9'\nsnapshot.save()"
REASON = "The store did not answer in time."
FAILED = (
    f"{WORK}snapshot.state, snapshot.finished_at, snapshot.failure_reason = 'failed', now, '{REASON}'\nsnapshot.save()"
)

UNSEEN = f"{WORK}snapshot.cdn_visible_at = None\nsnapshot.save()"


@pytest.fixture
def _nobody_works(registry: Registry) -> Iterator[None]:
    """No worker and no beat, but for what a test starts."""
    registry.stop("beat", "worker")
    yield
    for name, arguments in (("worker", WORKER), ("beat", BEAT)):
        if name not in registry.running:
            registry.start(name, *arguments)


@pytest.mark.usefixtures("_nobody_works")
def test_publish_is_asked_for_once_and_followed_live(registry: Registry, sign_in: SignIn, watch: Watch) -> None:
    registry.python(CHANGE.format(category=ONE, best_for="Teams that know Vue", then=""))
    before, publisher = registry.snapshots(), sign_in(PUBLISHER)

    press_twice(publisher)
    assert registry.snapshots() == [*before, (None, "pending")]
    sees_it_fail(publisher, registry)

    publisher.follow("See the plan and publish again")
    publish_button(publisher).click()
    stay(publisher)
    sees_the_connection_go_and_come(publisher, watch)
    sees_readers_get_it(publisher, registry, serial=max(serial or 0 for serial, _ in before) + 1)


def press_twice(publisher: Person) -> None:
    """Both clicks are one request, and it leads to how that stands."""
    sent: list[str] = []

    def keep(request: Request) -> None:
        if request.method == "POST":
            sent.append(request.url)

    publisher.page.goto(PUBLISH)
    publisher.page.on("request", keep)
    publish_button(publisher).dblclick()
    expect(publisher.page.get_by_role("heading", name="Waiting to start")).to_be_visible()
    publisher.page.remove_listener("request", keep)
    assert [re.sub(r"^.*/admin", "/admin", url) for url in sent] == [PUBLISH]


def sees_it_fail(publisher: Person, registry: Registry) -> None:
    receipt = stay(publisher)
    registry.python(WRITING)
    expect(receipt).to_contain_text("Writing the new files; readers see nothing of it yet: 31 of 60 done.")
    expect(receipt.get_by_role("heading")).to_have_text("Publishing")
    registry.python(COPYING)
    expect(receipt).to_contain_text("Readers have it; bringing the files at fixed addresses up to date: 2 of 9 done.")
    registry.python(FAILED)
    expect(receipt.get_by_role("heading")).to_have_text("This publish failed")
    expect(receipt).to_contain_text(REASON)
    expect(publisher.page.get_by_role("status")).to_contain_text("This publish failed")
    was_never_left(publisher)


def sees_the_connection_go_and_come(publisher: Person, watch: Watch) -> None:
    receipt = publisher.page.get_by_role("region", name="How it stands")
    lost = receipt.get_by_text("The registry does not answer, or you are signed out.")
    expect(receipt.get_by_role("heading")).to_have_text("Waiting to start")
    expect(lost).to_be_hidden()
    watch.allowed.add(re.sub(r"^.*?/admin(.*)change/$", r"/admin\1progress/", publisher.page.url))
    # A browser asks for a page's icon when it likes.
    watch.allowed.add("/static/catalog/favicon.svg")
    publisher.context.set_offline(True)
    expect(lost).to_be_visible()
    publisher.context.set_offline(False)
    expect(lost).to_be_hidden()


def sees_readers_get_it(publisher: Person, registry: Registry, *, serial: int) -> None:
    receipt = publisher.page.get_by_role("region", name="How it stands")
    seen = receipt.get_by_role("row", name="Seen by readers")
    registry.start("worker", *WORKER)
    expect(receipt.get_by_role("heading")).to_have_text(f"Serial {serial} is live", timeout=30_000)
    was_never_left(publisher)
    # Without a CDN readers see it at once.
    registry.python(UNSEEN)
    publisher.page.reload()
    stay(publisher)
    expect(seen).to_contain_text("not seen yet")
    registry.start("beat", *BEAT)
    expect(seen).to_contain_text("UTC", timeout=40_000)
    was_never_left(publisher)


def test_mass_change_goes_with_the_right_number_only(registry: Registry, sign_in: SignIn) -> None:
    registry.python(CHANGE.format(category=MANY, best_for="Small teams", then=""))
    before, publisher = registry.snapshots(), sign_in(PUBLISHER)
    publisher.page.goto(PUBLISH)
    number = publisher.page.get_by_label("Number of entries that change or go")
    touched = re.findall(r"type (\d+) below", publisher.page.locator("#typed-help").inner_text())

    publisher.fill("Note", "For small teams")
    for wrong in ("", "1", f"{touched[0]}0"):
        number.fill(wrong)
        publish_button(publisher).click()
        if wrong:
            expect(publisher.page.get_by_role("alert")).to_have_text(
                f"Type {touched[0]} to confirm; nothing was published."
            )
            expect(number).to_have_value(wrong)
            expect(number).to_be_focused()
        expect(publisher.page.get_by_label("Note")).to_have_value("For small teams")
    assert registry.snapshots() == before

    number.fill(touched[0])
    publish_button(publisher).click()
    stay(publisher)
    serial = max(serial or 0 for serial, _ in before) + 1
    expect(publisher.page.get_by_role("heading", name=f"Serial {serial} is live")).to_be_visible(timeout=30_000)
    expect(publisher.page.get_by_role("row", name="Note")).to_contain_text("For small teams")
    was_never_left(publisher)


def test_serials_are_compared_from_the_page_of_one(registry: Registry, sign_in: SignIn) -> None:
    registry.python(CHANGE.format(category=ONE, best_for="Shops that know Vue", then="call_command('publish')"))
    serial, publisher = max(serial or 0 for serial, _ in registry.snapshots()), sign_in(PUBLISHER)
    publisher.page.goto("/admin/")
    publisher.choose("Snapshots")
    publisher.follow(f"Serial {serial}")

    other = publisher.page.get_by_label(f"Compare serial {serial} with")
    expect(other).to_be_visible()
    offered = publisher.page.locator("datalist#serials option")
    assert [option.get_attribute("value") for option in offered.all()] == [str(one) for one in range(serial - 1, 0, -1)]
    other.fill("1")
    publisher.press("Compare")
    expect(publisher.page.locator("h1")).to_have_text(f"From serial 1 to serial {serial}")
    change = publisher.page.get_by_role("article").filter(has_text="stacks/templates/nuxt-template.json")
    expect(change.get_by_role("row", name="Best for")).to_contain_text("Shops that know Vue")

    other.fill("999")
    publisher.press("Compare")
    expect(publisher.page.get_by_role("alert")).to_have_text("There is no published serial “999”.")
    expect(other).to_have_accessible_description("There is no published serial “999”.")


def publish_button(person: Person) -> Locator:
    return person.page.get_by_role("button", name=re.compile(r"^Publish \d+ changes?$"))


def stay(person: Person) -> Locator:
    """From here on the page must not be loaded again. Its receipt."""
    receipt = person.page.get_by_role("region", name="How it stands")
    expect(receipt).to_be_visible()
    person.page.evaluate("window.wasNeverLeft = true")
    return receipt


def was_never_left(person: Person) -> None:
    assert person.page.evaluate("window.wasNeverLeft") is True
