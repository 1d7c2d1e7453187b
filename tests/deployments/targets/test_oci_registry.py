"""Target `oci-registry` against Debian's docker-registry, and read back by skopeo."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID, uuid4

import pytest

from deployments.builds.oci import Entry, Layout
from deployments.contract import Artifact, Kind, PermanentError, Release, StoppedError
from deployments.targets import get_target
from tests.deployments.contexts import PlainContext
from tests.deployments.registry import (
    PASSWORD,
    USER,
    run_registry,
    run_registry_with_accounts,
    run_registry_with_tokens,
)
from tests.deployments.tools import needs

Config = dict[str, Any]
ACCOUNT = {"username": USER, "password": {"$secret": "password"}}

pytestmark = [
    pytest.mark.tools,
    needs(docker_registry="docker-registry", skopeo="skopeo"),
    pytest.mark.usefixtures("loopback_allowed"),
]


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    """The config of a repository in an empty registry without accounts."""
    with run_registry(tmp_path) as place:
        yield config_of(place)


def config_of(place: str) -> Config:
    return {"registryUrl": f"http://{place}", "repository": "bakery/shop"}


def make_context(folder: Path, deployment: UUID | None = None, *, password: str = PASSWORD) -> PlainContext:
    return PlainContext(folder, folder, {"password": password}, deployment_id=deployment or uuid4())


def make_artifact(folder: Path, text: str) -> Artifact:
    made = folder / f"artifact-{text}"
    if not made.exists():
        layout = Layout(made)
        layer = layout.add_layer([Entry("/srv/index.html", text.encode())], check=lambda: None)
        config = {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id]},
            "config": {"Labels": {"text": text}},
        }
        layout.finish(config, [layer.descriptor])
    return Artifact(Kind.IMAGE, text, made, 1, 5)


def upload(folder: Path, text: str, config: Config) -> Release:
    return get_target("oci-registry@1").upload(make_artifact(folder, text), config, make_context(folder))


def deploy(folder: Path, text: str, config: Config) -> Release:
    release = upload(folder, text, config)
    target, context = get_target("oci-registry@1"), make_context(folder)
    target.probe(release, config, context)
    target.activate(release, config, context)
    return release


def skopeo(verb: str, *words: str, account: str = "") -> Any:
    options = ["--creds", account] if account else []
    done = subprocess.run(
        ["skopeo", verb, "--tls-verify=false", *options, *words], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def image_of(config: Config) -> str:
    return f"docker://{config['registryUrl'].removeprefix('http://')}/{config['repository']}"


def live(config: Config, *, tag: str = "live", account: str = "") -> str:
    return str(skopeo("inspect", f"{image_of(config)}:{tag}", account=account)["Labels"]["text"])


def tags(config: Config) -> list[str]:
    return sorted(skopeo("list-tags", image_of(config))["Tags"])


def test_release_goes_live_and_the_one_before_comes_back(config: Config, tmp_path: Path) -> None:
    first = deploy(tmp_path, "one", config)
    seen = [live(config)]
    second = deploy(tmp_path, "two", config)
    seen.append(live(config))
    for _ in range(2):
        get_target("oci-registry@1").activate(first, config, make_context(tmp_path))

    assert [*seen, live(config)] == ["one", "two", "one"]
    assert tags(config) == sorted(["live", f"release-{first.id}", f"release-{second.id}"])
    assert skopeo("inspect", f"{image_of(config)}@{second.meta['digest']}")["Labels"] == {"text": "two"}


def test_upload_again_is_harmless_and_what_is_live_stays(config: Config, tmp_path: Path) -> None:
    deploy(tmp_path, "one", config)
    target, deployment, artifact = get_target("oci-registry@1"), uuid4(), make_artifact(tmp_path, "two")
    contexts = [make_context(tmp_path, deployment) for _ in range(2)]

    releases = [target.upload(artifact, config, context) for context in contexts]

    assert releases[0] == releases[1]
    assert [sum(line.startswith("Pushing") for line in context.lines) for context in contexts] == [2, 0]
    assert live(config) == "one"


def test_stopped_upload_leaves_live_alone(config: Config, tmp_path: Path) -> None:
    deploy(tmp_path, "one", config)
    context = make_context(tmp_path)
    context.is_stopped = True

    with pytest.raises(StoppedError):
        get_target("oci-registry@1").upload(make_artifact(tmp_path, "two"), config, context)

    assert (live(config), len(tags(config))) == ("one", 2)


def test_live_tag_is_that_of_the_config(config: Config, tmp_path: Path) -> None:
    deploy(tmp_path, "one", config | {"tag": "stable"})

    assert live(config, tag="stable") == "one"


def test_live_release_is_not_removed_and_others_are(config: Config, tmp_path: Path) -> None:
    first, second = deploy(tmp_path, "one", config), deploy(tmp_path, "two", config)
    target = get_target("oci-registry@1")

    for _ in range(2):
        target.remove(first, config, make_context(tmp_path))
    with pytest.raises(PermanentError, match="It is live"):
        target.remove(second, config, make_context(tmp_path))

    assert tags(config) == ["live", f"release-{second.id}"]
    for use in (target.probe, target.activate):
        with pytest.raises(PermanentError, match="gone from the registry"):
            use(first, config, make_context(tmp_path))
    assert live(config) == "two"


def test_image_that_another_release_has_too_stays(config: Config, tmp_path: Path) -> None:
    first, again = deploy(tmp_path, "one", config), deploy(tmp_path, "one", config)
    deploy(tmp_path, "two", config)
    target = get_target("oci-registry@1")

    target.remove(first, config, make_context(tmp_path))
    target.activate(again, config, make_context(tmp_path))

    assert live(config) == "one"


def test_registry_that_deletes_nothing_is_no_error(tmp_path: Path) -> None:
    with run_registry(tmp_path, may_delete=False) as place:
        config = config_of(place)
        first = deploy(tmp_path, "one", config)
        deploy(tmp_path, "two", config)

        get_target("oci-registry@1").remove(first, config, make_context(tmp_path))

        assert live(config) == "two"


def test_account_is_needed_where_there_are_accounts(tmp_path: Path) -> None:
    with run_registry_with_accounts(tmp_path) as place:
        config = config_of(place)
        deploy(tmp_path, "one", config | ACCOUNT)
        seen = live(config, account=f"{USER}:{PASSWORD}")
        with pytest.raises(PermanentError, match="answered 401") as unknown:
            upload(tmp_path, "two", config)
        with pytest.raises(PermanentError, match="answered 401") as wrong:
            get_target("oci-registry@1").upload(
                make_artifact(tmp_path, "two"), config | ACCOUNT, make_context(tmp_path, password="guessed")
            )

    assert seen == "one"
    hint = "Check user name and password, and that this account may push to the repository."
    assert [unknown.value.hint, wrong.value.hint] == [hint, hint]
    assert "guessed" not in str(wrong.value)


def test_token_is_fetched_with_the_account_for_this_repository(tmp_path: Path) -> None:
    with run_registry_with_tokens(tmp_path) as (place, tokens):
        config = config_of(place) | ACCOUNT
        first, second = deploy(tmp_path, "one", config), deploy(tmp_path, "two", config)
        get_target("oci-registry@1").remove(first, config, make_context(tmp_path))
        get_target("oci-registry@1").activate(second, config, make_context(tmp_path))
        seen = live(config, account=f"{USER}:{PASSWORD}")
        with pytest.raises(PermanentError, match=r"Signing in: 127\.0\.0\.1 answered 401") as caught:
            upload(tmp_path, "one", config_of(place))

    assert seen == "two"
    assert caught.value.hint == "Check user name and password, and that this account may push to the repository."
    scopes = {scope for path in tokens.paths() for scope in parse_qs(path.partition("?")[2])["scope"]}
    ours = {scope for scope in scopes if "push" in scope}
    assert ours == {"repository:bakery/shop:pull,push", "repository:bakery/shop:pull,push,delete"}
