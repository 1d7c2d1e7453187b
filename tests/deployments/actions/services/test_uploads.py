"""A draft names an upload: it has to be there, whole, and of the service's team."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from pytest_django import Settings

from catalog.models import Provider
from deployments.actions.services.judging import judge_draft
from deployments.actions.uploads import append_to_upload, create_upload
from deployments.models import Upload
from tests.deployments.drafts import make_draft
from tests.deployments.people import deployer, make_person, team
from tests.factories import provider_document, publish, save

pytestmark = pytest.mark.usefixtures("catalogue")
PLACE = "/providerConfig/artifactId"


@pytest.fixture(autouse=True)
def provider(settings: Settings, tmp_path: Path, catalogue: None) -> None:
    settings.REGISTRY_UPLOAD_DIR = tmp_path / "uploads"
    upload = {"provider_type": "source", "cms_type": None, "source_type": "archive", "backend": "upload@1"}
    save("provider", provider_document("upload", **upload))
    publish()


def make_upload(*, of: str = "Web", is_whole: bool = True) -> Upload:
    upload = create_upload(by=deployer(f"of-{of}", of=of), size_bytes=2, said={}, metadata="")
    pieces = iter([b"ab" if is_whole else b"a"])
    return append_to_upload(upload, by=upload.owner, offset=0, length=2, read=lambda size: next(pieces, b""))


def problems(artifact: Any, *, of: Group | None) -> list[tuple[str, str]]:
    provider = Provider.objects.get(slug="upload")
    draft = make_draft(provider=provider, source_config={"artifactId": artifact}, team=of)
    return [(problem.path, problem.code) for problem in judge_draft(draft, service=None).errors]


def test_upload_of_the_team_is_right() -> None:
    assert problems(str(make_upload().pk), of=team("Web")) == []


def test_upload_that_is_not_there_or_of_another_team_is_missing() -> None:
    shops = make_upload(of="Shop")

    assert problems(str(uuid.uuid4()), of=team("Web")) == [(PLACE, "upload_missing")]
    assert problems(str(shops.pk), of=team("Web")) == [(PLACE, "upload_missing")]
    assert problems(str(shops.pk), of=None) == [(PLACE, "upload_missing")]


def test_upload_that_is_not_whole_is_refused() -> None:
    assert problems(str(make_upload(is_whole=False).pk), of=team("Web")) == [(PLACE, "upload_unfinished")]


def test_service_without_a_team_takes_uploads_without_one() -> None:
    upload = create_upload(by=make_person("boss", "Administrator"), size_bytes=2, said={}, metadata="")
    pieces = iter([b"ab"])
    append_to_upload(upload, by=upload.owner, offset=0, length=2, read=lambda size: next(pieces, b""))

    assert problems(str(upload.pk), of=None) == []


@pytest.mark.parametrize("artifact", ["no id", 3, None, ["a"]])
def test_what_is_no_id_is_for_the_schema_to_say(artifact: Any) -> None:
    assert {path for path, _ in problems(artifact, of=team("Web"))} == {PLACE}
