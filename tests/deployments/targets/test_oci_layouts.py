"""What is taken for an image, and which configs the target `oci-registry` takes; no registry is needed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from catalog.schemas.configs import judge_config
from deployments.builds.oci import MANIFEST, Entry, Layout
from deployments.contract import PermanentError, Release
from deployments.targets import get_target
from deployments.targets.oci_registry import read_layout
from tests.deployments.contexts import PlainContext

VALID = {"registryUrl": "https://registry.example.com:5000", "repository": "bakery/shop"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole layout."""
    layout = Layout(tmp_path / "image")
    layer = layout.add_layer([Entry("/a", b"a")], check=lambda: None)
    layout.finish({"rootfs": {"type": "layers", "diff_ids": [layer.diff_id]}}, [layer.descriptor])
    return tmp_path / "image"


def described(folder: Path) -> dict[str, Any]:
    (found,) = json.loads((folder / "index.json").read_bytes())["manifests"]
    return dict(found)


def rewrite(folder: Path, *manifests: Any) -> None:
    (folder / "index.json").write_text(json.dumps({"manifests": manifests}))


def test_image_is_its_manifest_and_the_blobs_that_it_names(folder: Path) -> None:
    image = read_layout(folder)

    assert (image.digest, image.media_type) == (described(folder)["digest"], MANIFEST)
    names = {f"sha256:{path.name}" for path in (folder / "blobs/sha256").iterdir()}
    assert {image.digest, *image.blobs} == names


def cut_blob(folder: Path) -> None:
    next(path for path in (folder / "blobs/sha256").iterdir()).write_bytes(b"")


def change_manifest(folder: Path) -> None:
    path = folder / "blobs/sha256" / described(folder)["digest"].removeprefix("sha256:")
    path.write_bytes(path.read_bytes().replace(b":2,", b":3,").replace(b":2}", b":3}"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "index.json").unlink(),
        lambda folder: (folder / "index.json").write_text("[]"),
        rewrite,
        lambda folder: rewrite(folder, described(folder), described(folder)),
        lambda folder: rewrite(folder, described(folder) | {"digest": "sha256:../../../index.json"}),
        lambda folder: rewrite(folder, described(folder) | {"size": 1}),
        lambda folder: rewrite(folder, described(folder) | {"mediaType": "application/vnd.oci.image.index.v1+json"}),
        cut_blob,
        change_manifest,
    ],
)
def test_what_is_no_whole_image_is_refused(folder: Path, spoil: Callable[[Path], None]) -> None:
    spoil(folder)

    with pytest.raises(PermanentError, match="What was built") as caught:
        read_layout(folder)

    assert caught.value.hint


def test_release_of_another_target_is_refused(tmp_path: Path) -> None:
    target, context = get_target("oci-registry@1"), PlainContext(tmp_path, tmp_path)

    for use in (target.probe, target.activate, target.remove):
        with pytest.raises(PermanentError, match="not in a container registry"):
            use(Release(str(uuid4())), {**VALID, "registryUrl": "http://127.0.0.1:9"}, context)


@pytest.mark.parametrize(
    ("changed", "is_valid"),
    [
        ({}, True),
        ({"registryUrl": "http://127.0.0.1:5000", "tag": "stable"}, True),
        ({"username": "baker", "password": {"$secret": "password"}}, True),
        ({"username": "baker"}, False),
        ({"username": "baker", "password": "hush"}, False),
        ({"username": "a:b", "password": {"$secret": "password"}}, False),
        ({"registryUrl": "https://a:b@registry.example.com"}, False),
        ({"registryUrl": "https://registry.example.com/v2"}, False),
        ({"repository": "Bakery/shop"}, False),
        ({"repository": "a/../b"}, False),
        ({"tag": "release-1"}, False),
        ({"tag": "a/b"}, False),
    ],
)
def test_schema_judges_configs(changed: dict[str, Any], is_valid: bool) -> None:
    assert judge_config(get_target("oci-registry@1").info.schema, VALID | changed).is_valid == is_valid


def test_port_that_is_none_is_a_problem() -> None:
    found = get_target("oci-registry@1").check_config(VALID | {"registryUrl": "https://registry.example.com:99999"})

    assert [(each.path, each.code) for each in found] == [("/registryUrl", "address")]
