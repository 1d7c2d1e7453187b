"""Readers that are no plain use of the library, over HTTP, on a folder that somebody publishes to.

What each is promised, and held to, while publishes and rollbacks go by and are killed:

legacy    every answer is of one snapshot, never of an older one than before, and never the program's own.
plain     (`manifest.json` and fixed paths, one request a file) each file is one that was published, never ahead of the
          pointer, never an older one than before; every name of the manifest just read and of the one before resolves.
          Files of one look may be of several snapshots: a publish rolls them forward one by one.
mirror    (`registry pull`) what it shows is whole and never goes back, whether a pull was finished or gave up since the
          fixed paths lagged; after one that was finished they are those of its snapshot.
command   (`registry show --json`) the document of one snapshot; what its cache has never goes back.

As a process: python -m tests.client.other_readers FOLDER STOP SECONDS
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
from registry_client import RegistryClient
from registry_client.cli.codes import Code, CommandError
from registry_client.cli.mirror import pulling
from registry_client.cli.mirror.folder import Folder
from registry_client.legacy import LegacyPlatform

from tests.catalog.publishing.crash.reader import Whole, dangling, manifest_names, read_whole, torn, unlike
from tests.client.cli.terminals import COMMAND
from tests.client.readers import Files, Notes
from tests.client.serving import Server, serve

ROOT = Path(__file__).resolve().parents[2]
OWN = {"own": {"display_name": "The program's own"}}
Clock = Callable[[], float]
# Arguments and environment -> exit code, output, errors.
Ask = Callable[[list[str], dict[str, str]], tuple[int, str, str]]


class HttpReader:
    """One reader of the registry at `address`, whose files are in `folder`; `keep` is for what it keeps itself."""

    def __init__(self, address: str, folder: Path, keep: Path, clock: Clock) -> None:
        self.address, self.files, self.keep, self.clock = address, Files(folder), keep, clock
        self.notes = Notes()
        self.start()

    def start(self) -> None:
        """Whatever lives as long as the reader."""

    def look(self) -> None:
        raise NotImplementedError

    def end(self) -> None:
        """Close what was started."""

    def saw(self, serial: int) -> None:
        if self.notes.serials and serial < self.notes.serials[-1]:
            self.notes.wrong.append(f"serial {serial} after {self.notes.serials[-1]}")
        self.notes.serials.append(serial)

    def check(self, *, is_so: bool, otherwise: str) -> None:
        if not is_so:
            self.notes.wrong.append(otherwise)

    def published(self) -> Whole:
        whole = read_whole(self.files.get)
        assert whole is not None
        return whole


class LegacyReader(HttpReader):
    def start(self) -> None:
        self._client = RegistryClient(self.address, ttl_seconds=0, cache_dir=None, clock=self.clock)
        # Its rest after a failure is over at once: each call asks the registry.
        ages = iter(range(0, 10**9, 60))
        self._platform = LegacyPlatform(self._client, embedded=OWN, use_registry=True, clock=lambda: float(next(ages)))

    def look(self) -> None:
        before = self.published()
        names = {name: entry["display_name"] for name, entry in self._platform.get_platform_metadata().items()}
        serial = self._client.snapshot_serial or 0
        one = self._platform.get_stack_metadata("stack_0")
        after = self.published()
        self.saw(serial)
        # All stacks get another name at once.
        self.check(is_so=len(set(names.values())) == 1, otherwise=f"a mix, or nothing: {names}")
        self.check(is_so=before.serial <= serial <= after.serial, otherwise=f"{serial} is not live")
        if before.sha256 == after.sha256:
            truth = {
                document["stack_name"].replace("-", "_"): document["display_name"]
                for key, document in before.documents.items()
                if key.startswith("stacks/")
            }
            found = (names, one.get("display_name"))
            self.check(is_so=found == (truth, truth["stack_0"]), otherwise=f"{found} is not what was published")

    def end(self) -> None:
        self._client.close()


class PlainReader(HttpReader):
    def start(self) -> None:
        self._http = httpx.Client(base_url=self.address)
        self._stamps: dict[str, int] = {}
        self._before: set[str] = set()

    def look(self) -> None:
        manifest = self._get("manifest.json")
        names = set(manifest_names(json.dumps(manifest).encode()))
        stamps = {"manifest.json": manifest["serial"]}
        whole_manifests = [set(documents) for documents in self._snapshots(manifest["serial"])]
        self.check(is_so=names in whole_manifests, otherwise="manifest.json has the names of no snapshot")
        for name in sorted(names | self._before):
            copy = self._get(f"{name}.json")
            stamps[name] = serial = copy.pop("serial", 0)
            copy.pop("last_updated", None)
            was_published = any(documents.get(name) == copy for documents in self._snapshots(serial))
            self.check(is_so=was_published, otherwise=f"{name} of serial {serial} was never published")
        live = self.published().serial
        for name, serial in stamps.items():
            self.check(is_so=serial <= live, otherwise=f"{name} is ahead: {serial}, but {live} is live")
            was = self._stamps.get(name, 0)
            self.check(is_so=serial >= was, otherwise=f"{name} went back from {was} to {serial}")
        self._stamps |= stamps
        self._before = names
        self.saw(manifest["serial"])

    def end(self) -> None:
        self._http.close()

    def _get(self, path: str) -> dict[str, Any]:
        answer = self._http.get(path)
        self.check(is_so=answer.status_code == 200, otherwise=f"{path} answered {answer.status_code}")
        found: dict[str, Any] = answer.json()
        return found

    def _snapshots(self, serial: int) -> list[Mapping[str, Any]]:
        """The documents by key of this serial; several if a publish was killed before it was live."""
        found: list[Mapping[str, Any]] = []
        for path in sorted(self.files.folder.glob(f"snapshots/{serial:08}-*.json")):
            shards = json.loads(path.read_bytes())["shards"].values()
            lines = [json.loads(self.files[f"index/{shard['sha256']}.json"]) for shard in shards]
            digests = {key: line["sha256"] for part in lines for key, line in part.items()}
            found.append({key: json.loads(self.files[f"objects/{at[:2]}/{at}.json"]) for key, at in digests.items()})
        return found


class SilentBar:
    def begin(self, title: str, total: int | None = None) -> None:
        """Nobody looks."""

    def advance(self, count: int = 1) -> None:
        """Nobody looks."""


class MirrorReader(HttpReader):
    def start(self) -> None:
        self._folder = self.keep / "mirror"
        self._files = Files(self._folder)
        self._pulls = 0

    def look(self) -> None:
        target, shown = Folder(self._folder), self._files.get("current.json")
        target.open()
        self._pulls += 1
        is_finished = True
        with RegistryClient(self.address, cache_dir=None, clock=self.clock) as client, target.locked():
            try:
                pulling.Pull(client, target, SilentBar(), prune=self._pulls % 2 == 0).run()
            except CommandError as error:
                is_finished = False
                self.check(is_so=error.code == Code.REFUSED, otherwise=f"{error.code}: {error}")
        self.check(
            is_so=is_finished or self._files.get("current.json") == shown, otherwise="a pull that gave up is shown"
        )
        self._check_mirror(is_finished=is_finished)

    def _check_mirror(self, *, is_finished: bool) -> None:
        fetch = self._files.get
        if fetch("current.json") is None:
            return
        faults = torn(fetch) + dangling(fetch) + (unlike(fetch) if is_finished else [])
        self.check(is_so=faults == [], otherwise=f"the mirror: {faults}")
        whole = read_whole(fetch)
        assert whole is not None
        self.saw(whole.serial)
        with RegistryClient(self._folder.as_uri(), cache_dir=None, clock=self.clock) as client:
            found = [document["display_name"] for document in client.get_all_providers()]
            truth = [one["display_name"] for key, one in sorted(whole.documents.items()) if key[0] == "p"]
            is_right = (found, client.snapshot_serial) == (truth, whole.serial)
            self.check(is_so=is_right, otherwise=f"{found} is read from the mirror, not {truth}")


class CommandReader(HttpReader):
    def start(self) -> None:
        self.ask: Ask = ask_process
        self._chance = random.Random(3)

    def look(self) -> None:
        before = self.published()
        key = self._chance.choice(sorted(before.documents))
        cache_dir = self.keep / "command"
        environment = {"REGISTRY_URL": self.address, "REGISTRY_CACHE_DIR": str(cache_dir), "LANG": "C.UTF-8"}
        code, out, said = self.ask(["show", "--json", key], environment)
        after = self.published()
        (state,) = cache_dir.glob("*/state.json")
        serial = json.loads(state.read_bytes())["serial"]
        self.saw(serial)
        self.check(is_so=before.serial <= serial <= after.serial, otherwise=f"{serial} is not live")
        if before.sha256 == after.sha256:
            found = (code, said, json.loads(out or "null"))
            self.check(is_so=found == (0, "", before.documents[key]), otherwise=f"{key}: {found}")
        else:
            # Meanwhile it may have been removed.
            self.check(is_so=code in (Code.OK, Code.NOT_FOUND), otherwise=f"{key}: {code}, {said}")


OTHER_KINDS: dict[str, type[HttpReader]] = {
    "legacy": LegacyReader,
    "plain": PlainReader,
    "mirror": MirrorReader,
    "command": CommandReader,
}


def ask_process(arguments: list[str], environment: dict[str, str]) -> tuple[int, str, str]:
    given = {**os.environ, "PYTHONPATH": str(ROOT / "client"), **environment}
    done = subprocess.run([*COMMAND, *arguments], env=given, capture_output=True, check=False, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def read_until(folder: Path, stop: Path, start: float, keep: Path) -> dict[str, Any]:
    """All kinds at once, each in a thread of its own, until `stop` is there; kind -> what it saw."""
    found: dict[str, Any] = {}

    def read(kind: str, address: str) -> None:
        reader = OTHER_KINDS[kind](address, folder, keep, lambda: start)
        looks = 0
        while not stop.exists() or not looks:
            reader.look()
            looks += 1
            time.sleep(0.05)
        reader.end()
        notes = reader.notes
        found[kind] = {"reads": looks, "serials": len(set(notes.serials)), "wrong": notes.wrong}

    with serve(Server(Served(folder))) as address:
        threads = [threading.Thread(target=read, args=(kind, address)) for kind in OTHER_KINDS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return found


class Served:
    """A folder as a server has it."""

    def __init__(self, folder: Path) -> None:
        self.files: Any = Files(folder)


if __name__ == "__main__":
    pulling.LAG_SECONDS = (0.0, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3)
    # A mirror of a test may be lost with the power.
    os.sync = lambda: None
    with tempfile.TemporaryDirectory() as kept:
        print(json.dumps(read_until(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), Path(kept))))
