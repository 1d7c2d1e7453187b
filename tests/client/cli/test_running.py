"""How commands end, what they read from the environment, and what they write to whom."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from registry_client.cli.codes import Code
from registry_client.cli.settings import read_settings

from tests.client.cli.apis import API_URL, answer_by, problem
from tests.client.cli.conftest import ROOT, Run
from tests.client.cli.terminals import COMMAND, Terminal
from tests.client.registry import MemoryRegistry
from tests.factories import KEY, provider_document

PAGE = (ROOT / "client/CLI.md").read_text(encoding="utf-8")
Start = Callable[..., Terminal]


def test_page_has_the_table_of_codes() -> None:
    rows = re.findall(r"^\| `(\d+)` \| `(\w+)` \|", PAGE, re.MULTILINE)
    assert [(int(number), word) for number, word in rows] == [(int(code), code.word) for code in Code]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, 1), (413, 1), (422, 1), (401, 5), (403, 5), (404, 4), (410, 4), (409, 6), (412, 6), (428, 6), (429, 3),
        (500, 3), (502, 3), (503, 3),
    ],
)  # fmt: skip
def test_answers_of_the_api_have_their_codes(run: Run, monkeypatch: pytest.MonkeyPatch, status: int, code: int) -> None:
    errors = [{"path": "/note", "code": "type", "message": "It is no text."}]
    answer_by(monkeypatch, httpx.MockTransport(lambda _: problem(status, "It said no.", errors=errors)))
    environment = {"REGISTRY_API_URL": API_URL, "REGISTRY_TOKEN": "reg_a_b"}
    ran = run("publish", "--yes", "--json", **environment)
    assert (ran.code, ran.out) == (code, "")
    assert (ran.error["code"], ran.error["message"], ran.error["errors"]) == (code, "It said no.", errors)
    assert "  /note: It is no text.\n" in run("publish", "--yes", **environment).err


def test_what_is_no_api_is_3(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_by(monkeypatch, httpx.MockTransport(lambda _: httpx.Response(200, text="<h1>Hello</h1>")))
    ran = run("deploy", "x", REGISTRY_API_URL=API_URL, REGISTRY_TOKEN="reg_a_b")
    assert (ran.code, ran.err.splitlines()[1]) == (3, "Hint: REGISTRY_API_URL should end with /api/v1.")


def test_registry_that_is_refused_is_1_and_away_is_3(run: Run, url: str, registry: MemoryRegistry) -> None:
    assert run("list", url="http://127.0.0.1:9").code == 3
    registry.files["current.json"] = b"{}"
    assert run("list", "--json", url=url).error["name"] == "refused"


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"], ["list", "--url", "ftp://x"], ["list", "--url", "https://x?y"], ["nothing"], ["show"],
        ["list", "planets"],
        ["search", "--max-cost", "much"], ["diff", "0"], ["list", "--url", "https://x", "--keys", "/nothing"],
        ["publish"], ["publish", "--api-url", "example.com"], ["publish", "--api-url", "https://me:secret@example.com"],
    ],
)  # fmt: skip
def test_wrong_use_is_2_and_says_what_is_right(run: Run, arguments: list[str]) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Error: " in ran.err
    assert "Traceback" not in ran.err


def test_bug_is_70_without_a_traceback(run: Run, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry_client.cli.catalog.all_entries", lambda _: 1 // 0)
    ran = run("list", url=url)
    assert (ran.code, ran.err.splitlines()) == (
        70,
        [
            "Error: This is a fault of the command itself: ZeroDivisionError: integer division or modulo by zero",
            "Hint: REGISTRY_DEBUG=1 shows where; please report it.",
        ],
    )
    assert "Traceback" in run("list", url=url, REGISTRY_DEBUG="1").err


def test_option_goes_before_the_environment(run: Run, url: str, tmp_path: Path) -> None:
    assert run("list", "--url", url, REGISTRY_URL="http://127.0.0.1:9").code == 0
    assert run("list", url="", REGISTRY_URL=url).code == 0
    assert run("list", "--cache-dir", str(tmp_path / "mine"), url=url).code == 0
    assert ((tmp_path / "mine").exists(), (tmp_path / "cache").exists()) == (True, True)
    mirrored = run("list", url="http://127.0.0.1:9", REGISTRY_MIRRORS=f"http://127.0.0.1:9 {url}")
    assert mirrored.code == 0
    assert run("list", url=url, REGISTRY_TIMEOUT="0").code == 2


def test_keys_are_pinned_from_a_file(run: Run, url: str, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps([KEY.x]))
    assert run("list", "--keys", str(keys), url=url).code == 0
    keys.write_text(json.dumps(["11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"]))
    ran = run("list", "--no-cache", url=url, REGISTRY_KEYS=str(keys))
    assert (ran.code, "pass the new ones with --keys" in ran.err) == (1, True)
    for content in ("", "3", "[]", '["x"]'):
        keys.write_text(content)
        assert run("list", "--keys", str(keys), url=url).code == 2


def test_token_comes_from_environment_or_file_and_goes_nowhere_in_clear(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers.get("Authorization", ""))
        return httpx.Response(200, json=[])

    answer_by(monkeypatch, httpx.MockTransport(answer))
    file = tmp_path / "token"
    file.write_text("reg_file_x\n")
    run("deploy", "x", REGISTRY_API_URL=API_URL, REGISTRY_TOKEN_FILE=str(file))
    run("deploy", "x", REGISTRY_API_URL=API_URL, REGISTRY_TOKEN_FILE=str(file), REGISTRY_TOKEN="reg_env_x")
    assert sent == ["Bearer reg_file_x", "Bearer reg_env_x"]
    plain = {"REGISTRY_API_URL": "http://registry.example.com", "REGISTRY_TOKEN": "reg_a_b"}
    assert (run("deploy", "x", **plain).code, len(sent)) == (2, 2)
    assert run("deploy", "x", **plain, REGISTRY_ALLOW_HTTP="1").code == 4
    assert run("deploy", "x", REGISTRY_API_URL=API_URL).code == 5
    assert run("deploy", "x", REGISTRY_API_URL=API_URL, REGISTRY_TOKEN_FILE="/nothing").code == 7
    assert run("deploy", "x", REGISTRY_API_URL=API_URL, REGISTRY_TOKEN="a\nb").code == 2
    helps = [run(name, "--help").out for name in ("publish", "rollback", "deploy", "logs", "validate")]
    assert [text for text in helps if "--token" in text] == []


def test_terminal_gets_a_table_and_colours_and_a_pipe_neither(
    terminal: Start, process: Run, url: str, registry: MemoryRegistry
) -> None:
    shown = terminal("list", url=url)
    assert shown.end() == 0
    assert "\x1b[1mKey" in shown.text
    assert "\x1b[33mdeprecated" in shown.text
    assert "7 entries, serial 2" in shown.text
    plain = terminal("list", url=url, NO_COLOR="1")
    assert (plain.end(), "\x1b[3" in plain.text) == (0, False)
    piped = process("list", url=url)
    assert (piped.code, piped.err, "\x1b" in piped.out) == (0, "", False)


def test_long_values_are_wrapped_on_a_terminal_and_whole_in_a_pipe(
    terminal: Start, run: Run, url: str, registry: MemoryRegistry
) -> None:
    words = " ".join(f"word{number:03}" for number in range(60))
    registry.publish(provider_document("tina", description=words))
    shown = terminal("show", "tina", url=url, columns=40)
    assert shown.end() == 0
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", one)) for one in shown.text.splitlines()) <= 40
    assert re.findall(r"word\d{3}", shown.text) == words.split()
    assert f"description\t{words}\n" in run("show", "tina", url=url).out


def test_terminal_without_unicode_gets_escapes(process: Run, url: str, registry: MemoryRegistry) -> None:
    registry.publish(provider_document("tina", display_name="Tin\u00e4 \u2603"))
    ascii_only = {"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    ran = process("list", url=url, **ascii_only)
    assert (ran.code, "providers/cms/tina\tTin\\xe4 \\u2603" in ran.out) == (0, True)
    assert (
        json.loads(process("show", "tina", "--json", url=url, **ascii_only).out)["display_name"] == "Tin\u00e4 \u2603"
    )


def test_what_strangers_publish_cannot_act_on_a_terminal(run: Run, url: str, registry: MemoryRegistry) -> None:
    registry.publish(provider_document("tina", display_name="\x1b[2J\x1b]0;x\x07evil\u202e\ttab\nline\x9b31m"))
    fields = next(one for one in run("list", url=url).out.splitlines() if "/tina" in one).split("\t")
    assert fields[1] == "evil\\u202e tab line\\u009b31m"


def test_pipe_that_nobody_reads_ends_quietly(environment: dict[str, str], url: str, registry: MemoryRegistry) -> None:
    registry.publish(*(provider_document(f"p{number}", description="x" * 900) for number in range(200)))
    for arguments in (["list"], ["list", "--json"]):
        script = f"set -o pipefail; {' '.join(COMMAND)} {' '.join(arguments)} --url {url} | head -1"
        done = subprocess.run(
            ["bash", "-c", script], env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode in (0, 141), done.stderr, len(done.stdout.splitlines())) == (True, "", 1)
    code = f"import os, sys\nr, w = os.pipe()\nos.close(r)\nos.dup2(w, 1)\nsys.argv = ['r', 'list', '--url', '{url}']"
    closed = subprocess.run(
        [sys.executable, "-c", f"{code}\nfrom registry_client.cli.app import run; run()"],
        env=environment, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert (closed.returncode, closed.stderr) == (141, b"")


def test_errors_on_a_terminal_have_colours(terminal: Start) -> None:
    shown = terminal("publish", REGISTRY_API_URL="http://127.0.0.1:9", REGISTRY_TOKEN="reg_a_b")
    assert shown.end() == 3
    assert "\x1b[1;31mError: " in shown.text


def test_version_and_help(run: Run) -> None:
    assert run("--version").out.startswith("registry ")
    names = re.findall(r"^  ([a-z]+)  ", run("--help").out, re.MULTILINE)
    assert names == [
        "list", "show", "search", "stacks", "compare", "diff", "pull", "verify", "status", "validate", "publish",
        "rollback", "deploy", "logs", "cache",
    ]  # fmt: skip
    for name in names[:-1]:
        assert f"## `{name}`" in PAGE or f"`{name}`" in PAGE
        assert "--json" in run(name, "--help").out


def test_missing_packages_are_named(environment: dict[str, str]) -> None:
    code = "import sys; sys.modules[sys.argv[1]] = None; from registry_client.cli.start import main; main()"
    for name in ("typer", "rich"):
        done = subprocess.run(
            [sys.executable, "-c", code, name], env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (
            2,
            f"The command `registry` needs {name}: pip install 'registry-client[cli]'\n",
        )


def test_names_are_completed_from_the_cache_alone(run: Run, process: Run, url: str, registry: MemoryRegistry) -> None:
    def complete(words: str) -> list[str]:
        done = process(
            url=url, _REGISTRY_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(len(words.split(" ")) - 1)
        )
        return done.out.split()

    assert complete("registry show san") == []
    run("list", url=url)
    registry.files.clear()
    assert complete("registry show san") == ["sanity"]
    assert complete("registry compare sanity providers/cms/t") == ["providers/cms/tina"]
    assert complete("registry stacks f") == ["foundation"]
    assert complete("registry list p") == ["provider"]


def test_status_of_a_registry_and_of_a_copy(run: Run, url: str, registry: MemoryRegistry, tmp_path: Path) -> None:
    told = run("status", "--json", url=url).json
    run("list", url=url)
    assert (told["serial"], told["source"], told["signed"], told["error"]) == (2, "cdn", True, None)
    assert told["keys"] == {"source": "remembered", "kids": [KEY.kid]}
    assert set(told) == {
        "url", "mirrors", "serial", "source", "signed", "published_at", "age_seconds", "expires_at", "confirmed_at",
        "keys", "cache", "error",
    }  # fmt: skip
    assert told["cache"]["folder"].startswith(str(tmp_path / "cache"))
    registry.files["current.json"] = b"{}"
    ran = run("status", "--json", url=url)
    assert (ran.code, ran.json["serial"], ran.json["source"]) == (1, 2, "disk")
    away = run("status", url="http://127.0.0.1:9")
    assert (away.code, "Serial\tnone" in away.out) == (3, True)
    assert run("status", "--no-cache", "--json", url=url).json["cache"] is None


def test_cache_is_cleared_and_trust_is_kept_unless_forgotten(run: Run, url: str) -> None:
    run("list", url=url)
    ran = run("cache", "clear", "--json", url=url)
    assert (ran.code, ran.json["forgot"], ran.json["removed"] > 0) == (0, False, True)
    assert run("status", "--json", url=url).json["keys"]["kids"] == [KEY.kid]
    assert run("verify", "--json", url=url).json["keys"]["source"] == "remembered"
    assert run("cache", "clear", "--forget", url=url).code == 0
    assert run("verify", "--json", url=url).json["keys"]["source"] == "its own"
    assert run("cache", "clear", "--json", url=url).json["removed"] == 0


def test_folder_is_an_address_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = read_settings(url="tree", mirror=["https://x"], keys=None, cache_dir=None, no_cache=True, timeout=1.0)
    assert (settings.url, settings.mirrors, settings.cache_dir) == ((tmp_path / "tree").as_uri(), ("https://x",), None)


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["deploy", "--json"], "Missing argument 'SERVICE'.", "registry deploy --help shows what it takes."),
        (["list", "--json", "--nonsense"], "No such option: --nonsense", "registry list --help shows what it takes."),
        (["--json"], "No such option: --json", "registry --help shows what it takes."),
        (
            ["rollback", "--to-serial", "x", "--json"],
            "Invalid value for '--to-serial'",
            "registry rollback --help",
        ),
        (["nonsense", "--json"], "No such command 'nonsense'.", "registry --help shows what it takes."),
    ],
    ids=range(5),
)
def test_wrong_arguments_are_one_line_of_json(run: Run, arguments: list[str], message: str, hint: str) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out, ran.err.count("\n"), ran.error["code"], ran.error["name"]) == (2, "", 1, 2, "usage")
    assert message in ran.error["message"]
    assert ran.error["hint"].startswith(hint)


def test_wrong_arguments_are_said_to_people_as_ever(run: Run) -> None:
    assert run("deploy", "--", "--json").err.startswith("Error: ")
    assert "Missing argument 'SERVICE'" in run("deploy").err
