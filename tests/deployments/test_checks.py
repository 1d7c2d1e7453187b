"""System checks of deployments: rows whose backend is not here, no sandbox, no keyring."""

from typing import Any

import pytest
from django.core.checks import run_checks

from deployments import checks
from tests.factories import builder_document, save

pytestmark = pytest.mark.django_db


def found() -> list[tuple[str | None, str]]:
    return [
        (each.id, each.msg)
        for each in run_checks(databases=["default"])
        if each.id in ("registry.W040", "registry.W041", "registry.W042")
    ]


def test_row_whose_backend_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "sandbox_problem", lambda: "")
    save("builder", builder_document("static"))
    save("builder", builder_document("zola"))
    save("builder", builder_document("gone", lifecycle={"state": "disabled", "reason": "Old", "since": "2026-01-01"}))

    ((code, message),) = found()

    assert code == "registry.W040"
    assert message.startswith("builders/zola: There is no 'zola@1' among registry.builds: command@1, ")


def test_missing_sandbox_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "sandbox_problem", lambda: "bwrap is not installed.")

    assert found() == [("registry.W041", "bwrap is not installed.")]


def test_keyring_that_was_named_and_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(checks, "sandbox_problem", lambda: "")
    before = found()
    settings.REGISTRY_MAKES_KEYRING = False

    ((code, message),) = found()

    assert (before, code) == ([], "registry.W042")
    assert message == f"The keyring {settings.REGISTRY_SECRETS_KEYRING} cannot be read: No such file or directory."


def test_checks_without_a_database_ask_nothing() -> None:
    assert [each for each in run_checks() if each.id == "registry.W040"] == []
