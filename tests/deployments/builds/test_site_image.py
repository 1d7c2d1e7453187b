import gzip
import hashlib
import http.client
import io
import json
import os
import shutil
import socket
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from deployments.builds import site_image
from deployments.builds.oci import Layout, blob_of, read_image
from deployments.builds.site_image import SiteImage
from deployments.contract import PermanentError
from tests.deployments.builds.boxed import BoxedContext, names_in, source_of
from tests.deployments.registry import run_registry
from tests.deployments.tools import needs

SITE = {"public/index.html": "start", "public/a/page.html": "page", "public/logo.svg": "<svg/>", ".git/config": "x"}
CONFIG = {"outputFolder": "public"}

pytestmark = [pytest.mark.tools, needs(busybox="busybox-static")]


def files_of(layout: Path, number: int) -> dict[str, tuple[bytes, int, int, int]]:
    """Content, mode, owner and time of each file of a layer."""
    _, layers = read_image(layout)
    with tarfile.open(blob_of(layout, layers[number]["digest"])) as tar:
        return {
            member.name: (tar.extractfile(member).read(), member.mode, member.uid, int(member.mtime))  # type: ignore[union-attr]
            for member in tar
            if member.isfile()
        }


def skopeo(*words: str) -> Any:
    done = subprocess.run(["skopeo", *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout or "null")


def test_site_is_a_layer_above_a_server(tree: Path, into: Path, context: BoxedContext) -> None:
    SiteImage().build(source_of(tree, SITE), CONFIG, into, context)
    assert files_of(into, 1) == {
        "srv/www/a/page.html": (b"page", 0o644, 0, 0),
        "srv/www/index.html": (b"start", 0o644, 0, 0),
        "srv/www/logo.svg": (b"<svg/>", 0o644, 0, 0),
    }
    assert {name: each[1:] for name, each in files_of(into, 0).items()} == {
        "bin/busybox": (0o755, 0, 0),
        "etc/httpd.conf": (0o644, 0, 0),
    }


def test_config_of_the_image_says_how_it_is_run(tree: Path, into: Path, context: BoxedContext) -> None:
    config = {**CONFIG, "documentRoot": "/www", "port": 9090, "labels": {"vendor": "Bakery"}}
    SiteImage().build(source_of(tree, SITE), config, into, context)
    image, layers = read_image(into)
    command = ["/bin/busybox", "httpd", "-f", "-p", "9090", "-h", "/www", "-c", "/etc/httpd.conf"]
    assert image["config"] == {
        "Entrypoint": command,
        "User": "65534:65534",
        "WorkingDir": "/",
        "ExposedPorts": {"9090/tcp": {}},
        "Labels": {"org.opencontainers.image.revision": "revision", "vendor": "Bakery"},
    }
    unpacked = [gzip.decompress(blob_of(into, layer["digest"]).read_bytes()) for layer in layers]
    assert image["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(each).hexdigest()}" for each in unpacked]


def test_same_site_is_the_same_image_whenever_it_is_built(
    tree: Path, into: Path, context: BoxedContext, tmp_path: Path
) -> None:
    again, other = tmp_path / "again", tmp_path / "other"
    again.mkdir()
    source = source_of(tree, SITE)
    SiteImage().build(source, CONFIG, into, context)
    for path in tree.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    shutil.copytree(tree, other)
    SiteImage().build(source_of(other, {}), CONFIG, again, context)
    assert (again / "index.json").read_bytes() == (into / "index.json").read_bytes()
    assert names_in(again) == names_in(into)


@needs(skopeo="skopeo")
def test_skopeo_finds_the_image_whole(tree: Path, into: Path, context: BoxedContext, tmp_path: Path) -> None:
    SiteImage().build(source_of(tree, SITE), CONFIG, into, context)
    index = json.loads((into / "index.json").read_text())
    found = skopeo("inspect", f"oci:{into}")
    skopeo("copy", "--quiet", f"oci:{into}", f"dir:{tmp_path}/copied")
    assert (found["Digest"], found["Os"], len(found["Layers"])) == (index["manifests"][0]["digest"], "linux", 2)


@needs(skopeo="skopeo", docker_registry="docker-registry")
def test_base_image_keeps_what_it_is_and_gains_the_site(
    tree: Path, into: Path, context: BoxedContext, tmp_path: Path, settings: Settings
) -> None:
    base = tmp_path / "base"
    SiteImage().build(source_of(tmp_path / "old", {"index.html": "old"}), {"port": 7070}, Path(base), context)
    with run_registry(tmp_path / "registry") as place:
        skopeo("copy", "--quiet", "--dest-tls-verify=false", f"oci:{base}", f"docker://{place}/web/base:1")
        settings.REGISTRY_BASE_IMAGE_HOSTS = [f"http://{place}"]
        SiteImage().build(
            source_of(tree, SITE), {**CONFIG, "baseImage": f"{place}/web/base:1", "spaFallback": True}, into, context
        )
    image, layers = read_image(into)
    assert (len(layers), image["config"]["Entrypoint"][4], image["config"]["ExposedPorts"], image["config"]["Env"]) == (
        3,
        "7070",
        {"7070/tcp": {}, "8080/tcp": {}},
        ["SPA_FALLBACK=1"],
    )
    assert sorted(files_of(into, 2)) == ["srv/www/a/page.html", "srv/www/index.html", "srv/www/logo.svg"]
    assert skopeo("inspect", f"oci:{into}")["Layers"] == [layer["digest"] for layer in layers]


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("nginx:1.28", "does not say which registry it is in"),
        ("library/nginx", "does not say which registry it is in"),
        ("inner.test/nginx", "Base images of inner.test are not allowed here. Only these are allowed: images.test."),
    ],
)
def test_base_image_of_another_registry_is_refused(
    tree: Path, into: Path, context: BoxedContext, settings: Settings, image: str, message: str
) -> None:
    settings.REGISTRY_BASE_IMAGE_HOSTS = ["images.test"]
    with pytest.raises(PermanentError) as caught:
        SiteImage().build(source_of(tree, SITE), {**CONFIG, "baseImage": image}, into, context)
    assert (message in str(caught.value), bool(caught.value.hint)) == (True, True)


