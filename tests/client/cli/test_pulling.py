"""`pull`: a mirror is verified, whole at every moment, goes on after any kill, and serves like the registry itself."""

import os
from collections import Counter
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest

from tests.client.cli.conftest import Run
from tests.client.cli.mirrors import FILES, keys_file, read_mirror, tree
from tests.client.registry import MemoryRegistry, Server, serve
from tests.factories import provider_document


def test_mirror_has_the_very_bytes_and_is_read_like_the_registry(
    run: Run, url: str, mirror: Path, registry: MemoryRegistry
) -> None:
    ran = run("pull", str(mirror), url=url)
    assert (ran.code, ran.out) == (0, f"{mirror} has serial 2: 7 entries\n")
    files = tree(mirror)
    assert files == {path: registry.files[path] for path in files}
    gone = {"providers/ecommerce/snipcart.json"}
    old = {path for path in registry.files if path not in files}
    assert {path for path in old if not path.startswith(("objects", "index", "bundles", "snapshots"))} == gone
    assert len(files) == FILES
    assert read_mirror(mirror) == (2, ["decap", "sanity", "tina"])
    assert run("verify", str(mirror)).code == 0
    assert run("list", url=str(mirror)).out == run("list", url=url).out
    assert {path.stat().st_mode & 0o044 for path in mirror.rglob("*.json")} == {0o044}


def test_mirror_serves_clients_whose_registry_is_away(run: Run, url: str, mirror: Path) -> None:
    run("pull", str(mirror), url=url)
    ran = run("list", "--mirror", str(mirror), "--no-cache", url="http://127.0.0.1:9")
    assert (ran.code, len(ran.out.splitlines())) == (0, 7)


def test_second_pull_fetches_nothing_that_is_there(
    run: Run, url: str, mirror: Path, server: Server, registry: MemoryRegistry
) -> None:
    run("pull", str(mirror), url=url)
    server.seen()
    before = {path: path.stat().st_mtime_ns for path in mirror.rglob("*.json")}
    ran = run("pull", str(mirror), "--json", "--no-cache", url=url)
    assert sorted(server.seen()) == [
        "current.json",
        "fallback.json",
        "keys.json",
        "keys.json",
        "manifest.json",
        *registry.snapshots()[-1:],
    ]
    assert ran.json | {"bytes": 0} == {
        "serial": 2, "folder": str(mirror), "entries": 7, "fetched": 3, "bytes": 0, "written": 0, "removed": 0,
    }  # fmt: skip
    assert {path: path.stat().st_mtime_ns for path in mirror.rglob("*.json")} == before


def test_update_fetches_what_changed_and_nothing_else(
    run: Run, url: str, mirror: Path, server: Server, registry: MemoryRegistry
) -> None:
    run("pull", str(mirror), url=url)
    server.seen()
    registry.publish(provider_document("tina", display_name="New"))
    assert run("pull", str(mirror), url=url).code == 0
    fetched = [path for path in server.seen() if path not in ("current.json", "keys.json", "fallback.json")]
    assert sorted(path.partition("/")[0] for path in fetched) == [
        "bundles", "index", "manifest.json", "providers", "snapshots",
    ]  # fmt: skip
    assert read_mirror(mirror)[0] == 3


def test_a_change_that_is_taken_back_brings_new_stamps(
    run: Run, url: str, mirror: Path, registry: MemoryRegistry
) -> None:
    run("pull", str(mirror), url=url)
    registry.publish(provider_document("tina", display_name="New"))
    registry.publish(provider_document("tina", lifecycle={"state": "deprecated", "reason": "It is old."}))
    run("pull", str(mirror), url=url)
    assert tree(mirror)["providers/cms/tina.json"] == registry.files["providers/cms/tina.json"]


def test_prune_removes_what_is_left_over_and_nothing_else(
    run: Run, url: str, mirror: Path, registry: MemoryRegistry
) -> None:
    run("pull", str(mirror), url=url)
    first = tree(mirror)
    for name in ("index.html", "providers/README.md", "objects/.htaccess"):
        (mirror / name).write_text("ours")
    registry.publish(removed={"providers/cms/tina": {"reason": "It closed."}})
    run("pull", str(mirror), url=url)
    assert first.keys() <= tree(mirror).keys()
    ran = run("pull", str(mirror), "--prune", "--json", url=url)
    assert ran.json["removed"] == 5
    left = tree(mirror)
    assert {name for name in left if left[name] == b"ours"} == {
        "index.html",
        "providers/README.md",
        "objects/.htaccess",
    }
    assert "providers/cms/tina.json" not in left
    assert (run("verify", str(mirror)).code, read_mirror(mirror)) == (0, (3, ["decap", "sanity"]))


