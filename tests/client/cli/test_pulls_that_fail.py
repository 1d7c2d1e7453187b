"""`pull` that is killed, stopped, cut or out of disk at any file; mirrors that are damaged."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cases import spread
from tests.client.cli.conftest import ROOT, Run
from tests.client.cli.mirrors import FILES, read_mirror, tree
from tests.client.registry import MemoryRegistry, Server, serve
from tests.factories import provider_document

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


def kill_at(number: int, mirror: Path, environment: dict[str, str], url: str) -> int:
    command = [sys.executable, "-c", KILLED, str(number), "pull", str(mirror), "--url", url]
    return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60).returncode


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
    # The stamps of a copy, which may be in its middle, are covered by nothing.
    middle = content.index(b"cms_type") if prefix == "providers/" else len(content) // 2
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
    # Python would leave compiled modules cut in the same way, for everybody after it.
    environment |= {"PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run([*command, *arguments], env=environment, capture_output=True, check=False, timeout=60)
    assert (ended.returncode, b"Traceback" in ended.stderr) == (7, False)
    assert not (mirror / "current.json").exists()
    assert run("pull", str(mirror), url=url).code == 0
    assert run("verify", str(mirror)).code == 0


def test_interrupted_pull_ends_with_130_and_leaves_nothing_half(
    environment: dict[str, str], mirror: Path, registry: MemoryRegistry, run: Run
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def interrupt(request: object, path: str) -> None:
        if path == "manifest.json" and started:
            # While it waits for the answer: an interrupt in the middle of a collection of garbage, Python drops.
            time.sleep(0.2)
            started[0].send_signal(signal.SIGINT)
            started.pop().wait(timeout=30)

    with serve(Server(registry, fault=interrupt)) as url:
        command = [sys.executable, "-m", "registry_client.cli", "pull", str(mirror), "--url", url]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
        started.append(process)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (130, b"", b"Stopped.\n")
        assert not (mirror / "current.json").exists()
        assert not (mirror / ".registry-pull").exists()
        assert run("pull", str(mirror), url=url).code == 0
