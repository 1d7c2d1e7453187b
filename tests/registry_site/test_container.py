"""The image and compose.yaml: what they name is there, and has few rights."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from registry_site import start
from tests.flows.processes import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}
COPIED = re.findall(r"^COPY ([a-z_.]+) \S+$", DOCKERFILE, re.MULTILINE)
IGNORED_BUT = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]


def test_image_holds_what_may_be_sent_to_the_builder() -> None:
    assert sorted([*COPIED, "requirements.txt", "constraints.txt"]) == sorted(IGNORED_BUT)
    assert all((ROOT / name).exists() for name in IGNORED_BUT)


def test_hadolint_has_nothing_to_say() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )

    assert (run.returncode, run.stdout) == (0, "")


def test_every_process_of_compose_is_one_that_starts() -> None:
    names = {name: service["command"][0] for name, service in OURS.items() if "command" in service}

    assert names == {name: name for name in ("migrate", "worker", "deployer", "beat")}
    assert set(OURS) - {"migrate"} == set(start.COMMANDS) - {"manage"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_process_has_few_rights(name: str) -> None:
    service = OURS[name]

    assert (service["read_only"], service["cap_drop"], service["tmpfs"][0]) == (True, ["ALL"], "/tmp")
    assert "no-new-privileges:true" in service["security_opt"]
    assert re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)[-1] == "10001"


def test_every_setting_of_compose_is_documented() -> None:
    readme = (ROOT / "README.md").read_text()
    names = {name for service in OURS.values() for name in service["environment"]}

    assert {name for name in names if not name.startswith("AWS_") and f"`{name}`" not in readme} == set()


# --- What is left out ----------------------------------------------------------------------------------------
BUILD_TOOLS = {
    "binutils", "build-essential", "cargo", "clang", "cmake", "g++", "gcc", "golang", "libc6-dev", "make",
    "python3-dev", "ruby-dev", "rustc", "tcc",
}  # fmt: skip
STAGES = {
    head.split()[-1]: re.sub(r"^#.*\n", "", body, flags=re.MULTILINE).replace("\\\n", " ")
    for head, body in re.findall(r"^FROM (.*)\n((?:(?!FROM ).*\n)*)", DOCKERFILE, re.MULTILINE)
}


def packages_of(stage: str) -> list[str]:
    installed = re.findall(r"apt-get install (.*?)(?: &&|$)", STAGES[stage], re.MULTILINE)
    return [word for words in installed for word in words.split() if not word.startswith("-")]


def test_images_hold_nothing_that_compiles() -> None:
    """What is built is built in a stage of its own, and only its result is taken."""
    assert list(STAGES) == ["build", "registry", "deployer"]
    assert (packages_of("registry"), packages_of("deployer")) == ([], ["bubblewrap", "git", "hugo", "jekyll", "npm"])
    assert re.findall(r"^COPY --from=(.*)$", DOCKERFILE, re.MULTILINE) == ["build /venv /venv"]
    for name in ("registry", "deployer"):
        assert BUILD_TOOLS.isdisjoint(packages_of(name))
        assert not re.search(r"\b(pip|apk|gem|npm) (install|add)\b|\b(curl|wget)\b|^ADD ", STAGES[name], re.MULTILINE)
    assert STAGES["deployer"].count("apt-get install") == STAGES["deployer"].count("--no-install-recommends")


@pytest.mark.tools
@pytest.mark.skipif(shutil.which("apt-cache") is None, reason="apt-cache is not there: this is no Debian")
def test_what_packages_of_the_deployer_need_compiles_nothing_either() -> None:
    without = [f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")]
    command = ["apt-cache", "depends", "--recurse", *without, *packages_of("deployer")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    needed = set(re.findall(r"^([a-z0-9][^\s:]*)$", run.stdout, re.MULTILINE))
    if not needed.issuperset(packages_of("deployer")):
        pytest.skip("apt-cache knows no packages: run apt-get update")

    assert sorted(name for name in needed if re.sub(r"-\d[\d.]*$", "", name) in BUILD_TOOLS) == []


# --- Settings ------------------------------------------------------------------------------------------------
def default_of(name: str) -> str:
    """What compose gives to web and workers if nobody says anything."""
    (value,) = {service["environment"][name] for service in OURS.values()}
    return str(re.sub(r"\$\{\w+:-(.*)\}", r"\1", value))


def test_readers_address_leads_to_the_registry_inside_and_outside_of_the_containers() -> None:
    """Workers read receipts there: to them, localhost is themselves."""
    of_bucket = re.findall(r"REGISTRY_PUBLIC_URL=(http:\S+?);", (ROOT / "compose.yaml").read_text())
    addresses = {"web": default_of("REGISTRY_PUBLIC_URL"), "bucket": of_bucket[0]}

    for name, address in addresses.items():
        service, parts = COMPOSE["services"][name], urlsplit(address)
        assert service["networks"]["default"]["aliases"] == [parts.hostname]
        assert str(parts.hostname).endswith(".localhost")
        assert service["ports"] == [f"127.0.0.1:{parts.port}:{parts.port}"]
    assert urlsplit(addresses["web"]).hostname in default_of("DJANGO_ALLOWED_HOSTS").split(",")


def test_every_setting_of_production_passes_through() -> None:
    """Those of the operations page's third and eighth step, and what a proxy needs."""
    page = (ROOT / "docs" / "operations.md").read_text()
    steps = [re.findall(rf"^{step}\. .*?(?=^\d+\. )", page, re.MULTILINE | re.DOTALL)[0] for step in (3, 8)]
    named = {name for step in steps for name in re.findall(r"\b((?:REGISTRY|DJANGO)_[A-Z_]+)=", step)}
    # Compose has its own: a file in the volume that its processes share.
    named -= {"REGISTRY_SIGNING_KEY_FILE"}
    named |= {"REGISTRY_BEHIND_PROXY", "FORWARDED_ALLOW_IPS"}

    assert len(named) == 9
    for service in OURS.values():
        given = service["environment"]
        assert [name for name in sorted(named) if f"${{{name}:" not in str(given.get(name))] == []
