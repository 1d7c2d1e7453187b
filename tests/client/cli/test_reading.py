"""`list`, `show`, `search`, `stacks`, `compare`, `diff`: as text in a pipe, and as JSON."""

from typing import Any

import pytest

from tests.client.cli.conftest import Run
from tests.client.registry import MemoryRegistry
from tests.factories import SANITY, provider_document

DECAP: dict[str, Any] = {
    "key": "providers/cms/decap",
    "kind": "provider",
    "category": "cms",
    "name": "decap",
    "display_name": "Decap",
    "lifecycle": "active",
    "monthly_cost_range": [5, 9],
}
TINA = {**DECAP, "key": "providers/cms/tina", "name": "tina", "display_name": "Tina", "lifecycle": "deprecated"}
TINA |= {"monthly_cost_range": None}


def keys(out: str) -> list[str]:
    return [line.split("\t")[0] for line in out.splitlines()]


def test_list_in_a_pipe_is_lines_of_fields(run: Run, url: str) -> None:
    ran = run("list", url=url)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "builders/hugo\tHugo\t-\tactive",
        "builders/jekyll\tJekyll\t-\tactive",
        "providers/cms/decap\tDecap\t5-9\tactive",
        "providers/cms/sanity\tSanity CMS\t65-280\tactive",
        "providers/cms/tina\tTina\t-\tdeprecated",
        "stacks/foundation/marketing\tMarketing\t50-75\tactive",
        "stacks/foundation/modern-performance\tModern-Performance\t-\tactive",
    ]


def test_list_as_json(run: Run, url: str) -> None:
    ran = run("list", "providers", "--category", "cms", "--json", url=url)
    assert (ran.code, ran.err) == (0, "")
    sanity = {**DECAP, "key": "providers/cms/sanity", "name": "sanity", "display_name": "Sanity CMS"}
    assert ran.json == {"serial": 2, "entries": [DECAP, {**sanity, "monthly_cost_range": [65, 280]}, TINA]}


@pytest.mark.parametrize("name", ["sanity", "cms/sanity", "providers/cms/sanity", "providers/cms/sanity.json"])
def test_show_finds_an_entry_by_any_of_its_names(run: Run, url: str, name: str) -> None:
    assert run("show", name, "--json", url=url).json == SANITY


def test_show_follows_old_names(run: Run, url: str) -> None:
    assert run("show", "providers/cms/netlify_cms", "--json", url=url).json["provider_name"] == "decap"
    assert run("show", "modern_performance", "--json", url=url).json["stack_name"] == "modern-performance"


def test_show_as_text_has_every_member_once(run: Run, url: str) -> None:
    lines = [line.split("\t") for line in run("show", "sanity", url=url).out.splitlines()]
    assert lines[:2] == [["key", "providers/cms/sanity"], ["display_name", "Sanity CMS"]]
    assert sorted(name for name, _ in lines) == sorted(["key", *SANITY])
    assert dict(lines)["monthly_cost_range"] == "$65-280"


def test_show_explains_a_schema_as_settings(run: Run, url: str, registry: MemoryRegistry) -> None:
    properties = {
        "b": {"type": "string", "title": "Second"},
        "a": {"type": "integer", "default": 3, "title": "First"},
        "c": {},
    }
    schema = {"type": "object", "properties": properties, "required": ["b"], "x-order": ["a", "gone"]}
    registry.publish(provider_document("tina", config_schema=schema))
    facts = dict(line.split("\t") for line in run("show", "tina", url=url).out.splitlines())
    assert facts["config_schema"] == "a (integer, default 3): First b (string, required): Second c"


def test_names_that_are_not_there_are_guessed(run: Run, url: str) -> None:
    ran = run("show", "sanitty", url=url)
    assert (ran.code, ran.out) == (4, "")
    assert ran.err == "Error: The registry has no sanitty.\nHint: Did you mean providers/cms/sanity?\n"
    assert run("show", "zzz", url=url).err.endswith("registry list shows every key; registry search finds words.\n")


def test_removed_entries_say_why_and_what_instead(run: Run, url: str) -> None:
    ran = run("show", "providers/ecommerce/snipcart", url=url)
    assert (ran.code, ran.out) == (4, "")
    assert "It was removed: It closed. Use providers/cms/sanity instead." in ran.err


def test_name_of_several_is_refused_with_their_keys(run: Run, url: str, registry: MemoryRegistry) -> None:
    registry.publish(provider_document("hugo", provider_type="ssg", cms_type=None))
    ran = run("show", "hugo", url=url)
    assert (ran.code, ran.err) == (
        2,
        "Error: Several entries are called hugo.\nHint: Say which: builders/hugo, providers/ssg/hugo\n",
    )


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["real-time", "sanity"], ["providers/cms/sanity"]),
        (["--feature", "groq_querying", "--feature", "real_time_apis"], ["providers/cms/sanity"]),
        (["--market", "enterprise_ready"], ["providers/cms/sanity"]),
        (["--engine", "hugo"], ["stacks/foundation/marketing"]),
        (["--complexity", "medium_to_high"], ["providers/cms/sanity"]),
        (["--max-cost", "50"], ["providers/cms/decap", "stacks/foundation/marketing"]),
        (["--kind", "builders"], ["builders/hugo", "builders/jekyll"]),
        (["--kind", "stack", "--category", "foundation", "marketing"], ["stacks/foundation/marketing"]),
        (["no such words"], []),
    ],
)
def test_search_finds_what_fits_all(run: Run, url: str, arguments: list[str], found: list[str]) -> None:
    ran = run("search", *arguments, url=url)
    assert (ran.code, keys(ran.out)) == (0, found)
    assert ran.err == ("" if found else "Nothing fits.\n")
    assert [one["key"] for one in run("search", *arguments, "--json", url=url).json["entries"]] == found


