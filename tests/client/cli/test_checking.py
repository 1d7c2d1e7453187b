"""`validate` against the real API in this process."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.cli.apis import API_URL, answer_by, real_api
from tests.client.cli.conftest import Ran, Run
from tests.factories import SANITY, provider_document, publish, save

pytestmark = pytest.mark.django_db
SCHEMA = {"type": "object", "properties": {"port": {"type": "integer"}}, "required": ["port"]}


class Validate:
    def __init__(self, run: Run) -> None:
        self._run = run

    def __call__(self, *arguments: str, typed: str = "") -> Ran:
        return self._run("validate", *arguments, typed=typed, REGISTRY_API_URL=API_URL)


@pytest.fixture
def validate(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Validate]:
    with real_api() as web:
        answer_by(monkeypatch, web)
        yield Validate(run)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "documents"
    (made / "cms").mkdir(parents=True)
    (made / "cms" / "good.json").write_text(json.dumps({**SANITY, "serial": 1, "last_updated": "2030-01-01T00:00:00Z"}))
    return made


def test_folder_of_documents(validate: Validate, folder: Path) -> None:
    good, bad = folder / "cms/good.json", folder / "cms/bad.json"
    ran = validate(str(folder))
    assert (ran.code, ran.out, ran.err) == (0, f"{good}: valid (provider)\n", "")
    bad.write_text(json.dumps({**SANITY, "provider_name": "Not A Slug"}))
    ran = validate(str(folder), "--json")
    assert (ran.code, ran.json["valid"]) == (1, False)
    assert ran.json["files"][1] == {
        "file": str(good), "valid": True, "judged_as": "provider", "errors": [], "warnings": [],
    }  # fmt: skip
    assert [error["path"] for error in ran.json["files"][0]["errors"]] == ["/provider_name"]
    assert f"{bad}: /provider_name error: " in validate(str(folder)).out


def test_config_of_an_entry(validate: Validate) -> None:
    save("provider", provider_document("tina", config_schema=SCHEMA))
    publish()
    for name in ("tina", "cms/tina", "providers/cms/tina"):
        assert validate("--config-of", name, "-", typed='{"port": 1}').code == 0
    ran = validate("--config-of", "providers/cms/tina", "-", "--json", typed='{"port": "x"}')
    assert (ran.code, ran.json["files"][0]["judged_as"]) == (1, "providers/cms/tina")
    assert [error["path"] for error in ran.json["files"][0]["errors"]] == ["/port"]
    assert validate("--config-of", "providers/cms/gone", "-", typed="{}").code == 4
    assert validate("--config-of", "../../admin", "-", typed="{}").code == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "It is no JSON: Expecting value at line 1, column 1."),
        (b"[]", "It is no JSON object."),
        (b'{"a": NaN}', "NaN is no JSON."),
        (b'{"a": -1e999}', "-1e999 is a larger number than programs can hold."),
        (rb'{"a": ["\ud800"]}', "It has half of a character: \\ud800."),
        (rb'{"\udfff": 1}', "It has half of a character: \\udfff."),
        (b'{"a": 1, "a": 2}', "It has 'a' twice in one object."),
        (b"\xff\xfe", "It is no UTF-8: invalid start byte at byte 0."),
        (b"[" * 100_000, "It is nested too deeply."),
        (b'{"a": "' + b"x" * 1_000_000 + b'"}', "It has more than 1,000,000 bytes."),
        (b"{}", "What is this? A document has a provider_name"),
    ],
)
def test_files_that_are_no_documents(validate: Validate, folder: Path, content: bytes, message: str) -> None:
    (folder / "bad.json").write_bytes(content)
    ran = validate(str(folder), "--json")
    files = {Path(one["file"]).name: one for one in ran.json["files"]}
    assert (ran.code, files["good.json"]["valid"]) == (1, True)
    assert files["bad.json"]["errors"][0]["message"].startswith(message)


def test_files_that_are_not_there(validate: Validate, folder: Path) -> None:
    assert validate(str(folder / "nothing.json")).code == 4
    (folder / "cms/good.json").unlink()
    assert validate(str(folder)).code == 4
    assert validate().code == 2