@pytest.mark.parametrize("is_single_page", [False, True])
def test_server_of_the_image_serves_the_site(
    tree: Path, into: Path, context: BoxedContext, tmp_path: Path, is_single_page: bool
) -> None:
    root = tmp_path / "root"
    SiteImage().build(source_of(tree, SITE), {**CONFIG, "spaFallback": is_single_page}, into, context)
    _, layers = read_image(into)
    for layer in layers:
        with tarfile.open(fileobj=io.BytesIO(blob_of(into, layer["digest"]).read_bytes())) as tar:
            tar.extractall(root, filter="data")
    settings = root / "etc" / "httpd.conf"
    settings.write_text(settings.read_text().replace("/srv/www", f"{root}/srv/www"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [f"{root}/bin/busybox", "httpd", "-f", "-p", f"127.0.0.1:{port}", "-h", f"{root}/srv/www"]
    with subprocess.Popen([*command, "-c", str(settings)]) as server:
        try:
            answers = [fetch(port, path) for path in ("/", "/logo.svg", "/some/where")]
        finally:
            server.kill()
    assert answers == [
        (200, "text/html", "start"),
        (200, "image/svg+xml", "<svg/>"),
        (404, "text/html", "start" if is_single_page else answers[2][2]),
    ]


def fetch(port: int, path: str) -> tuple[int, str, str]:
    for _ in range(100):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, str(answer.headers.get_content_type()), answer.read().decode()
        except OSError:
            time.sleep(0.02)
        finally:
            connection.close()
    raise TimeoutError(path)


def test_site_with_a_link_out_is_refused(tree: Path, into: Path, context: BoxedContext) -> None:
    source = source_of(tree, SITE)
    (tree / "public" / "users").symlink_to("/etc/passwd")
    with pytest.raises(PermanentError, match="'users' is a link out of the source"):
        SiteImage().build(source, CONFIG, into, context)


def test_worker_without_a_static_busybox_says_what_to_do(
    tree: Path, into: Path, context: BoxedContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_image, "BUSYBOX", Path("/bin/sh"))
    with pytest.raises(PermanentError, match="no statically linked busybox") as caught:
        SiteImage().build(source_of(tree, SITE), CONFIG, into, context)
    assert "busybox-static" in caught.value.hint


def test_empty_folder_is_refused(tree: Path, into: Path, context: BoxedContext) -> None:
    with pytest.raises(PermanentError, match="The website folder is empty"):
        SiteImage().build(source_of(tree, {}), {}, into, context)
    assert Layout(into).finish({}, []).startswith("sha256:")
