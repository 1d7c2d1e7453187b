"""Secrets that are pasted badly."""

import pytest

from deployments.contract import PermanentError
from deployments.sources.tokens import read_token
from tests.deployments.contexts import PlainContext


def test_space_around_a_token_is_dropped(context: PlainContext) -> None:
    context.secrets = {"git": "  hush\r\n"}

    assert read_token({"$secret": "git"}, context) == "hush"


@pytest.mark.parametrize("value", ["", "\n", "hu sh", "hush\r\nX-Evil: 1", "hüsh", "hush\0", "x" * 5_000])
def test_what_cannot_be_a_token_is_refused_and_not_told(context: PlainContext, value: str) -> None:
    context.secrets = {"git": value}

    with pytest.raises(PermanentError, match="The secret git cannot be a token") as caught:
        read_token({"$secret": "git"}, context)

    assert "hu" not in str(caught.value) + caught.value.hint
