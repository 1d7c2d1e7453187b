import shutil
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from deployments.builds.command import Command
from deployments.contract import PermanentError, StoppedError
from deployments.sandbox import bubblewrap
from tests.deployments.builds.boxed import BoxedContext, names_in, real_network, source_of
from tests.deployments.tools import needs, needs_sandbox

SITES = Path(__file__).with_name("sites")

pytestmark = [pytest.mark.tools, needs_sandbox]


def config_of(build: str, **changes: Any) -> dict[str, Any]:
    return {"buildCommand": build, "outputFolder": "out", **changes}


def test_output_folder_is_published(tree: Path, into: Path, context: BoxedContext) -> None:
    source = source_of(tree, {"page": "hello"})
    Command().build(source, config_of("mkdir -p out/a && cp page out/a/index.html && echo built"), into, context)
    assert (names_in(into), (into / "a/index.html").read_text(), context.lines) == (
        ["a/index.html"],
        "hello",
        ["$ mkdir -p out/a && cp page out/a/index.html && echo built", "built"],
    )


def test_commands_run_in_the_source_folder_and_see_the_rest_of_the_source(
    tree: Path, into: Path, context: BoxedContext
) -> None:
    source = source_of(tree, {"site/page": "", "shared/word": "hello"})
    Command().build(source, config_of("mkdir out; cp ../shared/word out/", sourceFolder="site"), into, context)
    assert names_in(into) == ["word"]


def test_variables_and_secrets_are_seen_by_the_commands(tree: Path, into: Path, context: BoxedContext) -> None:
    context.secrets = {"token": "correct-horse"}
    config = config_of(
        'mkdir out; echo "$WORD $TOKEN" > out/index.html',
        environment={"WORD": "hello"},
        secretEnvironment={"TOKEN": {"$secret": "token"}},
    )
    Command().build(source_of(tree, {}), config, into, context)
    assert (into / "index.html").read_text() == "hello correct-horse\n"


def test_missing_secret_is_said_before_anything_runs(tree: Path, into: Path, context: BoxedContext) -> None:
    config = config_of("touch ran", secretEnvironment={"TOKEN": {"$secret": "token"}})
    with pytest.raises(PermanentError, match="There is no secret token"):
        Command().build(source_of(tree, {}), config, into, context)
    assert names_in(tree) == []


def test_variable_for_the_loader_does_nothing_outside_the_sandbox(
    tree: Path, into: Path, context: BoxedContext
) -> None:
    config = config_of("mkdir out; touch out/x", environment={"LD_PRELOAD": "/nowhere.so", "PATH": "/usr/bin"})
    Command().build(source_of(tree, {}), config, into, context)
    assert names_in(into) == ["x"]


def test_failing_command_is_said_with_its_status(tree: Path, into: Path, context: BoxedContext) -> None:
    with pytest.raises(PermanentError, match="sh ended with status 3") as caught:
        Command().build(source_of(tree, {}), config_of("echo broken >&2; exit 3"), into, context)
    assert (caught.value.hint, context.lines[-1]) == ("The log says why.", "broken")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        ("true", "There is no output folder 'out'"),
        ("mkdir out", "The output folder 'out' is empty"),
        ("ln -s /etc out", "The output folder 'out' is a link out of the source"),
        ("mkdir out; ln -s /etc/passwd out/users", "'users' is a link out of the source"),
        ("mkdir out; ln -s ../../../../../../../../../../etc/passwd out/users", "'users' is a link out of the source"),
        ("mkdir out; mkfifo out/pipe", "'pipe' is neither a file nor a folder"),
    ],
)
def test_output_that_cannot_be_published_is_refused(
    tree: Path, into: Path, context: BoxedContext, build: str, message: str
) -> None:
    with pytest.raises(PermanentError, match=message):
        Command().build(source_of(tree, {}), config_of(build), into, context)
    assert names_in(into) == []


def test_stopped_deployment_stops_the_command(tree: Path, into: Path, context: BoxedContext) -> None:
    context.seconds = 0.3
    context.__post_init__()
    with pytest.raises((StoppedError, PermanentError)):
        Command().build(source_of(tree, {}), config_of("sleep 60"), into, context)


def test_nothing_runs_without_a_sandbox(
    tree: Path, into: Path, context: BoxedContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bubblewrap, "sandbox_problem", lambda: "There is no sandbox on this worker.")
    with pytest.raises(PermanentError, match="There is no sandbox on this worker"):
        Command().build(source_of(tree, {}), config_of("mkdir out; touch out/x"), into, context)
    assert names_in(tree) == []


@needs(npm="npm")
def test_installation_sees_settings_of_npm_and_no_home(
    tree: Path, into: Path, context: BoxedContext, settings: Settings
) -> None:
    settings.REGISTRY_NPM_REGISTRY = "https://npm.test/all"
    (tree / ".npmrc").write_text("registry=https://evil.test/\n")
    show = "npm config get registry; npm config get cache; npm config get userconfig; echo $HTTPS_PROXY | cut -c1-17"
    Command().build(source_of(tree, {}), config_of("mkdir out; touch out/x", installCommand=show), into, context)
    assert context.lines[1:5] == [
        "https://npm.test/all",
        str(context.cache / "npm"),
        "/tmp/.npmrc",
        "http://127.0.0.1:",
    ]


def test_needed_members_are_named() -> None:
    assert [problem.path for problem in Command().check_config({})] == ["/buildCommand", "/outputFolder"]


def test_eleventy_site_is_installed_through_the_proxy_and_built_without_a_network(
    tree: Path, into: Path, context: BoxedContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_network(monkeypatch)
    shutil.copytree(SITES / "eleventy", tree, dirs_exist_ok=True)
    config = {
        "installCommand": "npm ci --ignore-scripts",
        "buildCommand": "node_modules/.bin/eleventy",
        "outputFolder": "_site",
        "environment": {"GREETING": "hello"},
    }
    Command().build(source_of(tree, {}), config, into, context)
    assert (names_in(into), (into / "about/index.html").read_text().strip()) == (
        ["about/index.html", "index.html"],
        "HELLO",
    )
    assert (into / "index.html").read_text() == "<h1>Bakery</h1>\n<p>Good <strong>bread</strong>.</p>\n"


def test_installation_from_elsewhere_is_refused(
    tree: Path, into: Path, context: BoxedContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_network(monkeypatch)
    install = "npm install --fetch-retries=0 https://other.test/package.tgz"
    with pytest.raises(PermanentError, match="sh ended with status"):
        Command().build(
            source_of(tree, {"package.json": "{}"}), config_of("true", installCommand=install), into, context
        )
    assert "The program asked for other.test:443, which is not among the reachable hosts." in context.lines
