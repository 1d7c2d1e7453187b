"""Making, changing and removing services: revisions, teams, secrets, rivals."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.actions.revisions import Change
from catalog.models import AuditRecord, Revision
from catalog.models.history import RevisionSource
from deployments.actions.errors import InvalidDocumentError, NotAllowedError, RefusedError, StaleEntryError
from deployments.actions.services.drafts import draft_of
from deployments.actions.services.saving import change_service, create_service, remove_service
from deployments.models import Service
from deployments.runner.claims import claim
from tests.deployments.drafts import make_draft
from tests.deployments.people import deployer, make_person, team
from tests.deployments.services import queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def by(person: User | None, note: str = "Because") -> Change:
    return Change(by=person, note=note, source=RevisionSource.API if person else RevisionSource.COMMAND)


def test_new_service_has_its_first_revision_and_its_backends_by_the_catalogue() -> None:
    person = deployer()

    service = create_service(make_draft(), by(person))

    service.refresh_from_db()
    assert service.latest_revision is not None
    assert (service.latest_revision.entry_key, service.latest_revision.number) == (f"services/{service.pk}", 1)
    assert (service.source_backend, service.build_backend, service.created_by) == ("inline@1", "static@1", person)
    assert service.latest_revision.document["providerId"] == "inline"
    assert AuditRecord.objects.filter(verb="service_created", object_name="service site (production)", by=person)


def test_change_is_a_revision_and_no_change_is_none() -> None:
    service = create_service(make_draft(), by(deployer()))

    changed = change_service(service, replace(draft_of(service), environment="staging"), by(None), expected_revision=1)
    again = change_service(service, replace(draft_of(service), environment="staging"), by(None), expected_revision=2)

    assert changed is not None
    assert (changed.number, changed.document["environment"], again) == (2, "staging", None)


def test_whoever_began_with_an_older_revision_is_refused() -> None:
    service = create_service(make_draft(), by(None))
    change_service(service, replace(draft_of(service), environment="staging"), by(None), expected_revision=1)

    with pytest.raises(StaleEntryError):
        change_service(service, make_draft("other"), by(None), expected_revision=1)

    assert Service.objects.get().name == "site"


def test_secrets_are_kept_sealed_and_never_in_a_revision_or_the_audit() -> None:
    service = create_service(make_draft(), by(None), secrets={"token": "hush-hush"})

    secret = service.secrets.get()
    everything = [*Revision.objects.values_list("canonical", flat=True)]
    everything += AuditRecord.objects.values_list("detail", flat=True)
    assert (secret.name, "hush" in secret.ciphertext) == ("token", False)
    assert not [text for text in everything if "hush" in text]
    assert AuditRecord.objects.get(verb="secret_changed").detail == "Secret token set"


@pytest.mark.parametrize(
    ("values", "path", "code"),
    [
        ({"source_config": {}}, "/providerConfig/files", "required"),
        ({"source_config": {"files": {"a": "b"}, "more": 1}}, "/providerConfig/more", "additionalProperties"),
        ({"target_config": {"folder": "../up"}}, "/targetConfig/folder", "pattern"),
        ({"target_backend": "nowhere@1"}, "/targetId", "backend_missing"),
        ({"target_backend": "oci-registry@1", "target_config": {}}, "/targetId", "incompatible_target"),
        ({"environment": "No Such"}, "/environment", "pattern"),
        ({"name": " "}, "/name", "name"),
        ({"routing": {"target": {}}}, "/routing", "unknown"),
        ({"routing": {"source": {"connection": "none"}}}, "/routing/source/connection", "reference"),
        ({"routing": {"source": {"labels": {"a": 1}}}}, "/routing/source/labels", "type"),
    ],
)
def test_everything_that_is_wrong_is_told_at_its_place(values: dict[str, Any], path: str, code: str) -> None:
    with pytest.raises(InvalidDocumentError) as refused:
        create_service(make_draft(**values), by(None))

    assert (path, code) in [(problem.path, problem.code) for problem in refused.value.problems]
    assert not Service.objects.exists()


def test_name_is_taken_once_in_an_environment() -> None:
    create_service(make_draft(), by(None))

    with pytest.raises(InvalidDocumentError) as refused:
        create_service(make_draft(), by(None))

    assert [problem.code for problem in refused.value.problems] == ["taken"]
    create_service(make_draft(environment="staging", target_config={"folder": "two"}), by(None))


def test_name_of_a_removed_service_is_free() -> None:
    service = create_service(make_draft(), by(None))
    remove_service(service, by=None, reason="Done", expected_revision=None)

    create_service(make_draft(), by(None))

    with pytest.raises(RefusedError, match="removed"):
        change_service(service, make_draft("other"), by(None), expected_revision=None)


def test_nobody_makes_services_for_another_team() -> None:
    with pytest.raises(NotAllowedError, match="team that you belong to"):
        create_service(make_draft(team=team("Shop")), by(deployer(of="Web")))


def test_nobody_takes_a_service_of_another_team() -> None:
    service = create_service(make_draft(team=team("Shop")), by(None))

    with pytest.raises(NotAllowedError):
        change_service(service, make_draft(team=team("Web")), by(deployer(of="Web")), expected_revision=None)
    with pytest.raises(NotAllowedError):
        remove_service(service, by=deployer("other", of="Web"), reason="Mine", expected_revision=None)


def test_viewer_makes_nothing() -> None:
    with pytest.raises(NotAllowedError, match="may not make services"):
        create_service(make_draft(), by(make_person("viewer", "Viewer", "Web")))


def test_removal_cancels_what_waits_and_stops_what_runs() -> None:
    service = create_service(make_draft(), by(None))
    running = queue(service)
    claim(running.pk)
    waiting = queue(service)

    remove_service(service, by=None, reason="Moved away", expected_revision=1)

    running.refresh_from_db()
    waiting.refresh_from_db()
    service.refresh_from_db()
    assert (running.state, running.cancel_requested_at is not None) == ("fetching", True)
    assert (waiting.state, service.removed_at is not None) == ("cancelled", True)
