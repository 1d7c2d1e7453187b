"""The functions that programs had, answered by the registry, with their own dictionary behind it."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from registry_client import Malformed, RegistryClient, legacy
from registry_client.legacy import ABSENT, Difference, LegacyPlatform

from tests.client.conftest import Seconds
from tests.client.registry import MemoryRegistry, Server
from tests.client.serving import Copies
from tests.factories import provider_document, stack_document

Make = Callable[..., RegistryClient]
MARKETING = {
    "display_name": "Marketing", "tier_name": "A site of one's own", "category": "foundation_service",
    "monthly_cost_range": (75, 125), "cms_provider": "decap",
}  # fmt: skip


@pytest.fixture
def registry() -> MemoryRegistry:
    registry = MemoryRegistry()
    registry.publish(
        stack_document(
            "modern-performance", aliases=["stacks/foundation/modern_performance"], providers={"cms": ["decap"]}
        ),
        stack_document(
            "marketing",
            providers={"cms": ["decap"]},
            key_features=["contact_forms"],
            target_market=["consultants", "small_businesses"],
            monthly_cost_range=[75, 125],
        ),
        provider_document("decap", cms_type="git_based"),
    )
    return registry


@pytest.fixture
def entry(client: RegistryClient) -> dict[str, Any]:
    return legacy.stack_metadata(client)["marketing"]


@pytest.fixture(autouse=True)
def _no_platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("USE_REGISTRY", raising=False)
    monkeypatch.delenv("REGISTRY_URL", raising=False)
    legacy._platforms.clear()
    yield
    legacy._platforms.clear()


def test_names_have_underscores(client: RegistryClient) -> None:
    assert list(legacy.stack_metadata(client)) == ["marketing", "modern_performance"]


@pytest.mark.parametrize("name", ["modern_performance", "modern-performance", "Modern_Performance"])
def test_a_stack_is_found_by_old_and_new_names(client: RegistryClient, name: str) -> None:
    platform = LegacyPlatform(client)

    assert platform.get_stack_metadata(name) == legacy.stack_metadata(client)["modern_performance"]


def test_what_only_one_provider_has_is_told(client: RegistryClient, entry: dict[str, Any]) -> None:
    assert LegacyPlatform(client).get_stack_metadata("marketing") == entry
    assert (entry["cms_provider"], entry["cms_type"]) == ("decap", "git_based")


def test_unknown_stack_is_empty(client: RegistryClient) -> None:
    assert LegacyPlatform(client).get_stack_metadata("nothing") == {}


def test_stack_of_the_program_alone_is_answered_by_it(client: RegistryClient) -> None:
    platform = LegacyPlatform(client, embedded={"old_one": {"category": "composed"}})

    assert platform.get_stack_metadata("old_one") == {"category": "composed"}
    assert "old_one" not in platform.get_platform_metadata()


@pytest.mark.parametrize("word", ["false", "FALSE", "0", "no", " off "])
def test_environment_turns_the_registry_off(
    client: RegistryClient, server: Server, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setenv("USE_REGISTRY", word)
    platform = LegacyPlatform(client, embedded={"marketing": MARKETING})

    assert platform.get_stack_metadata("marketing") == MARKETING
    assert platform.get_platform_metadata() == {"marketing": MARKETING}
    assert server.seen() == []


def test_environment_is_asked_at_each_call(client: RegistryClient, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = LegacyPlatform(client, embedded={"marketing": MARKETING})
    monkeypatch.setenv("USE_REGISTRY", "false")
    before = platform.get_stack_metadata("marketing")
    monkeypatch.setenv("USE_REGISTRY", "true")

    assert before == MARKETING
    assert platform.get_stack_metadata("marketing")["key_features"] == ["contact_forms"]


def test_one_function_asks_the_registry_whatever_the_environment_says(
    client: RegistryClient, entry: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USE_REGISTRY", "false")
    platform = LegacyPlatform(client, embedded={"marketing": MARKETING})

    assert platform.get_stack_metadata_from_registry("marketing") == entry


def test_program_answers_while_the_registry_does_not(
    client: RegistryClient, server: Server, clock: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(request: httpx.Request, path: str) -> httpx.Response:
        raise httpx.ConnectError("no route")

    platform = LegacyPlatform(client, embedded={"marketing": MARKETING}, clock=clock)
    server.fault = refuse

    failed = [platform.get_stack_metadata("marketing"), platform.get_platform_metadata()["marketing"]]
    asked = server.seen()
    server.fault = None
    resting, asked_meanwhile = platform.get_stack_metadata("marketing"), server.seen()
    clock.move(seconds=31)
    recovered = platform.get_stack_metadata("marketing")

    assert [*failed, resting] == [MARKETING] * 3
    # Asked once: the second call rested, too.
    assert (asked.count("current.json"), asked_meanwhile) == (1, [])
    assert recovered["cms_type"] == "git_based"
    logged = [record.getMessage() for record in caplog.records if record.name == "registry_client.legacy"]
    assert [line.partition(":")[0] for line in logged] == ["The program's own stacks answer, not the registry"]


def test_answers_are_copies(client: RegistryClient, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"marketing": {"key_features": ["a"]}}
    platform = LegacyPlatform(client, embedded=own)
    for word in ("true", "false"):
        monkeypatch.setenv("USE_REGISTRY", word)
        platform.get_stack_metadata("marketing")["key_features"].append("changed")
        platform.get_platform_metadata()["marketing"]["key_features"].append("changed")
        assert "changed" not in platform.get_stack_metadata("marketing")["key_features"]
    assert own == {"marketing": {"key_features": ["a"]}}


@pytest.mark.parametrize("use_registry", [True, False])
def test_dual_reading_tells_each_difference_once(
    client: RegistryClient, entry: dict[str, Any], use_registry: bool, caplog: pytest.LogCaptureFixture
) -> None:
    own = {**entry, "monthly_cost_range": (1, 2), "support_hours": 3, "target_market": tuple(entry["target_market"])}
    told: list[Difference] = []
    platform = LegacyPlatform(
        client,
        embedded={"marketing": own, "old_one": {}},
        use_registry=use_registry,
        dual_read=True,
        on_difference=told.append,
    )

    answers = [platform.get_stack_metadata("marketing"), platform.get_stack_metadata("marketing")]
    platform.get_platform_metadata()

    assert answers == [entry if use_registry else own] * 2
    assert told == [
        Difference("marketing", "monthly_cost_range", (1, 2), entry["monthly_cost_range"]),
        Difference("marketing", "support_hours", 3, ABSENT),
        Difference("old_one", "", {}, ABSENT),
    ]
    logged = [record.getMessage() for record in caplog.records if record.name == "registry_client.legacy"]
    assert logged == [str(difference) for difference in told]
    assert logged[1] == "marketing.support_hours: the program has 3, the registry has nothing"


def test_failing_callback_breaks_no_answer(client: RegistryClient, entry: dict[str, Any]) -> None:
    def fail(difference: Difference) -> None:
        raise ValueError(difference)

    platform = LegacyPlatform(client, embedded={"marketing": {"a": 1}}, dual_read=True, on_difference=fail)

    assert platform.get_stack_metadata("marketing") == entry


def test_no_dual_reading_compares_nothing(client: RegistryClient, caplog: pytest.LogCaptureFixture) -> None:
    LegacyPlatform(client, embedded={"marketing": {"a": 1}}).get_stack_metadata("marketing")

    assert caplog.records == []


def test_functions_work_inside_of_a_running_loop(client: RegistryClient, entry: dict[str, Any]) -> None:
    legacy.use_platform(LegacyPlatform(client))

    async def read() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        return legacy.get_stack_metadata("marketing"), legacy.get_platform_metadata(), legacy.stack_metadata()

    one, all_of_them, plain = asyncio.run(read())
    assert one == entry
    assert all_of_them == plain
    assert plain["marketing"] == entry


def test_a_class_of_the_program_takes_the_function_over(client: RegistryClient, entry: dict[str, Any]) -> None:
    class PlatformStackFactory:
        STACK_METADATA = {"marketing": MARKETING}
        get_stack_metadata = LegacyPlatform(client, embedded=STACK_METADATA).get_stack_metadata

    assert PlatformStackFactory.get_stack_metadata("marketing") == entry
    assert PlatformStackFactory().get_stack_metadata("marketing") == entry


def test_functions_say_what_they_need() -> None:
    with pytest.raises(
        RuntimeError, match=r"^Set REGISTRY_URL to the registry's address, or call use_platform first\.$"
    ):
        legacy.get_stack_metadata("marketing")


def test_functions_read_the_registry_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_URL", "https://registry.test/")

    assert legacy._platform().client.url == "https://registry.test"
    assert legacy._platform() is legacy._platform()


def test_registry_without_stacks_leaves_the_program_its_own(make_client: Make, registry: MemoryRegistry) -> None:
    empty = MemoryRegistry()
    empty.publish(provider_document("decap"))
    client = make_client(transport=Server(empty).transport)

    assert LegacyPlatform(client, embedded={"marketing": MARKETING}).get_platform_metadata() == {"marketing": MARKETING}


@pytest.mark.parametrize(
    "stack",
    [{"display_name": "Marketing"}, {"stack_name": "marketing", "category": 5}, {"stack_name": [], "category": "x"}]
    + [{"stack_name": "marketing", "category": "x", "providers": wrong} for wrong in (5, {"cms": 5}, {"cms": [5]})],
    ids=range(6),
)
def test_stack_that_nobody_has_checked_is_answered_by_the_program(
    client: RegistryClient, server: Server, stack: dict[str, Any]
) -> None:
    manifest = {"stacks": {"foundation": ["marketing"]}}
    files = {"manifest.json": manifest, "stacks/foundation/marketing.json": stack}
    server.registry = Copies({path: json.dumps(value).encode() for path, value in files.items()})
    platform = LegacyPlatform(client, embedded={"marketing": MARKETING})

    with pytest.raises(Malformed):
        legacy.stack_metadata(client)
    assert platform.get_platform_metadata() == {"marketing": MARKETING}
    if not isinstance(stack.get("stack_name"), list):
        assert platform.get_stack_metadata("marketing") == MARKETING
