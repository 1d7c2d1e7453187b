"""Who may have a source looked at, how often, and what they get to see of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from catalog.models import Provider
from deployments.actions.errors import HasOneError, InvalidDocumentError, NotAllowedError
from deployments.actions.secrets import set_secret
from deployments.actions.services.looks import find_look, request_look
from deployments.actions.services.offers import builders_for, offer, offers_of
from deployments.builds import Suggestion
from deployments.contract import Detection
from deployments.models import Connection, Look, Secret, Service
from deployments.runner.looks import claim_look
from tests.deployments.drafts import INLINE
from tests.deployments.fakes import Script
from tests.deployments.looks import ask, ended, found, look, source
from tests.deployments.people import deployer, make_person, team
from tests.deployments.runs import fail, make_fake_service
from tests.factories import builder_document, provider_document, publish, save

pytestmark = pytest.mark.usefixtures("in_process", "catalogue", "script")


def problems(draft: Any, **asked: Any) -> dict[str, str]:
    with pytest.raises(InvalidDocumentError) as caught:
        ask(draft, **asked)
    return {problem.path: problem.code for problem in caught.value.problems}


def test_same_question_within_minutes_has_the_same_answer(script: type[Script]) -> None:
    first = look(source(source_config={"text": "one"}))

    assert ask(source(source_config={"text": "one"})).pk == first.pk
    Look.objects.update(finished_at=timezone.now() - timedelta(minutes=10))
    assert ask(source(source_config={"text": "one"})).pk != first.pk
    assert script.done == ["resolve", "fetch"]


def test_question_that_is_under_way_is_not_asked_again() -> None:
    first = ask(source())
    assert ask(source()).pk == first.pk
    claim_look(first.pk)
    assert ask(source()).pk == first.pk


def test_what_failed_is_tried_again(script: type[Script]) -> None:
    script.acts["fetch"] = fail(ZeroDivisionError())
    first = look(source())
    del script.acts["fetch"]

    assert (first.state, look(source()).state) == ("failed", "found")


def test_everybody_asks_for_themselves_and_of_their_service() -> None:
    first = look(source())

    assert look(source(), by=deployer("colleague")).pk != first.pk
    assert look(source(), service=make_fake_service(team=team("Web"))).pk != first.pk


def test_person_has_one_at_a_time() -> None:
    waits = ask(source(source_config={"text": "one"}), token="hush")

    second = ask(source(source_config={"text": "two"}))

    waits.refresh_from_db()
    assert ended(waits)[:3] == ("failed", "permanent", "A newer request of yours took its place.")
    assert Secret.objects.count() == 0
    claim_look(second.pk)
    with pytest.raises(HasOneError, match="wait until it has ended"):
        ask(source(source_config={"text": "three"}))
    assert ask(source(), by=deployer("colleague")).state == "waiting"


def test_dead_deployer_keeps_nobody_from_asking() -> None:
    first = ask(source(source_config={"text": "one"}))
    for _ in range(2):
        claim_look(first.pk)
        Look.objects.filter(pk=first.pk).update(lease_expires_at=timezone.now())
        Look.objects.filter(pk=first.pk, attempt=1).update(state="waiting", lease=None, lease_expires_at=None)

    assert ask(source(source_config={"text": "two"})).state == "waiting"
    first.refresh_from_db()
    assert first.error_kind == "lost"


def test_answer_says_it_where_no_deployer_is_left() -> None:
    made = ask(source())
    Look.objects.update(requested_at=timezone.now() - timedelta(minutes=10))

    seen = find_look(made.pk, by=made.requested_by)

    assert seen is not None
    assert ended(seen)[:3] == ("failed", "lost", "No deployer had time to look at the source.")


def test_only_who_asked_sees_it_and_only_while_it_is_their_team_s() -> None:
    made = ask(source())
    person, root = made.requested_by, User.objects.create_superuser("root")

    seen = [find_look(made.pk, by=who) is not None for who in (person, deployer("colleague"), root)]
    person.groups.remove(team("Web"))

    assert (seen, find_look(made.pk, by=person)) == ([True, False, False], None)


def test_removed_service_takes_its_looks_along() -> None:
    made = ask(source(), service=make_fake_service(team=team("Web")))
    assert find_look(made.pk, by=made.requested_by) is not None

    Service.objects.update(removed_at=timezone.now())

    assert find_look(made.pk, by=made.requested_by) is None


def test_it_takes_the_permissions_to_make_and_to_deploy() -> None:
    editor, maker = make_person("editor", "Editor", "Web"), make_person("maker", "Web")
    names = ("view_service", "add_service", "change_service")
    maker.user_permissions.set(Permission.objects.filter(codename__in=names))
    stranger = deployer("stranger", of="Shop")

    for person in (editor, maker, stranger):
        with pytest.raises(NotAllowedError):
            request_look(source(), by=User.objects.get(pk=person.pk))
    assert Look.objects.count() == 0


def test_source_is_judged_first() -> None:
    fresh = {**INLINE, "backend": "fake@1"}
    save("provider", provider_document("draft", **fresh))
    draft = Provider.objects.get(slug="draft")

    assert problems(source("gone@1")) == {"/providerId": "backend_missing"}
    assert problems(source(source_config={"text": 1})) == {"/providerConfig/text": "type"}
    assert problems(source(provider=draft)) == {"/providerId": "not_published"}
    assert problems(source(source_config={"more": {"$secret": "token"}})) == {"/providerConfig/more": "secret_missing"}
    assert problems(source(routing={"source": {"connection": "gone"}})) == {"/routing/source/connection": "reference"}
    assert Look.objects.count() == 0


def test_secret_of_a_connection_is_not_for_a_source_to_name() -> None:
    set_secret(Connection.objects.create(kind="source", backend="fake@1", name="main"), "token", "of all")

    assert problems(source(source_config={"more": {"$secret": "token"}})) == {"/providerConfig/more": "secret_missing"}


def test_offer_is_the_newest_major_that_the_catalogue_has() -> None:
    save("builder", builder_document("hugo-old", backend="hugo@1"))
    save("builder", builder_document("hugo-new", backend="hugo@2"))
    publish()
    rows = {row.slug: row for row in builders_for(Provider.objects.get(slug="inline"))}
    newest = Suggestion("hugo@3", Detection(5), {"hugo@2": Detection(4, {"two": 2}), "hugo@1": Detection(3)})

    offers = offer([newest, Suggestion("jekyll@1", Detection(1))], rows.values())
    old = offer([newest], [rows["hugo-old"], rows["static"]])

    assert [(each.builder.slug, each.detection.config, each.majors) for each in offers] == [
        ("hugo-new", {"two": 2}, ["hugo@3", "hugo@1"])
    ]
    assert [(each.builder.slug, each.detection.confidence) for each in old] == [("hugo-old", 3)]


def test_offers_are_builders_that_take_new_services() -> None:
    made = look(source())
    assert found(made) == ["static@1", "site-image@1"]

    assert [each.builder.slug for each in offers_of(made)] == ["static"]
    assert offers_of(made, []) == []
