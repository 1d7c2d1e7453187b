"""A hard-coded dictionary that was moved in comes back through the adapter; what differs is what the report says."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from registry_client import RegistryClient, legacy
from registry_client.legacy import LegacyPlatform
from registry_client.legacy.differences import is_same

from catalog.actions.starter import read_starter_files
from catalog.documents.legacy.outcome import Choices, Registry
from catalog.documents.legacy.parity import Parity, compare
from catalog.documents.legacy.source import read_dictionary
from catalog.documents.legacy.stacks import map_dictionary
from tests.client.registry import MemoryRegistry, Server

Make = Callable[..., RegistryClient]
MODULE = Path(__file__).parents[2] / "catalog" / "documents" / "legacy" / "platform_stack_factory.py"


@cache
def moved_in() -> tuple[dict[str, dict[str, Any]], MemoryRegistry, Parity]:
    """The dictionary, a registry that has it beside the starter catalogue, and the report of moving in."""
    source = read_dictionary(MODULE.read_bytes(), file_name=MODULE.name)
    starter = {file.key: file.document for file in read_starter_files()}
    mapped = map_dictionary(source, Registry(documents=starter), Choices(left_out=frozenset({"support_hours"})))
    assert mapped.complaints == []
    documents = starter | mapped.documents
    registry = MemoryRegistry()
    registry.publish(*documents.values())
    return source, registry, compare(source, mapped.keys, documents)


@pytest.fixture
def client(make_client: Make) -> RegistryClient:
    return make_client(transport=Server(moved_in()[1]).transport)


def test_every_stack_comes_back_under_its_name(client: RegistryClient) -> None:
    source, *_ = moved_in()
    found = legacy.stack_metadata(client)

    assert source.keys() - found.keys() == set()
    assert {name: LegacyPlatform(client).get_stack_metadata(name) for name in found} == found


def test_dual_reading_finds_what_the_report_lists(client: RegistryClient) -> None:
    source, _, parity = moved_in()

    differences = LegacyPlatform(client, embedded=source).find_differences()

    listed = {each.path for each in (*parity.differences, *parity.other_forms)}
    assert {f"{each.stack_type}.{each.member}" for each in differences} == {
        each.path for each in (*parity.differences, *parity.other_forms) if not is_same(each.embedded, each.registry)
    }
    assert {"developer.support_hours", "developer.key_features", "nextjs_template.setup_cost_range"} <= listed
    assert len(differences) < parity.compared / 4