def test_foreign_folder_is_not_touched(run: Run, url: str, mirror: Path) -> None:
    mirror.mkdir()
    (mirror / "thesis.txt").write_text("all my work")
    ran = run("pull", str(mirror), "--prune", url=url)
    assert (ran.code, tree(mirror)) == (2, {"thesis.txt": b"all my work"})
    assert ran.err.startswith(f"Error: {mirror} is no mirror, and has other files: thesis.txt")
    assert run("pull", str(mirror / "thesis.txt"), url=url).code == 7


def test_two_pulls_do_not_mix(run: Run, url: str, mirror: Path) -> None:
    mirror.mkdir()
    handle = os.open(mirror, os.O_RDONLY)
    try:
        flock(handle, LOCK_EX)
        ran = run("pull", str(mirror), url=url)
    finally:
        os.close(handle)
    assert (ran.code, tree(mirror)) == (6, {})


def test_mirror_never_goes_back(run: Run, url: str, mirror: Path, registry: MemoryRegistry) -> None:
    run("pull", str(mirror), url=url)
    registry.point_to(registry.snapshots()[0])
    # Another user, who has never seen the registry.
    ran = run("pull", str(mirror), "--no-cache", url=url)
    assert (ran.code, read_mirror(mirror)[0]) == (1, 2)
    assert "shows serial 1, but this mirror has 2 already" in ran.err


@pytest.mark.parametrize("path", ["providers/cms/tina.json", "manifest.json", "schemas/provider/1.0.0.json"])
@pytest.mark.parametrize("is_gone", [True, False])
def test_fixed_paths_that_do_not_agree_keep_the_pointer_back(
    run: Run, url: str, mirror: Path, registry: MemoryRegistry, path: str, is_gone: bool
) -> None:
    run("pull", str(mirror), url=url)
    registry.publish(provider_document("tina", display_name="New"))
    good = registry.files.pop(path)
    if not is_gone:
        registry.files[path] = good.replace(b'"', b"'", 1)
    (mirror / "schemas/provider/1.0.0.json").unlink()
    ran = run("pull", str(mirror), url=url)
    assert (ran.code, read_mirror(mirror)[0]) == (1, 2)
    assert path in ran.err
    registry.files[path] = good
    assert (run("pull", str(mirror), url=url).code, read_mirror(mirror)[0]) == (0, 3)


def test_publish_in_the_middle_is_waited_for(run: Run, mirror: Path, registry: MemoryRegistry) -> None:
    """The pointer moves before the fixed paths do: the pull sees old copies first, then what it waits for."""
    old = dict(registry.files)
    registry.publish(provider_document("tina", display_name="New"))
    new = dict(registry.files)
    asked: Counter[str] = Counter()

    def lag(request: object, path: str) -> None:
        asked[path] += 1
        late = path in ("providers/cms/tina.json", "manifest.json") and asked[path] == 1
        registry.files[path] = (old if late else new).get(path, b"")

    with serve(Server(registry, fault=lag)) as url:
        assert run("pull", str(mirror), url=url).code == 0
    assert (run("verify", str(mirror)).code, read_mirror(mirror)[0]) == (0, 3)


@pytest.mark.parametrize("prefix", ["bundles/", "index/", "current.json"])
def test_what_is_refused_is_not_kept(run: Run, url: str, mirror: Path, registry: MemoryRegistry, prefix: str) -> None:
    for path in [path for path in registry.files if path.startswith(prefix)]:
        registry.files[path] = registry.files[path].replace(b"e", b"f", 1) + b" "
    ran = run("pull", str(mirror), "--no-cache", "--keys", str(keys_file(mirror)), url=url)
    assert (ran.code, ran.out) == (1, "")
    assert not (mirror / "current.json").exists()


def test_registry_without_snapshots_cannot_be_mirrored(
    run: Run, url: str, mirror: Path, registry: MemoryRegistry
) -> None:
    del registry.files["current.json"]
    assert run("pull", str(mirror), url=url).code == 4
