"""Modules are read and never run; what cannot be read is named with its place, all of it."""

import os
from pathlib import Path

import pytest

from catalog.documents.legacy.modules import ModuleError, read_module
from catalog.documents.legacy.source import MAX_BYTES, read_dictionary
from tests.catalog.documents.legacy.platform_stack_factory import PlatformStackFactory

FACTORY = Path(__file__).parent / "platform_stack_factory.py"
RUN = "is not read, because nothing is run; write the value here."


def read(text: str) -> object:
    return read_module(text.encode())


def refusal(text: str | bytes) -> str:
    with pytest.raises(ModuleError) as caught:
        read_module(text if isinstance(text, bytes) else text.encode())
    return str(caught.value)


def test_reading_a_module_gives_what_running_it_gives() -> None:
    assert read_module(FACTORY.read_bytes()) == PlatformStackFactory.STACK_METADATA


def test_everything_that_is_understood_gives_what_python_gives() -> None:
    text = """
from types import MappingProxyType
ONE, TWO = 1, 2
A = B = ["x"]
C: list[str] = ["y"] + A
BASE = {"p": 1, **{"q": -2.5}}
class Outer:
    D = ("z",)
    class Inner:
        E = {"i": True}
        STACK_METADATA: dict = MappingProxyType({
            "a": [*A, *B, *C], "b": (1, +2), "c": {1, 2}, "d": set(["m", "n"]), "e": frozenset(), "f": tuple(A),
            "g": list(("k",)), "h": dict(BASE, r=3, **E), "i": dict([("s", 4)]) if False else None,
            "j": "v" "w" + "x", "k": 3 * 4 + 2 - 1, "l": 7 // 2, "m": 7 / 2, "n": BASE | {"t": None},
        })
""".replace('"i": dict([("s", 4)]) if False else None,', "")
    namespace: dict[str, object] = {}
    exec(text, namespace)  # the text above, to compare with

    assert read(text) == namespace["Outer"].Inner.STACK_METADATA  # type: ignore[attr-defined]


def test_windows_line_ends_and_a_byte_order_mark_are_read() -> None:
    assert read_module(b"\xef\xbb\xbfA = 1\r\nSTACK_METADATA = {'a': A}\r\n") == {"a": 1}


def test_every_place_that_is_not_read_is_named() -> None:
    text = """import os
from other import THERE
TWICE = 1
TWICE = 2
SELF = [SELF]
STACK_METADATA = {
    "é": os.getenv("X"), "b": [x for x in range(3)], "c": f"{os}", "d": os.sep,
    "e": __import__("os").system("true"), "f": THERE, "g": TWICE, "h": SELF, "i": nowhere, "j": LATER,
    "k": 1 if True else 2, "l": THERE[0], "m": b"bytes", "n": {[]: 1}, "o": {1, []}, **5, "p": [*5],
    "q": "x" * 3, "r": 2 ** 9, "s": 1 / 0, "t": set([1], [2]), "u": dict(5), "v": lambda: 1,
    "w": {"same": 1, "same": 2},
}
LATER = 1
"""
    assert refusal(text).split("\n") == [
        "5:9: SELF is made of itself.",
        f"7:10: The call of os.getenv() {RUN}",
        f"7:31: A comprehension {RUN}",
        f"7:59: A text with values in it (f-string) {RUN}",
        f"7:73: os.sep {RUN}",
        f"8:10: The call of (...).system() {RUN}",
        "8:48: THERE is not bound to a written value (line 2); write the value here.",
        "8:60: TWICE is bound more than once (lines 3, 4).",
        "8:83: nowhere is not known in this module; write its value here.",
        "8:97: LATER is bound below its use (line 13).",
        f"9:10: A choice (if ... else) {RUN}",
        f"9:33: A part of something else (square brackets) {RUN}",
        f"9:48: A value of this type {RUN}",
        "9:64: A key must be a text or a number.",
        "9:77: A list or dict cannot stand in a set.",
        "9:88: This is no dict, so it cannot be unpacked.",
        "9:98: This is no list, so it cannot be unpacked.",
        "10:10: This operator is not read between these values; write the result here.",
        "10:24: This operator is not read between these values; write the result here.",
        "10:37: This divides by zero.",
        "10:49: set() is read with one argument here.",
        "10:74: This is no dict, so it cannot be unpacked.",
        f"10:83: A function {RUN}",
        "11:22: The key 'same' stands here twice; Python keeps only the last.",
    ]


