"""Services of another system: the forms that they come in, all or none of them, and that they run."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Revision
from deployments.actions.services.legacy import BUILDERS, PROVIDERS
from deployments.models import Secret, Service
from deployments.runner.secrets import open_secret
from tests.deployments.drafts import publish_catalogue
from tests.deployments.people import team
from tests.deployments.runs import run
from tests.factories import builder_document, provider_document, save

DOCS = Path(__file__).resolve().parents[3] / "docs" / "services.md"
OCI = ("--target", "oci-registry@1", "--target-config", '{"registryUrl": "https://oci.test", "repository": "{name}"}')
FILES = {"files": {"index.html": "<h1>Hello</h1>"}}
FLAT = {"name": "Old Site", "provider": "FILES", "buildType": "none", **FILES}


@pytest.fixture
def catalogue(db: None) -> None:
    github = {"provider_type": "source", "cms_type": None, "source_type": "repository", "backend": "github@1"}
    save("provider", provider_document("github", **github))
    save("builder", builder_document("dockerfile", backend="dockerfile@1"))
    save("builder", builder_document("command", backend="command@1"))
    publish_catalogue()


@pytest.fixture
def import_file(catalogue: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Writes the file, runs the command, and answers what it says."""

    def run_it(content: Any, *options: str) -> str:
        file = tmp_path / "services.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        call_command("import_services", str(file), *options)
        return capsys.readouterr().out

    return run_it


