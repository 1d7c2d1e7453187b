"""What a draft of a service is warned of and refused for, by the catalogue's lifecycle, backends and secrets."""

from typing import Any

import pytest

from catalog.models import Provider
from deployments.actions.secrets import set_secret
from deployments.actions.services.drafts import SourceDraft, draft_of
from deployments.actions.services.judging import judge_draft, judge_source, secrets_in
from deployments.contract import Kind
from deployments.models import Connection, Service
from tests.deployments.drafts import INLINE, make_draft
from tests.deployments.fakes import FakeSource
from tests.deployments.services import make_service
from tests.factories import provider_document, publish, save

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
EVIL, TOKEN = "https://evil.example.com/api", {"$secret": "token"}
GONE = {"since": "2026-01-01", "reason": "Nobody uses it"}


def lifecycle(state: str) -> None:
    save("provider", provider_document("inline", **INLINE, lifecycle={"state": state, **GONE}))
    publish()


def codes(problems: Any) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in problems]


def test_deprecated_provider_is_warned_about() -> None:
    lifecycle("deprecated")

    judgement = judge_draft(make_draft(), service=None)

    assert (judgement.is_valid, codes(judgement.warnings)) == (True, [("/providerId", "entry_deprecated")])
    assert "Nobody uses it" in judgement.warnings[0].message


def test_disabled_provider_takes_no_new_service_and_keeps_those_it_has() -> None:
    service = make_service()
    lifecycle("disabled")

    assert codes(judge_draft(make_draft("new"), service=None).errors) == [("/providerId", "entry_disabled")]
    assert judge_draft(draft_of(Service.objects.get(pk=service.pk)), service=service).is_valid


def test_pair_that_the_provider_excludes_is_refused_but_to_who_has_it() -> None:
    service = make_service()
    save("provider", provider_document("inline", **INLINE, incompatible_builders=["static"]))
    publish()

    assert codes(judge_draft(make_draft("new"), service=None).errors) == [("/builderId", "incompatible_builder")]
    assert judge_draft(draft_of(Service.objects.get(pk=service.pk)), service=service).is_valid


def test_provider_that_is_not_published_takes_no_service() -> None:
    save("provider", provider_document("inline-two", **INLINE))

    judgement = judge_draft(make_draft(provider=Provider.objects.get(slug="inline-two")), service=None)

    assert codes(judgement.errors) == [("/providerId", "not_published")]


def test_schema_of_the_catalogue_narrows_the_backends() -> None:
    schema = {"type": "object", "properties": {"files": {"type": "object", "maxProperties": 1}}}
    save("provider", provider_document("inline", **INLINE, config_schema=schema))
    publish()

    judgement = judge_draft(make_draft(source_config={"files": {"a.html": "", "b.html": ""}}), service=None)

    assert codes(judgement.errors) == [("/providerConfig/files", "maxProperties")]


def test_builder_that_cannot_use_the_source_is_told_as_such(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    save("provider", provider_document("fake", **{**INLINE, "backend": "fake@1"}))
    publish()
    monkeypatch.setattr(FakeSource, "produces", frozenset({Kind.IMAGE}))

    judgement = judge_draft(make_draft(provider=Provider.objects.get(slug="fake"), source_config={}), service=None)

    assert codes(judgement.errors) == [("/builderId", "incompatible_builder")]
    assert "Static files takes no image" in judgement.errors[0].message


def test_secret_that_nobody_has_set_is_missing_unless_it_is_sent(script: Any) -> None:
    save("provider", provider_document("fake", **{**INLINE, "backend": "fake@1"}))
    publish()
    fake = Provider.objects.get(slug="fake")
    draft = make_draft(provider=fake, source_config={"token": {"$secret": "token"}})

    missing = ("/providerConfig/token", "secret_missing")
    assert codes(judge_draft(draft, service=None).errors) == [missing]
    assert judge_draft(draft, service=None, secrets=frozenset({"token"})).is_valid
    set_secret(Connection.objects.create(kind="source", backend="fake@1", name="main"), "token", "of all")
    assert codes(judge_draft(draft, service=None).errors) == [missing]


@pytest.mark.parametrize(
    ("config", "connection", "found"),
    [
        pytest.param({"apiUrl": EVIL}, {"token": TOKEN}, [("/providerConfig/apiUrl", "address_not_lent")], id="lent"),
        pytest.param(
            {"apiUrl": EVIL},
            {"apiUrl": "https://git.example.com/api/v3"},
            [("/providerConfig/apiUrl", "fixed_by_connection")],
            id="fixed",
        ),
        pytest.param({"apiUrl": EVIL}, {}, [], id="nothing_lent"),
        pytest.param({}, {"token": TOKEN}, [], id="where_the_backend_goes"),
    ],
)
@pytest.mark.parametrize("routing", [{}, {"source": {"connection": "shared"}}], ids=["any", "named"])
def test_service_says_not_where_the_secret_of_a_connection_goes(
    config: dict[str, Any], connection: dict[str, Any], found: list[tuple[str, str]], routing: dict[str, Any]
) -> None:
    save("provider", provider_document("github", **{**INLINE, "backend": "github@1"}))
    publish()
    Connection.objects.create(kind="source", backend="github@1", name="shared", config=connection)
    github = Provider.objects.get(slug="github")
    draft = make_draft(provider=github, source_config={"repository": "a/b", **config}, routing=routing)

    assert codes(judge_draft(draft, service=None).errors) == found
    source = SourceDraft(provider=github, source_config=draft.source_config, routing=routing)
    assert codes(judge_source(source, service=None).errors) == found


def test_secrets_are_found_wherever_they_are_named() -> None:
    config = {"a": {"$secret": "one"}, "b": [{"c/d": {"$secret": "two"}}], "e": {"$secret": 3}}

    assert list(secrets_in(config)) == [("/a", "one"), ("/b/0/c~1d", "two")]
