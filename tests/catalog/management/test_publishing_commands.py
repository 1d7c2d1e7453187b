"""Commands that publish and verify: what they print, and how they refuse."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from catalog.models import Snapshot
from catalog.publishing.stores.configured import open_store
from tests.catalog.publishing.histories import REMOVED, approve_first_step, approve_second_step
from tests.factories import SANITY, publish, save, stack_document
from tests.stores import verify

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


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
    assert raised.value.returncode == 1
    return printed.getvalue(), str(raised.value)


def test_publish_says_what_is_live(publisher: User) -> None:
    approve_first_step()

    printed = call("publish", "--note", "For the launch", "--by", "publisher")

    snapshot = Snapshot.objects.get()
    assert printed == f"Serial 1 is live: 5 changed ({snapshot.path}).\n"
    assert (snapshot.note, snapshot.requested_by, snapshot.state) == ("For the launch", publisher, "live")
    assert verify(open_store()).problems == []


def test_publish_prints_json() -> None:
    approve_first_step()

    printed = json.loads(call("publish", "--json"))

    snapshot = Snapshot.objects.get()
    assert printed == {"serial": 1, "snapshot": snapshot.path, "sha256": snapshot.sha256, "changes": 5}


def test_publish_refuses_an_unknown_person() -> None:
    approve_first_step()

    assert refuse("publish", "--by", "nobody") == ("", "There is no active person named nobody.")
    assert Snapshot.objects.count() == 0


def test_publish_refuses_a_person_who_left(publisher: User) -> None:
    approve_first_step()
    User.objects.update(is_active=False)

    assert refuse("publish", "--by", "publisher") == ("", "There is no active person named publisher.")


def test_publish_refuses_when_there_is_nothing() -> None:
    assert refuse("publish") == ("", "There is nothing to publish: everything that is approved is live.")


def test_publish_refuses_a_long_note() -> None:
    approve_first_step()

    assert refuse("publish", "--note", "x" * 501) == ("", "The note has 501 characters; 500 are allowed.")


def test_publish_says_why_it_failed() -> None:
    approve_first_step()
    publish()
    open_store().delete("current.json")
    save("provider", {**SANITY, "display_name": "Other"})

    _, reason = refuse("publish")

    assert reason.startswith(f"The store {open_store().address} is at serial 0, this database at 1:")


def test_publish_waits_for_another_one() -> None:
    approve_first_step()
    publish()
    Snapshot.objects.update(state="publishing", beat_at="2999-01-01T00:00:00Z")
    save("provider", {**SANITY, "display_name": "Other"})

    assert refuse("publish") == ("", "Another publish is running; this one waits for it.")


def test_dry_run_prints_the_plan_and_publishes_nothing() -> None:
    approve_first_step()
    publish()
    approve_second_step()

    printed = call("publish", "--dry-run")

    assert printed.splitlines() == [
        "added    builders/jekyll (revision 1)",
        "added    providers/cms/contentful (revision 1)",
        "removed  providers/cms/decap (revision 2)",
        "changed  providers/cms/sanity (revision 2)",
        "removed  providers/cms/tina (revision 2)",
        "changed  stacks/foundation/marketing (revision 2)",
    ]
    assert Snapshot.objects.count() == 1


def test_dry_run_prints_json() -> None:
    save("provider", SANITY)

    printed = json.loads(call("publish", "--dry-run", "--json"))

    change = {"key": "providers/cms/sanity", "change": "added", "revision": 1}
    assert printed == {"changes": [change], "problems": []}


def test_dry_run_says_that_there_is_nothing() -> None:
    assert call("publish", "--dry-run") == "Nothing to publish: everything that is approved is live.\n"


@pytest.mark.parametrize("arguments", [["--dry-run"], ["--dry-run", "--json"]], ids=["text", "json"])
def test_dry_run_fails_on_problems(arguments: list[str]) -> None:
    save("provider", SANITY, approved=False)
    save("stack", stack_document(providers={"cms": ["sanity"]}))

    printed, reason = refuse("publish", *arguments)

    problem = (
        "stacks/foundation/marketing /providers/cms/0: "
        "providers/cms/sanity is not published and not part of this publish."
    )
    assert reason == "This would be refused: 1 problem."
    assert problem in printed
    if "--json" in arguments:
        assert json.loads(printed)["problems"] == [problem]


def test_verify_says_that_all_is_whole() -> None:
    approve_first_step()
    publish()

    printed = call("verify_published")

    assert printed == f"{open_store().address}: serial 1 is whole: 5 documents, 29 files.\n"


def test_verify_prints_json() -> None:
    approve_first_step()
    publish()

    assert json.loads(call("verify_published", "--json")) == {
        "problems": [],
        "notes": [],
        "serial": 1,
        "documents": 5,
        "files": 29,
    }


def test_verify_fails_on_damage() -> None:
    approve_first_step()
    publish()
    open_store().delete("builders/hugo.json")

    printed, reason = refuse("verify_published")

    assert printed.splitlines()[0] == "builders/hugo.json: is missing."
    assert reason == f"{open_store().address}: 1 problem; 28 files were read."


def test_verify_prints_json_of_damage() -> None:
    save("provider", SANITY)
    publish()
    save("provider", {**SANITY, "lifecycle": REMOVED})
    publish()
    open_store().delete("manifest.json")

    printed, _ = refuse("verify_published", "--json")

    assert json.loads(printed)["problems"] == ["manifest.json: is missing."]


def test_refusal_is_no_traceback(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "DJANGO_DEBUG": "true", "REGISTRY_VAR_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "verify_published"]

    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert run.returncode == 1
    assert run.stderr == f"CommandError: {tmp_path}/registry: 1 problem; 0 files were read.\n"
    assert run.stdout == "current.json: is missing.\n"
