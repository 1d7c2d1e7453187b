"""Commands that finish, roll back, and collect: what they print, and how they refuse."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import boto3
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone
from moto import mock_aws
from pytest_django import Settings

from catalog.models import Snapshot
from catalog.publishing import lease
from catalog.publishing.base import read_base
from catalog.publishing.stores.configured import open_store
from catalog.publishing.stores.s3 import S3Store
from tests.cases import spread
from tests.catalog.publishing.histories import approve_first_step, approve_second_step, request
from tests.factories import SANITY, publish, save
from tests.stores import BUCKET, make_bucket_store, read_tree, verify

pytestmark = pytest.mark.django_db


def call(name: str, *arguments: str) -> str:
    """What the command prints."""
    printed = StringIO()
    call_command(name, *arguments, stdout=printed, stderr=StringIO())
    return printed.getvalue()


def refuse(name: str, *arguments: str) -> tuple[str, str]:
    """What the command prints, and the reason it gives."""
    printed = StringIO()
    with pytest.raises(CommandError) as raised:
        call_command(name, *arguments, stdout=printed, stderr=StringIO())
    return printed.getvalue(), str(raised.value)


def publish_two_steps() -> None:
    approve_first_step()
    publish()
    approve_second_step()
    publish()


def test_resume_with_nothing_to_do_says_so() -> None:
    assert call("resume_publish") == "Nothing was left unfinished.\n"


def test_resume_publishes_what_waits() -> None:
    approve_first_step()
    request()

    assert call("resume_publish") == "Snapshot 1: live\n"
    assert verify(open_store()).problems == []


def test_resume_finishes_what_a_dead_worker_left() -> None:
    approve_first_step()
    lease.claim(request().pk)
    Snapshot.objects.update(beat_at=timezone.now() - lease.LEASE - timedelta(seconds=1))

    assert call("resume_publish") == "Snapshot 1: live\n"


def test_resume_leaves_a_living_worker_alone_unless_told() -> None:
    approve_first_step()
    snapshot = request()
    lease.claim(snapshot.pk)

    refused = refuse("resume_publish")

    assert refused == (
        f"Snapshot request {snapshot.pk}: publishing\n",
        "Not everything could be finished; a worker may be at it still (see --now).",
    )
    assert read_tree(open_store()) == {}
    assert call("resume_publish", "--now") == "Snapshot 1: live\n"


def test_resume_says_what_failed() -> None:
    approve_first_step()
    publish()
    save("provider", {**SANITY, "display_name": "Other"})
    snapshot = request()
    open_store().delete("current.json")

    printed, reason = refuse("resume_publish")

    assert printed.startswith(
        f"Snapshot request {snapshot.pk}: failed: The store {open_store().address} is at serial 0"
    )
    assert reason.startswith("Not everything could be finished")


def test_roll_back_says_what_is_live(publisher: User) -> None:
    publish_two_steps()

    printed = call("roll_back", "--to-serial", "1", "--reason", "Wrong prices", "--by", "publisher")

    third = Snapshot.objects.get(serial=3)
    assert printed == "Serial 3 is live, with the content of serial 1.\n"
    assert (third.note, third.requested_by, third.rolled_back_to) == ("Wrong prices", publisher, 1)
    assert verify(open_store()).problems == []


def test_dry_run_names_what_would_change_and_changes_nothing() -> None:
    publish_two_steps()
    before = read_tree(open_store())

    printed = call("roll_back", "--to-serial", "1", "--dry-run").splitlines()

    assert [line.split()[-1] for line in printed[:-1]] == [
        "builders/jekyll",
        "providers/cms/contentful",
        "providers/cms/decap",
        "providers/cms/sanity",
        "providers/cms/tina",
        "stacks/foundation/marketing",
    ]
    assert printed[0] == "removed  builders/jekyll"
    assert printed[3] == "changed  providers/cms/sanity"
    assert "serial 1" in printed[-1]
    assert (read_tree(open_store()), Snapshot.objects.count()) == (before, 2)


@pytest.mark.parametrize(("hours", "serial"), [("0.5", 3), ("1.5", 2), ("2.5", 1)])
def test_hours_ago_find_what_was_live_then(hours: str, serial: int) -> None:
    approve_first_step()
    for cost in (1, 2, 3, 4):
        save("provider", {**SANITY, "monthly_cost_range": [cost, cost]})
        publish()
    for age, back in ((0, 4), (1, 3), (2, 2), (3, 1)):
        Snapshot.objects.filter(serial=back).update(published_at=timezone.now() - timedelta(hours=age))

    printed = call("roll_back", "--hours-ago", hours, "--reason", "Wrong")

    assert printed == f"Serial 5 is live, with the content of serial {serial}.\n"
    assert b'"monthly_cost_range": [\n    %d,' % serial in read_tree(open_store())["providers/cms/sanity.json"]


def test_hours_before_the_first_serial_are_refused() -> None:
    publish_two_steps()

    _, reason = refuse("roll_back", "--hours-ago", "1", "--reason", "Wrong")

    assert reason.startswith("Nothing was published before ")
    assert reason.endswith(" UTC. Available: 2, 1.")
    assert Snapshot.objects.count() == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--hours-ago", "-1", "--reason", "x"], "--hours-ago is a number of hours in the past."),
        (["--hours-ago", "nan", "--reason", "x"], "--hours-ago is a number of hours in the past."),
        (["--hours-ago", "inf", "--reason", "x"], "--hours-ago is a number of hours in the past."),
        (["--to-serial", "7", "--reason", "x"], "Serial 7 was never published. Available: 2, 1."),
        (["--to-serial", "9" * 30, "--reason", "x"], f"Serial {'9' * 30} was never published. Available: 2, 1."),
        (["--to-serial", "-1", "--reason", "x"], "Serial -1 was never published. Available: 2, 1."),
        (["--to-serial", "1"], "Say why you go back; everybody sees it beside the new serial."),
        (["--to-serial", "2", "--reason", "x"], "Serial 2 has the same content as what is live."),
        (["--to-serial", "1", "--reason", "x", "--by", "nobody"], "There is no active person named nobody."),
        (
            ["--version-id", "x", "--reason", "x"],
            "The store has no version x of manifest.json, or keeps no versions.",
        ),
    ],
)
def test_roll_back_refuses_with_a_message(arguments: list[str], reason: str) -> None:
    publish_two_steps()
    before = read_tree(open_store())

    assert refuse("roll_back", *arguments) == ("", reason)
    assert (read_tree(open_store()), Snapshot.objects.count()) == (before, 2)


def test_roll_back_needs_one_way_to_say_where() -> None:
    for arguments in ([], ["--to-serial", "1", "--hours-ago", "1"]):
        with pytest.raises(CommandError):
            call_command("roll_back", *arguments, "--reason", "x")


def test_roll_back_without_a_key_leaves_no_request(settings: Settings) -> None:
    publish_two_steps()
    settings.REGISTRY_SIGNING_KEY_FILE = settings.BASE_DIR / "nowhere.pem"
    settings.REGISTRY_MAKES_SIGNING_KEY = False

    _, reason = refuse("roll_back", "--to-serial", "1", "--reason", "Wrong")

    assert "cannot be read" in reason
    assert Snapshot.objects.count() == 2


@pytest.fixture(params=["Enabled", "Suspended", ""], ids=["versioned", "suspended", "unversioned"])
def bucket(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Store]:
    with mock_aws():
        store = make_bucket_store(prefix="published")
        if request.param:
            boto3.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": request.param})
        monkeypatch.setattr("catalog.publishing.outlet.open_store", lambda: store)
        monkeypatch.setattr("catalog.management.commands.roll_back.open_store", lambda: store)
        yield store


def versions_of_the_manifest() -> list[str]:
    """Oldest first."""
    listed = boto3.client("s3").list_object_versions(Bucket=BUCKET, Prefix="published/manifest.json")
    return [version["VersionId"] for version in reversed(listed["Versions"])]


@pytest.mark.parametrize("bucket", ["Enabled"], indirect=True)
def test_version_of_the_manifest_says_where_to(bucket: S3Store) -> None:
    approve_first_step()
    publish(bucket)
    approve_second_step()
    publish(bucket)

    printed = call("roll_back", "--version-id", versions_of_the_manifest()[0], "--reason", "Wrong")

    assert printed == "Serial 3 is live, with the content of serial 1.\n"
    assert read_base(bucket).snapshot["rolled_back_to"] == 1
    assert verify(bucket).problems == []


@pytest.mark.parametrize("version_id", spread(["unknown", "00000000-0000-0000-0000-000000000000", "x" * 2000], fast=1))
def test_unknown_version_is_refused(bucket: S3Store, version_id: str) -> None:
    approve_first_step()
    publish(bucket)

    _, reason = refuse("roll_back", "--version-id", version_id, "--reason", "Wrong")

    assert reason == f"The store has no version {version_id} of manifest.json, or keeps no versions."


@pytest.mark.parametrize("bucket", ["Enabled"], indirect=True)
def test_version_that_is_no_manifest_is_refused(bucket: S3Store) -> None:
    bucket.put_if_absent("manifest.json", b'{"serial": "one"}')
    approve_first_step()
    publish(bucket)

    _, reason = refuse("roll_back", "--version-id", versions_of_the_manifest()[0], "--reason", "Wrong")

    assert reason == f"Version {versions_of_the_manifest()[0]} of manifest.json names no serial."
