"""The examples of LEGACY.md print what it says."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import registry_client
from registry_client import RegistryClient, legacy

from tests.client.registry import MemoryRegistry, Server
from tests.factories import provider_document, stack_document

PAGE = Path(registry_client.__file__).parents[1] / "LEGACY.md"
FENCES = re.compile(r"```(python)?\n(.*?)```", re.DOTALL)


def test_examples_print_what_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = MemoryRegistry()
    registry.publish(
        stack_document("marketing", providers={"cms": ["decap"]}, monthly_cost_range=[80, 125]),
        stack_document(
            "modern-performance",
            display_name="Modern Performance",
            aliases=["stacks/foundation/modern_performance"],
        ),
        provider_document("decap"),
    )
    server = Server(registry)
    monkeypatch.setattr(
        registry_client,
        "RegistryClient",
        lambda url: RegistryClient(url, transport=server.transport, cache_dir=None, clock=registry.now.timestamp),
    )
    monkeypatch.delenv("USE_REGISTRY", raising=False)
    monkeypatch.setattr(legacy, "_platforms", [])
    space: dict[str, object] = {}

    blocks = FENCES.findall(PAGE.read_text())
    for (kind, code), (_, printed) in zip(blocks[::2], blocks[1::2], strict=True):
        assert kind == "python"
        with redirect_stdout(io.StringIO()) as said:
            exec(code, space)
        assert said.getvalue() == printed
    assert {name for name in legacy.__all__ if name not in PAGE.read_text()} == {"ABSENT", "Difference"}
