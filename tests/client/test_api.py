"""`__all__` is the API: all that is public is in it, and both clients offer the same."""

import inspect
import re

import registry_client
from registry_client import AsyncRegistryClient, RegistryClient, errors


def public_methods(client: type) -> dict[str, str]:
    members = inspect.getmembers(client, lambda member: inspect.isfunction(member) or isinstance(member, property))
    return {name: _parameters(member) for name, member in members if not name.startswith("_")}


def _parameters(member: object) -> str:
    return str(inspect.signature(member)) if inspect.isfunction(member) else "property"


def test_all_is_what_is_public() -> None:
    public = {
        name
        for name, member in vars(registry_client).items()
        if not name.startswith("_") and not inspect.ismodule(member)
    }
    assert sorted(registry_client.__all__) == sorted(public)


def test_list_of_errors_is_whole() -> None:
    listed = re.findall(r"^[ │├└]*([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE)
    defined = [name for name, error in vars(errors).items() if inspect.isclass(error)]
    assert sorted(listed[1:]) == sorted(defined)
    assert {name for name in defined if name not in registry_client.__all__} == set()
    assert all(issubclass(getattr(errors, name), errors.RegistryError) for name in defined)


def test_both_clients_offer_the_same() -> None:
    threads, loops = public_methods(RegistryClient), public_methods(AsyncRegistryClient)
    assert threads.pop("close").replace("self", "") == loops.pop("aclose").replace("self", "")
    assert threads == loops
    assert all(
        inspect.iscoroutinefunction(getattr(AsyncRegistryClient, name))
        for name in loops
        if name not in ("on_update", "snapshot_serial", "source", "status", "url")
    )