def refused(import_file: Any, content: Any, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """What the report says of a file of which nothing was imported."""
    with pytest.raises(CommandError):
        import_file(content, "--apply", *options)
    assert not Service.objects.exists()
    return capsys.readouterr().out


def test_dry_run_writes_nothing(import_file: Any) -> None:
    said = import_file(FLAT)

    assert "Old Site (production)  inline -> static     imported" in said
    assert said.endswith("Nothing was written. Say --apply to import them.\n")
    assert (Service.objects.exists(), Revision.objects.filter(entry_key__startswith="services/").exists()) == (
        False,
        False,
    )


def test_flat_record_becomes_a_service_with_a_revision(import_file: Any) -> None:
    team("Web")
    said = import_file([FLAT], "--apply", "--team", "Web")

    service = Service.objects.get()
    assert said.endswith("Imported.\n")
    assert (service.name, service.provider.slug, service.builder.slug) == ("Old Site", "inline", "static")
    assert (service.source_backend, service.source_config, service.target_config) == (
        "inline@1", FILES, {"folder": "old-site"},
    )  # fmt: skip
    assert (service.team, service.created_by) == (team("Web"), None)
    assert service.latest_revision is not None
    assert service.latest_revision.change_note == "Imported from the system before this one"


def test_again_is_harmless(import_file: Any) -> None:
    import_file([FLAT], "--apply")

    assert "is there already" in import_file([FLAT], "--apply")
    assert Service.objects.count() == 1


def test_documented_file_is_imported_as_documented(import_file: Any) -> None:
    section = DOCS.read_text().partition("## Services from another system")[2]
    [records], [report] = (re.findall(rf"```{kind}\n(.*?)```", section, re.DOTALL) for kind in ("json", "text"))

    said = import_file(records, "--apply", *OCI)

    assert said == f"{report}Imported.\n"
    shop, app = Service.objects.get(name="shop"), Service.objects.get(name="my-app")
    assert shop.source_config == {"repository": "owner/shop", "branch": "main", "token": {"$secret": "token"}}
    assert shop.build_config == {"dockerfilePath": "./Dockerfile"}
    assert open_secret(Secret.objects.get(service=shop)) == "ghp_example"
    assert "ghp_example" not in Revision.objects.get(entry_key=shop.key).canonical
    assert app.source_config == {"repository": "owner/repo", "branch": "main"}
    assert app.build_config == {"dockerfilePath": "./Dockerfile", "buildArgs": {}}
    assert app.target_config == {"registryUrl": "https://oci.test", "repository": "my-app"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"provider": "svn"}, "There is no source provider 'svn' in the catalogue."),
        ({"buildType": "maven"}, "There is no builder 'maven' in the catalogue."),
        ({"files": {}}, "/providerConfig/files: "),
        ({"name": ""}, "It has no name."),
        ({"provider": 5}, "provider is no text."),
        ({"providerConfig": []}, "providerConfig is no JSON object."),
        ({"environment": "Not so"}, "/environment: "),
        ({"targetId": "ftp@1"}, "/targetId: There is no 'ftp@1'"),
    ],
)
def test_one_that_is_wrong_keeps_all_of_them(
    wrong: dict[str, Any], said: str, import_file: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in refused(import_file, [{**FLAT, "name": "good"}, {**FLAT, **wrong}], capsys)


def test_variables_that_look_like_secrets_are_sealed_and_told(import_file: Any) -> None:
    env = {"NPM_TOKEN": "npm_SECRET", "MIRROR": "https://bot:hush@npm.example.com", "NODE_ENV": "production"}
    record = {**FLAT, "buildType": "npm", "env": env, "buildCommand": "true", "outputDirectory": "out"}

    said = import_file([record], "--apply")

    service = Service.objects.get()
    assert "sealed: env-npm-token, env-mirror\n" in said
    assert service.build_config["environment"] == {"NODE_ENV": "production"}
    assert service.build_config["secretEnvironment"] == {
        "NPM_TOKEN": {"$secret": "env-npm-token"}, "MIRROR": {"$secret": "env-mirror"},
    }  # fmt: skip
    assert open_secret(service.secrets.get(name="env-npm-token")) == "npm_SECRET"
    kept = Revision.objects.get(entry_key=service.key).canonical
    assert ("npm_SECRET" in kept, "hush" in kept) == (False, False)


def test_secret_among_the_arguments_of_an_image_is_refused(
    import_file: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = {"API_KEY": "hush-4711", "APP_VERSION": "1.4.0"}

    said = refused(import_file, [{**FLAT, "buildType": "docker", "buildArgs": arguments}], capsys, *OCI)

    assert "/builderConfig/buildArgs/API_KEY: API_KEY looks like a secret" in said
    assert ("APP_VERSION" in said, "hush" in said) == (False, False)
    assert not Revision.objects.filter(entry_key__startswith="services/").exists()


def test_same_name_twice_is_imported_once(import_file: Any) -> None:
    said = import_file([FLAT, FLAT], "--apply")

    assert (said.count("imported"), said.count("is there already"), Service.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("content", ["", "{", "[]", "[5]", "null", "[" * 100_000, '{"services": []}', '{"a": 1}'])
def test_file_that_is_none_is_a_message(content: str, import_file: Any) -> None:
    with pytest.raises(CommandError):
        import_file(content, "--apply")


@pytest.mark.parametrize("options", [("--team", "Nobody"), ("--target-config", "{"), ("--target-config", "[]")])
def test_options_that_are_wrong_are_messages(options: tuple[str, str], import_file: Any) -> None:
    with pytest.raises(CommandError):
        import_file([FLAT], *options)


def test_missing_file_is_a_message(db: None) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_services", "/nowhere/services.json")


def test_imported_service_runs_through_the_registries(in_process: None, tmp_path: Path, settings: Any) -> None:
    publish_catalogue()
    file = tmp_path / "services.json"
    file.write_text(json.dumps({"services": [{"service": FLAT}]}))
    call_command("import_services", str(file), "--apply")

    deployment = run(Service.objects.get())

    assert (deployment.state, deployment.error_message) == ("succeeded", "")
    assert list(settings.REGISTRY_SITES_DIR.glob("old-site/**/index.html"))


def test_legacy_names_are_those_of_the_starter_catalogue() -> None:
    starter = Path(__file__).resolve().parents[3] / "catalog" / "starter"
    there = {each.stem for each in (starter / "providers" / "source").glob("*.json")}

    assert set(PROVIDERS.values()) <= there
    assert set(BUILDERS.values()) <= {each.stem for each in (starter / "builders").glob("*.json")}
