"""Secrets that are pasted badly."""

from pathlib import Path

import pytest

from deployments.configs.credentials import read_credential
from deployments.contract import PermanentError
from tests.deployments.contexts import PlainContext


@pytest.fixture
def context(tmp_path: Path) -> PlainContext:
    return PlainContext(tmp_path, tmp_path)


def test_space_around_a_credential_is_dropped(context: PlainContext) -> None:
    context.secrets = {"git": "  hush\r\n"}

    assert read_credential({"$secret": "git"}, context) == "hush"


@pytest.mark.parametrize("value", ["", "\n", "hu sh", "hush\r\nX-Evil: 1", "hüsh", "hush\0", "x" * 5_000])
def test_what_cannot_be_a_credential_is_refused_and_not_told(context: PlainContext, value: str) -> None:
    context.secrets = {"git": value}

    with pytest.raises(PermanentError, match="The secret git is empty, too long, or holds") as caught:
        read_credential({"$secret": "git"}, context)

    assert "hu" not in str(caught.value) + caught.value.hint