def test_nothing_is_ever_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "system", pytest.fail)
    for text in (
        "import os\nos.system('touch ran')\nSTACK_METADATA = {'a': 1}",
        "open('ran', 'w')\nSTACK_METADATA = {'a': 1}",
        "class A:\n    open('ran', 'w')\n    STACK_METADATA = {'a': 1}",
    ):
        assert read(text) == {"a": 1}
    assert "may be changed in line 1" in refusal("@open('ran', 'w').write\nclass A:\n    STACK_METADATA = {'a': 1}")
    for text in (
        "STACK_METADATA = {'a': open('ran', 'w')}",
        "STACK_METADATA = {'a': __import__('os').system('touch ran')}",
        "STACK_METADATA = {'a': [open(name, 'w') for name in ('ran',)]}",
        "STACK_METADATA = eval(\"open('ran', 'w')\")",
        "set = open\nSTACK_METADATA = {'a': set('ran')}",
        "from os import system as list\nSTACK_METADATA = {'a': list('touch ran')}",
        "class A:\n    STACK_METADATA = (lambda: open('ran', 'w'))()",
    ):
        assert RUN in refusal(text)

    assert list(tmp_path.iterdir()) == []


def test_what_would_grow_or_sink_too_far_is_refused() -> None:
    doubled = "".join(f"a{at + 1} = a{at} + a{at}\n" for at in range(30)) + "STACK_METADATA = {'a': a30}"
    nested = "".join(f"a{at + 1} = [a{at}, a{at}]\n" for at in range(30)) + "STACK_METADATA = {'a': a30}"
    deep = "The module is nested too deeply to be read."
    operator = "This operator is not read between these values; write the result here."
    cases = {
        "STACK_METADATA = [0] * 10**9": f"1:24: {operator}",
        "STACK_METADATA = {'a': 'x' * 10**9}": f"1:30: {operator}",
        "STACK_METADATA = {'a': 10**10**10}": f"1:28: {operator}",
        "STACK_METADATA = {'a': 999999999999 * 999999999999}": "1:24: This number is too large.",
        f"a0 = 'xxxxxxxxxx'\n{doubled}": "15:13: What is written here becomes too large.",
        f"a0 = ['x']\n{doubled}": "16:13: What is written here becomes too large.",
        f"a0 = ['x']\n{nested}": "18:13: What is written here becomes too large.",
        f"STACK_METADATA = {{'a': {'1 + ' * 400}1}}": "1:24: This is nested more than 100 levels deep.",
        f"STACK_METADATA = {'dict(' * 150}{')' * 150}": "1:518: This is nested more than 100 levels deep.",
        f"STACK_METADATA = {'-' * 20_000}1": f"1:1: {deep}",
        f"STACK_METADATA = {'not ' * 20_000}1": f"1:1: {deep}",
        f"STACK_METADATA = a{'.b' * 20_000}": f"1:1: {deep}",
        f"STACK_METADATA = f{'()' * 20_000}": f"1:1: {deep}",
        f"STACK_METADATA = {'1+' * 20_000}1": f"1:1: {deep}",
        f"STACK_METADATA = {'[' * 20_000}": "1:218: This is no Python: too many nested parentheses.",
        f"STACK_METADATA = {'9' * 5_000}": "1:1: This is no Python: a number in it is too long.",
    }
    found = {text: refusal(text) for text in cases}
    wrong = {text[:60]: (found[text][:200], wanted) for text, wanted in cases.items() if found[text] != wanted}

    assert wrong == {}


