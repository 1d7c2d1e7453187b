"""`pull`: a mirror is verified, whole at every moment, goes on after any kill, and serves like the registry itself."""

import errno
import os
import signal
import subprocess
import sys
from collections import Counter
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest
from registry_client import RegistryClient
from registry_client.cli.mirror import pulling

from tests.cases import spread
from tests.client.cli.conftest import ROOT, Run
from tests.client.registry import MemoryRegistry, Server, serve
from tests.factories import KEY, provider_document

# Ends the process before its nth file is put in its place, as a power cut would.
KILLED = """
import os, sys
from pathlib import Path
from registry_client.cli.app import run
left, replace = int(sys.argv.pop(1)), Path.replace
def put(self, target):
    global left
    if ".registry-pull" in self.parts:
        left -= 1
        if left < 0:
            os._exit(9)
    return replace(self, target)
Path.replace = put
sys.argv[0] = "registry"
run()
"""
FILES = 34


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    return tmp_path / "mirror"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "LAG_SECONDS", (0.0, 0.01))
    monkeypatch.setattr(os, "sync", lambda: None)


def tree(mirror: Path) -> dict[str, bytes]:
    return {str(path.relative_to(mirror)): path.read_bytes() for path in sorted(mirror.rglob("*")) if not path.is_dir()}


def kill_at(number: int, mirror: Path, environment: dict[str, str], url: str) -> int:
    command = [sys.executable, "-c", KILLED, str(number), "pull", str(mirror), "--url", url]
    return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60).returncode


def read_mirror(mirror: Path) -> tuple[int | None, list[str]]:
    """Serial and names that a client reads out of it, every byte checked."""
    with RegistryClient(mirror.as_uri(), cache_dir=None, trusted_keys=[KEY.x]) as client:
        names = [one["provider_name"] for one in client.get_all_providers()]
        for line in client.get_index(client.get_snapshot()).values():
            client.fetch_file(line.file)
        return client.snapshot_serial, names


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


def test_second_pull_fetches_nothing_that_is_there(run: Run, url: str, mirror: Path, server: Server) -> None:
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
        *server.registry.snapshots()[-1:],
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


@pytest.mark.parametrize("number", spread(range(FILES), fast=2))
def test_first_pull_that_is_killed_shows_nothing_and_goes_on(
    run: Run, url: str, mirror: Path, environment: dict[str, str], number: int, server: Server
) -> None:
    assert kill_at(number, mirror, environment, url) == 9
    assert not (mirror / "current.json").exists()
    server.seen()
    ran = run("pull", str(mirror), "--json", "--no-cache", url=url)
    # What had been put in its place is not written again.
    assert (ran.code, ran.json["written"]) == (0, FILES - number)
    assert not (mirror / ".registry-pull").exists()
    assert (run("verify", str(mirror)).code, read_mirror(mirror)[0]) == (0, 2)


@pytest.mark.parametrize("number", spread(range(9), fast=2))
def test_update_that_is_killed_shows_what_it_showed_before(
    run: Run, url: str, mirror: Path, environment: dict[str, str], number: int, registry: MemoryRegistry
) -> None:
    run("pull", str(mirror), url=url)
    registry.publish(provider_document("tina", display_name="New"))
    code = kill_at(number, mirror, environment, url)
    assert code in (0, 9)
    assert read_mirror(mirror)[0] == (2 if code else 3)
    assert run("pull", str(mirror), url=url).code == 0
    assert (run("verify", str(mirror)).code, read_mirror(mirror)[0]) == (0, 3)


def test_update_has_as_many_files_as_the_sweep_kills(
    run: Run, url: str, mirror: Path, registry: MemoryRegistry
) -> None:
    run("pull", str(mirror), url=url)
    registry.publish(provider_document("tina", display_name="New"))
    assert run("pull", str(mirror), "--json", url=url).json["written"] == 7


@pytest.mark.parametrize("damage", ["cut", "flipped", "gone", "empty"])
@pytest.mark.parametrize(
    "prefix", ["objects/", "index/", "bundles/", "snapshots/", "providers/", "manifest.json", "keys", "current.json"]
)
def test_damaged_mirror_is_healed(run: Run, url: str, mirror: Path, prefix: str, damage: str) -> None:
    run("pull", str(mirror), url=url)
    whole = tree(mirror)
    path = mirror / min(name for name in whole if name.startswith(prefix))
    content = path.read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    path.unlink()
    if damage != "gone":
        path.write_bytes({"cut": content[:middle], "flipped": flipped, "empty": b""}[damage])
    assert run("verify", str(mirror)).code == 1
    assert run("pull", str(mirror), url=url).code == 0
    assert (run("verify", str(mirror)).code, tree(mirror)) == (0, whole)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_disk_that_is_full_ends_with_7_and_a_hint(
    run: Run, url: str, mirror: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(code, os.strerror(code), str(target))

    mirror.mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", refuse)
        ran = run("pull", str(mirror), "--no-cache", url=url)
    assert (ran.code, ran.out) == (7, "")
    assert os.strerror(code) in ran.err
    assert ("Free some space" in ran.err) == (code == errno.ENOSPC)
    assert tree(mirror) == {}


def test_file_that_is_cut_by_a_limit_is_never_put_in_its_place(
    mirror: Path, environment: dict[str, str], url: str, run: Run
) -> None:
    """For real: the process may write no file of more than 1 kB, and its write ends in the middle."""
    code = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024)); sys.argv[0] = 'registry'"
    command = [sys.executable, "-c", f"{code}\nfrom registry_client.cli.app import run; run()"]
    arguments = ["pull", str(mirror), "--no-cache", "--url", url]
    ended = subprocess.run([*command, *arguments], env=environment, capture_output=True, check=False, timeout=60)
    assert (ended.returncode, b"Traceback" in ended.stderr) == (7, False)
    assert not (mirror / "current.json").exists()
    assert run("pull", str(mirror), url=url).code == 0
    assert run("verify", str(mirror)).code == 0


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


def test_interrupted_pull_ends_with_130_and_leaves_nothing_half(
    environment: dict[str, str], mirror: Path, registry: MemoryRegistry, run: Run
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def interrupt(request: object, path: str) -> None:
        if path == "manifest.json" and started:
            started.pop().send_signal(signal.SIGINT)

    with serve(Server(registry, fault=interrupt)) as url:
        command = [sys.executable, "-m", "registry_client.cli", "pull", str(mirror), "--url", url]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
        started.append(process)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (130, b"", b"Stopped.\n")
        assert not (mirror / "current.json").exists()
        assert not (mirror / ".registry-pull").exists()
        assert run("pull", str(mirror), url=url).code == 0


def keys_file(mirror: Path) -> Path:
    path = mirror.parent / "pinned.json"
    path.write_text(f'["{KEY.x}"]')
    return path