def test_search_finds_disabled_ones_when_asked(run: Run, url: str, registry: MemoryRegistry) -> None:
    registry.publish(provider_document("tina", lifecycle={"state": "disabled", "reason": "It is broken."}))
    assert keys(run("search", "tina", url=url).out) == []
    assert keys(run("search", "tina", "--disabled", url=url).out) == ["providers/cms/tina"]


def test_stacks_with_what_they_cost_and_need(run: Run, url: str) -> None:
    assert run("stacks", "foundation", url=url).out.splitlines() == [
        "foundation/marketing\t50-75\t-\t-\tMarketing\thugo",
        "foundation/modern-performance\t-\t-\t-\tModern-Performance\t-",
    ]
    told = run("stacks", "--json", url=url).json
    assert (told["serial"], len(told["entries"])) == (2, 2)
    assert told["entries"][0] == {
        "key": "stacks/foundation/marketing",
        "kind": "stack",
        "category": "foundation",
        "name": "marketing",
        "display_name": "Marketing",
        "lifecycle": "active",
        "monthly_cost_range": [50, 75],
        "setup_cost_range": None,
        "complexity_level": None,
        "ssg_engine_options": ["hugo"],
        "target_market": None,
        "providers": None,
        "builder": None,
    }
    assert run("stacks", "nothing", url=url).code == 4


def test_compare_shows_what_differs(run: Run, url: str) -> None:
    lines = [line.split("\t") for line in run("compare", "decap", "tina", url=url).out.splitlines()]
    assert lines == [
        ["display_name", "Decap", "Tina"],
        ["lifecycle", "-", "reason: It is old., state: deprecated"],
        ["monthly_cost_range", "$5-9", "-"],
        ["aliases", "providers/cms/netlify_cms", "-"],
        ["provider_name", "decap", "tina"],
    ]
    assert ["category", "cms_tier_service", "cms_tier_service"] in [
        line.split("\t") for line in run("compare", "decap", "tina", "--all", url=url).out.splitlines()
    ]


def test_compare_as_json_tells_null_from_nothing(run: Run, url: str) -> None:
    told = run("compare", "decap", "tina", "sanity", "--json", url=url).json
    assert (told["serial"], told["keys"]) == (2, [f"providers/cms/{name}" for name in ("decap", "tina", "sanity")])
    by_path: dict[str, Any] = {member["path"]: member for member in told["members"]}
    assert by_path["/lifecycle/state"] == {
        "path": "/lifecycle/state",
        "equal": False,
        "values": [None, "deprecated", None],
        "present": [False, True, False],
    }
    assert "/category" not in by_path
    assert run("compare", "decap", "decap", url=url).err == "They do not differ.\n"


def test_diff_between_serials(run: Run, url: str) -> None:
    told = {
        "from": 1,
        "to": 2,
        "counts": {"added": 1, "changed": 1, "removed": 1},
        "entries": [
            {"key": "builders/jekyll", "change": "added", "differences": []},
            {
                "key": "providers/cms/decap",
                "change": "changed",
                "differences": [{"path": "/monthly_cost_range", "before": [0, 0], "after": [5, 9]}],
            },
            {"key": "providers/ecommerce/snipcart", "change": "removed", "differences": []},
        ],
    }
    assert run("diff", "1", "2", "--json", url=url).json == told
    assert run("diff", "1", "--json", url=url).json == told
    ran = run("diff", "1", url=url)
    assert ran.out.splitlines() == [
        "+ builders/jekyll",
        "~ providers/cms/decap",
        "    monthly_cost_range: $0 -> $5-9",
        "- providers/ecommerce/snipcart",
    ]
    assert ran.err == "Serial 1 to 2: 1 added, 1 changed, 1 removed.\n"


def test_diff_goes_back_in_time_too(run: Run, url: str) -> None:
    told = run("diff", "2", "1", "--json", url=url).json
    assert [(one["key"], one["change"]) for one in told["entries"]] == [
        ("builders/jekyll", "removed"),
        ("providers/cms/decap", "changed"),
        ("providers/ecommerce/snipcart", "added"),
    ]
    assert run("diff", "2", "9", url=url).code == 4


def test_last_good_copy_is_shown_and_said_to_be_one(run: Run, url: str, registry: MemoryRegistry) -> None:
    run("list", url=url)
    registry.files.clear()
    ran = run("list", url=url)
    assert (ran.code, len(ran.out.splitlines())) == (0, 7)
    assert ran.err.startswith("Warning: ")
    assert "This is the copy of serial 2, confirmed " in ran.err
    assert run("list", "--no-cache", url=url).code == 3


def test_plain_registry_is_read_too(run: Run, url: str, registry: MemoryRegistry) -> None:
    for path in list(registry.files):
        if path.startswith(("current", "keys", "objects", "index", "bundles", "snapshots")):
            del registry.files[path]
    assert len(run("list", url=url).out.splitlines()) == 7
    assert run("diff", "1", url=url).code == 4
