import json
import os
import shutil
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from deployments.builds import dockerfile
from deployments.builds.dockerfile import Dockerfile
from deployments.builds.oci import blob_of, read_image
from deployments.contract import PermanentError, Source, StoppedError
from deployments.sandbox.processes import Watch
from deployments.sandbox.trusted import call_trusted
from tests.deployments.builds.boxed import BoxedContext, names_in, source_of
from tests.deployments.registry import run_registry
from tests.deployments.sandbox.boxes import processes_of, wait_until
from tests.deployments.tools import needs, needs_sandbox

START = 'FROM scratch AS base\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "/bin"]\n'

pytestmark = [
    pytest.mark.tools,
    needs_sandbox,
    needs(buildah="buildah", runc="runc", busybox="busybox-static"),
    pytest.mark.skipif(os.geteuid() != 0, reason="Only root can make the users of an image"),
]


class CallingContext(BoxedContext):
    """Whose `call` is the real one, and can be stopped."""

    def call(self, argv, *, cwd, env=None, timeout_seconds=None):  # type: ignore[no-untyped-def]
        watch = Watch(self.log, self.check, min(timeout_seconds or self.seconds, self.seconds_left()))
        return call_trusted(argv, cwd=cwd, env=env or {}, watch=watch, work=self.work)


@pytest.fixture
def context(tmp_path: Path, tree: Path) -> CallingContext:
    return CallingContext(tmp_path / "work", tmp_path)


def source_with(tree: Path, text: str, **files: str) -> Source:
    source = source_of(tree, {"Dockerfile": text, **files})
    shutil.copy("/bin/busybox", tree / "busybox")
    return source


def files_of(layout: Path) -> dict[str, bytes]:
    """Of all its layers, those of later ones over earlier."""
    found = {}
    for layer in read_image(layout)[1]:
        with tarfile.open(blob_of(layout, layer["digest"])) as tar:
            for member in tar:
                if member.isfile():
                    found[member.name] = tar.extractfile(member).read()  # type: ignore[union-attr]
    return found


def test_image_is_built_step_by_step(tree: Path, into: Path, context: CallingContext) -> None:
    text = START + 'ARG VERSION\nRUN echo "$VERSION" > /version\nUSER 1000\nRUN id -u\nCMD ["/bin/sh"]\n'
    Dockerfile().build(source_with(tree, text), {"buildArgs": {"VERSION": "1.4"}}, into, context)
    image, _ = read_image(into)
    assert (files_of(into)["version"], image["config"]["Cmd"], image["config"]["User"]) == (
        b"1.4\n",
        ["/bin/sh"],
        "1000",
    )
    assert ("1000" in context.lines, sorted(path.name for path in into.iterdir())) == (
        True,
        ["blobs", "index.json", "oci-layout"],
    )


def test_paths_and_stage_of_the_config_are_used(tree: Path, into: Path, context: CallingContext) -> None:
    text = "FROM scratch AS first\nCOPY word /word\nFROM scratch\nCOPY nothing /\n"
    source = source_of(tree, {"docker/web.Dockerfile": text, "server/word": "hello"})
    config = {"dockerfilePath": "docker/web.Dockerfile", "context": "server", "target": "first"}
    Dockerfile().build(source, config, into, context)
    assert files_of(into) == {"word": b"hello"}