def test_what_is_no_text_in_utf_8_is_refused() -> None:
    save = "save the module in that encoding."
    assert [
        refusal(b"A = 1\nSTACK_METADATA = {'a': '\xff'}"),
        refusal(b"# -*- coding: latin-1 -*-\nSTACK_METADATA = {'a': '\xe9'}"),
        refusal("STACK_METADATA = {}".encode("utf-16")),
        refusal(b"# coding: no-such\n"),
        refusal(b"A = 1\nB = '\0'"),
    ] == [
        f"2:1: This is not UTF-8; {save}",
        "1:1: The module says that it is in iso-8859-1; save it as UTF-8.",
        "1:1: This is no text: NUL bytes.",
        f"1:1: This is not UTF-8; {save}",
        "2:1: This is no text: NUL bytes.",
    ]


def test_wrong_python_is_refused_with_its_place() -> None:
    assert [
        refusal("A = 1\nSTACK_METADATA = {'a' 1}"),
        refusal("STACK_METADATA = {'a': [1, 2\n"),
        refusal(""),
        refusal("def f():\n    STACK_METADATA = {}"),
        refusal("STACK_METADATA = {}\nclass A:\n    STACK_METADATA = {}"),
        refusal("STACK_METADATA: dict"),
    ] == [
        "2:19: This is no Python: invalid syntax. Perhaps you forgot a comma?",
        "1:24: This is no Python: '[' was never closed.",
        "1:1: There is no STACK_METADATA at the top of the module or of a class.",
        "2:5: STACK_METADATA is made within other code; write it at the top of the module or of a class.",
        "1:1: STACK_METADATA is made more than once (also in line 3); leave one of them in the file.",
        "1:1: STACK_METADATA is made within other code; write it at the top of the module or of a class.",
    ]


def test_code_that_changes_the_dictionary_is_never_passed_over() -> None:
    after = {
        'STACK_METADATA["b"] = {}': True,
        'STACK_METADATA["a"]["x"] = 1': True,
        "STACK_METADATA.update(b=1)": True,
        'STACK_METADATA["a"].pop("x")': True,
        'STACK_METADATA.get("a").clear()': True,
        'del STACK_METADATA["a"]': True,
        "STACK_METADATA |= {}": True,
        "Factory.STACK_METADATA['b'] = 1": True,
        "for each in STACK_METADATA.values(): each['x'] = 1": True,
        "enrich(STACK_METADATA)": True,
        "if True: enrich(STACK_METADATA)": True,
        "BASE.append(1)": True,
        "def f(): STACK_METADATA['b'] = 1": True,
        "def f(): return STACK_METADATA['a']": False,
        "COUNT = len(STACK_METADATA)": False,
        "UNUSED.append(1)": False,
    }
    found = {}
    for code in after:
        try:
            read(f"BASE = [1]\nUNUSED = []\nSTACK_METADATA = {{'a': BASE}}\n{code}\n")
            found[code] = False
        except ModuleError as error:
            found[code] = str(error).endswith("may be changed in line 4 after it was made; write its final value.")

    assert found == after


def test_json_is_told_by_its_name_or_its_beginning() -> None:
    wrapped = b'{"STACK_METADATA": {"a": {"b": [1, 2]}}}'

    assert read_dictionary(wrapped, file_name="any.JSON") == {"a": {"b": [1, 2]}}
    assert read_dictionary(b'\n{"a": {}}', file_name="-") == {"a": {}}
    assert read_dictionary(b"STACK_METADATA = {'a': {}}", file_name="-") == {"a": {}}


def test_wrong_json_and_too_large_files_are_refused() -> None:
    def refused(content: bytes, file_name: str) -> str:
        with pytest.raises(ModuleError) as caught:
            read_dictionary(content, file_name=file_name)
        return str(caught.value)

    assert [
        refused(b'{"a": 1,\n "b" 2}', "a.json"),
        refused(b'{"a": 1, "a": 2}', "a.json"),
        refused(b'{"a": NaN}', "a.json"),
        refused(b"x" * 10_000_000, "a.py"),
        refused(b" " * (MAX_BYTES + 1), "a.json"),
    ] == [
        "2:6: This is no JSON: Expecting ':' delimiter.",
        "1:1: This is no JSON: 'a' stands twice in one object.",
        "1:1: This is no JSON: NaN is no number of JSON.",
        "1:1: The file has more than 1 MB, which no dictionary has that people wrote.",
        "1:1: The file has more than 1 MB, which no dictionary has that people wrote.",
    ]
