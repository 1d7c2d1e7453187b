"""Bringing back what a service was."""

from dataclasses import replace

import pytest

from catalog.actions.revisions import Change
from catalog.models import Builder
from catalog.models.history import RevisionSource
from deployments.actions.errors import InvalidDocumentError, RefusedError
from deployments.actions.services.drafts import document_of, draft_of
from deployments.actions.services.restoring import plan_restore, restore_service
from deployments.actions.services.saving import change_service, create_service
from deployments.models import Service
from tests.deployments.drafts import make_draft
from tests.deployments.people import deployer, team
from tests.factories import builder_document, publish, save

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
COMMAND = Change(by=None, note="Because", source=RevisionSource.COMMAND)


@pytest.fixture
def service() -> Service:
    made = create_service(make_draft(), COMMAND)
    changed = replace(draft_of(made), name="other", source_config={"files": {"new.html": "New"}})
    change_service(made, changed, COMMAND, expected_revision=1)
    return Service.objects.get(pk=made.pk)


def test_earlier_revision_comes_back_as_the_newest(service: Service) -> None:
    before = plan_restore(service, number=1).revision.document

    revision = restore_service(
        service, number=1, by=deployer(), note="Back", source=RevisionSource.RESTORE, expected_revision=2
    )

    assert (revision.number, revision.document) == (3, before)
    assert document_of(Service.objects.get(pk=service.pk)) == before


def test_what_is_gone_cannot_come_back(service: Service) -> None:
    save("builder", builder_document("other", backend="static@1"))
    publish()
    change_service(
        service, replace(draft_of(service), builder=Builder.objects.get(slug="other")), COMMAND, expected_revision=None
    )
    service.refresh_from_db()
    change_service(service, replace(draft_of(service), team=team("Short")), COMMAND, expected_revision=None)
    change_service(Service.objects.get(), replace(draft_of(service), team=team("Web")), COMMAND, expected_revision=None)
    team("Short").delete()

    plan = plan_restore(Service.objects.get(), number=4)

    assert [(problem.path, problem.code) for problem in plan.problems] == [("/team", "reference")]
    with pytest.raises(InvalidDocumentError):
        restore_service(
            service, number=4, by=deployer(), note="Back", source=RevisionSource.RESTORE, expected_revision=None
        )


def test_what_it_is_already_and_what_never_was_are_refused(service: Service) -> None:
    with pytest.raises(RefusedError, match="Nothing would change"):
        restore_service(
            service, number=2, by=deployer(), note="Back", source=RevisionSource.RESTORE, expected_revision=None
        )
    with pytest.raises(RefusedError, match="no revision 9"):
        plan_restore(service, number=9)