def test_same_source_is_the_same_image(tree: Path, into: Path, context: CallingContext, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    source = source_of(tree, {"Dockerfile": "FROM scratch\nCOPY word /word\n", "word": "hello"})
    Dockerfile().build(source, {}, into, context)
    Dockerfile().build(source, {}, again, context)
    assert (again / "index.json").read_bytes() == (into / "index.json").read_bytes()


def test_secret_is_lent_and_not_kept(tree: Path, into: Path, context: CallingContext) -> None:
    context.secrets = {"token": "correct-horse"}
    text = START + "RUN --mount=type=secret,id=TOKEN wc -c < /run/secrets/TOKEN > /length\n"
    Dockerfile().build(source_with(tree, text), {"buildSecrets": {"TOKEN": {"$secret": "token"}}}, into, context)
    files = files_of(into)
    assert (files["length"].strip(), [name for name, content in files.items() if b"correct-horse" in content]) == (
        b"13",
        [],
    )
    assert "correct-horse" not in json.dumps(read_image(into)[0])


def test_step_sees_neither_network_nor_processes_nor_files_of_this_host(
    tree: Path, into: Path, context: CallingContext
) -> None:
    text = START + (
        "RUN tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' > /devices; ls -d /proc/[0-9]* | wc -l > /processes; "
        "cut -c1-50 /proc/self/uid_map | awk '{print ($2 > 0)}' > /apart; ls /work /context /usr > /seen 2>&1; true\n"
    )
    Dockerfile().build(source_with(tree, text), {}, into, context)
    files = files_of(into)
    assert (files["devices"], int(files["processes"]) < 10, files["apart"]) == (b"lo\n", True, b"1\n")
    assert files["seen"].count(b"No such file") == 3


def test_nothing_is_added_from_the_network(tree: Path, into: Path, context: CallingContext) -> None:
    text = "FROM scratch\nADD http://127.0.0.1:1/x /x\n"
    with pytest.raises(PermanentError, match="Buildah could not build"):
        Dockerfile().build(source_of(tree, {"Dockerfile": text}), {}, into, context)
    assert any("connection refused" in line for line in context.lines)


@pytest.mark.parametrize("copied", ["../secret", "link", "/etc/passwd", "up/secret"])
def test_nothing_is_copied_from_above_the_context(tree: Path, into: Path, context: CallingContext, copied: str) -> None:
    source = source_of(tree, {"Dockerfile": f"FROM scratch\nCOPY {copied} /copied\n"})
    (tree.parent / "secret").write_text("secret of this host")
    (tree / "link").symlink_to(tree.parent / "secret")
    (tree / "up").symlink_to("..")
    try:
        Dockerfile().build(source, {}, into, context)
    except PermanentError:
        assert any("no such file" in line or "permitted" in line for line in context.lines)
        return
    assert b"secret of this host" not in b"".join(files_of(into).values())


def test_dockerfile_is_not_given_to_the_preprocessor(tree: Path, into: Path, context: CallingContext) -> None:
    text = '#include "/etc/passwd"\nFROM scratch\nCOPY word /word\n'
    source = source_of(tree, {"Dockerfile.in": text, "word": "hello"})
    Dockerfile().build(source, {"dockerfilePath": "Dockerfile.in"}, into, context)
    assert files_of(into) == {"word": b"hello"}


@pytest.mark.parametrize("name", ["missing", "folder/Dockerfile", "link"])
def test_dockerfile_that_is_not_there_is_said(tree: Path, into: Path, context: CallingContext, name: str) -> None:
    (tree / "folder").mkdir()
    (tree / "link").symlink_to("/etc/passwd")
    with pytest.raises(PermanentError, match="There is no Dockerfile"):
        Dockerfile().build(source_of(tree, {}), {"dockerfilePath": name}, into, context)


def test_failing_step_is_in_the_log(tree: Path, into: Path, context: CallingContext) -> None:
    with pytest.raises(PermanentError, match=r"Buildah could not build: it ended with status \d+\."):
        Dockerfile().build(source_with(tree, START + "RUN echo broken; exit 3\n"), {}, into, context)
    assert ("broken" in context.lines, names_in(into)) == (True, [])


def test_fork_bomb_in_a_step_is_held_and_stopped(
    tree: Path, into: Path, context: CallingContext, settings: Settings
) -> None:
    settings.REGISTRY_SANDBOX_LIMITS = {"processes": 100}
    text = START + "RUN bomb() { bomb | bomb & }; bomb; sleep 9.7010; false\n"
    stop_when(context, lambda: any("9.7010" in line for line in context.lines), then_after=1.5)
    with pytest.raises((StoppedError, PermanentError)):
        Dockerfile().build(source_with(tree, text), {}, into, context)
    assert processes_of("9.7010") == []


def test_step_that_fills_the_disk_is_stopped(
    tree: Path, into: Path, context: CallingContext, settings: Settings
) -> None:
    settings.REGISTRY_SANDBOX_LIMITS = {"disk_bytes": 64 << 20, "disk_left_bytes": 1 << 20}
    fill = "i=0; while :; do i=$((i+1)); dd if=/dev/zero of=/f$i bs=1M count=8 2>/dev/null; sleep 0.05; done"
    with pytest.raises(PermanentError, match="it has written more than 64 MB"):
        Dockerfile().build(source_with(tree, f"{START}RUN {fill}\n"), {}, into, context)


def test_stopped_build_leaves_no_process_and_no_mount(tree: Path, into: Path, context: CallingContext) -> None:
    text = START + "RUN trap '' TERM; echo started; sleep 60.7011; sleep 60.7011\n"
    stop_when(context, lambda: "started" in context.lines)
    with pytest.raises(StoppedError):
        Dockerfile().build(source_with(tree, text), {}, into, context)
    assert (processes_of("60.7011"), str(context.work) in Path("/proc/mounts").read_text()) == ([], False)


def test_killed_worker_takes_its_build_with_it(tree: Path, tmp_path: Path) -> None:
    source_with(tree, START + "RUN trap '' TERM; echo started; sleep 60.7013; sleep 60.7013\n")
    code = f"""
from pathlib import Path
from django.conf import settings
from deployments.builds.dockerfile import Dockerfile
from deployments.contract import Source
from tests.deployments.builds.test_dockerfile import CallingContext
settings.configure(REGISTRY_SANDBOX_LIMITS={{}}, REGISTRY_BASE_IMAGE_HOSTS=[])
work = Path({str(tree.parent)!r})
(work / "into").mkdir()
Dockerfile().build(Source(work / "source", "r"), {{}}, work / "into", CallingContext(work, work))
"""
    with subprocess.Popen([sys.executable, "-c", code]) as worker:
        wait_until(lambda: any(line.startswith("sleep 60.7013") for line in processes_of("60.7013")))
        worker.kill()
    wait_until(lambda: processes_of("60.7013") == [])


def stop_when(context: CallingContext, happened, *, then_after: float = 0) -> None:  # type: ignore[no-untyped-def]
    def watch() -> None:
        while not happened():
            time.sleep(0.05)
        time.sleep(then_after)
        context.is_stopped = True

    threading.Thread(target=watch, daemon=True).start()


@needs(docker_registry="docker-registry", skopeo="skopeo")
def test_base_image_comes_from_an_allowed_registry(
    tree: Path, into: Path, context: CallingContext, tmp_path: Path, settings: Settings
) -> None:
    base = tmp_path / "base"
    base.mkdir()
    Dockerfile().build(source_with(tmp_path / "other", START), {}, base, context)
    with run_registry(tmp_path / "registry") as place:
        subprocess.run(
            ["skopeo", "copy", "--quiet", "--dest-tls-verify=false", f"oci:{base}", f"docker://{place}/web/base:1"],
            check=True,
        )
        settings.REGISTRY_BASE_IMAGE_HOSTS = [f"http://{place}"]
        text = f"ARG TAG=1\nFROM {place}/web/base:$TAG\nRUN echo hello > /word\n"
        Dockerfile().build(source_of(tree, {"Dockerfile": text}), {}, into, context)
    assert (files_of(into)["word"], f"Fetching the base image {place}/web/base:1." in context.lines) == (
        b"hello\n",
        True,
    )


@pytest.mark.parametrize("image", ["nginx", "inner.test/nginx", "dir:/etc", "oci:/etc", "docker-archive:/etc/x.tar"])
def test_other_base_image_is_refused(tree: Path, into: Path, context: CallingContext, image: str) -> None:
    with pytest.raises(PermanentError) as caught:
        Dockerfile().build(source_of(tree, {"Dockerfile": f"FROM {image}\n"}), {}, into, context)
    assert (str(caught.value).startswith(("The base image", "Base images of")), bool(caught.value.hint)) == (True, True)


def test_worker_that_is_not_root_says_so(
    tree: Path, into: Path, context: CallingContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(PermanentError, match="it does not run as root"):
        Dockerfile().build(source_of(tree, {"Dockerfile": "FROM scratch"}), {}, into, context)


def test_missing_tool_is_named(
    tree: Path, into: Path, context: CallingContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(dockerfile.TOOLS, "no-such-tool", "no-such-package")
    with pytest.raises(PermanentError, match="There is no no-such-tool on this worker") as caught:
        Dockerfile().build(source_of(tree, {"Dockerfile": "FROM scratch"}), {}, into, context)
    assert "no-such-package" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "found"), [("Dockerfile", "Dockerfile"), ("Containerfile", "Containerfile"), ("x", None)]
)
def test_dockerfile_is_detected(tree: Path, name: str, found: str | None) -> None:
    (tree / name).touch()
    detection = Dockerfile().detect(tree)
    assert (detection and detection.config["dockerfilePath"]) == found
