"""System checks: each wrong or contradictory setting is a message with its id, and a sound setting is none."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from catalog.checks import check_environment
from registry_site.env import Environment, Problem, StoreAddress
from tests.cases import spread

ROOT = Path(__file__).resolve().parent.parent.parent
SOUND: dict[str, Any] = {
    "DEBUG": False,
    "ENVIRONMENT": Environment({}),
    "SECRET_KEY_IS_GIVEN": True,
    "ALLOWED_HOSTS": ["registry.example.com"],
    "REGISTRY_STORE": StoreAddress(bucket="registry"),
    "REGISTRY_PUBLIC_URL": "https://registry.example.com",
    "REGISTRY_SIGNING_KEY_FILE": Path(__file__),
    "REGISTRY_CLOUDFRONT_DISTRIBUTION_ID": "E123",
    "CELERY_BROKER_URL": "redis://redis:6379/0",
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}},
}
FOLDER = {"REGISTRY_STORE": StoreAddress(folder=Path("/srv")), "REGISTRY_CLOUDFRONT_DISTRIBUTION_ID": ""}
EMBEDDED = {
    **FOLDER,
    "CELERY_BROKER_URL": "filesystem://",
    "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}},
}


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({}, []),
        (FOLDER, []),
        ({**FOLDER, "REGISTRY_PUBLIC_URL": ""}, []),
        ({"SECRET_KEY_IS_GIVEN": False}, ["registry.E010"]),
        ({"ALLOWED_HOSTS": []}, ["registry.E011"]),
        ({"REGISTRY_PUBLIC_URL": ""}, ["registry.E012"]),
        ({"REGISTRY_STORE": StoreAddress(folder=Path("/srv"))}, ["registry.E013"]),
        ({"REGISTRY_SIGNING_KEY_FILE": Path("/nowhere/key.pem")}, ["registry.E014"]),
        ({"REGISTRY_SIGNING_KEY_FILE": Path(__file__).parent}, ["registry.E014"]),
        ({**FOLDER, "REGISTRY_SIGNING_KEY_FILE": Path("/nowhere/key.pem")}, []),
        ({"CELERY_BROKER_URL": "filesystem://"}, ["registry.W020"]),
        ({"DATABASES": EMBEDDED["DATABASES"]}, ["registry.W021"]),
        (EMBEDDED, ["registry.W020", "registry.W021"]),
        ({**EMBEDDED, "DEBUG": True, "SECRET_KEY_IS_GIVEN": False, "ALLOWED_HOSTS": []}, []),
        ({"DEBUG": True, "REGISTRY_PUBLIC_URL": ""}, ["registry.E012"]),
    ],
    ids=range(15),
)
def test_each_wrong_setting_has_its_id(
    changes: dict[str, Any], ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.checks.settings", SimpleNamespace(**{**SOUND, **changes}))

    found = check_environment(None)

    assert [message.id for message in found] == ids
    assert [message.hint for message in found if not message.hint] == []


def test_value_that_cannot_be_read_is_an_error_with_its_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = Environment({}, [Problem("registry.E001", "DJANGO_DEBUG is 'maybe'.", "Use true or false.")])
    monkeypatch.setattr("catalog.checks.settings", SimpleNamespace(**{**SOUND, "ENVIRONMENT": environment}))

    (message,) = check_environment(None)

    assert (message.id, message.msg, message.hint) == (
        "registry.E001",
        "DJANGO_DEBUG is 'maybe'.",
        "Use true or false.",
    )
    assert message.is_serious()


def run_check(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` in a process of its own that knows nothing of this one's environment."""
    environment = {"PATH": os.environ["PATH"], "REGISTRY_VAR_DIR": str(tmp_path / "var"), **variables}
    command = [sys.executable, "manage.py", "check", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


PRODUCTION = {
    "DJANGO_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-0123456789-ABCDEF",
    "DJANGO_ALLOWED_HOSTS": "registry.example.com",
    "DATABASE_URL": "postgres://registry@db/registry",
    "CELERY_BROKER_URL": "redis://redis:6379/0",
    "REGISTRY_STORE_URL": "s3://example-registry",
    "REGISTRY_PUBLIC_URL": "https://registry.example.com",
    # Whether it holds a key is asked when it is used.
    "REGISTRY_SIGNING_KEY_FILE": __file__,
}


@pytest.mark.parametrize(
    ("variables", "ids"),
    spread(
        [
            ({}, {"E010", "E011", "W020", "W021"}),
            ({"DJANGO_DEBUG": "true"}, set()),
            ({"DJANGO_DEBUG": "perhaps"}, {"E001", "E010", "E011", "W020", "W021"}),
            ({**PRODUCTION, "DATABASE_URL": "mysql://db/registry"}, {"E002", "W021"}),
            ({**PRODUCTION, "REGISTRY_STORE_URL": "ftp://there", "REGISTRY_PUBLIC_URL": "there"}, {"E003", "E004"}),
            ({**PRODUCTION, "REGISTRY_MASS_CHANGE_PERCENT": "101"}, {"E005"}),
            ({**PRODUCTION, "REGISTRY_MASS_CHANGE_PERCENT": "a tenth"}, {"E005"}),
            ({**PRODUCTION, "REGISTRY_MASS_CHANGE_PERCENT": "100"}, set()),
            ({**PRODUCTION, "REGISTRY_SIGNING_KEY_FILE": ""}, {"E014"}),
            ({**PRODUCTION, "REGISTRY_VAR_DIR": f"{__file__}/var"}, {"E006"}),
            ({"DJANGO_DEBUG": "true", "REGISTRY_VAR_DIR": f"{__file__}/var"}, {"E006"}),
            ({**PRODUCTION, "CELERY_BROKER_URL": "redis"}, {"E007", "W020"}),
        ],
        fast=2,
    ),
    ids=range(12),
)
def test_wrong_environment_is_a_message_and_no_traceback(
    variables: dict[str, str], ids: set[str], tmp_path: Path
) -> None:
    result = run_check(tmp_path, **variables)

    known = {f"{letter}{number:03}" for letter in "EW" for number in range(1, 30)}
    assert "Traceback" not in result.stdout + result.stderr
    assert {id_ for id_ in known if f"registry.{id_}" in result.stderr} == ids
    assert (result.returncode == 0) == (not any(id_.startswith("E") for id_ in ids))


def test_production_passes_the_deployment_check_without_a_warning(tmp_path: Path) -> None:
    result = run_check(tmp_path, "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert (result.returncode, result.stderr) == (0, "")
