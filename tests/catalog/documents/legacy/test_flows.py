"""Whoever else holds the dictionary may change it: then it is not read, and the line is named."""

import pytest

from catalog.documents.legacy.modules import ModuleError, read_module


def read(text: str) -> object:
    return read_module(text.encode())


def refusal(text: str) -> str:
    with pytest.raises(ModuleError) as caught:
        read(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("class F:\n    STACK_METADATA = {'a': {'x': 1}}\nF.STACK_METADATA = {'a': {'x': 2}}\n", [3]),
        ("STACK_METADATA = {'a': {'x': 1}}\nM = STACK_METADATA\nM['a'] = {'x': 2}\n", [3]),
        ("STACK_METADATA = {'a': {'x': 1}}\nE = STACK_METADATA['a']\nE['x'] = 2\n", [3]),
        ("STACK_METADATA = {'a': {'x': 1}}\nE, *G = STACK_METADATA['a'], 1\nE |= {'x': 2}\n", [3]),
        ("STACK_METADATA = {'a': {'x': 1}}\nE = [e for e in STACK_METADATA.values()]\nE[0]['x'] = 2\n", [3]),
        ("STACK_METADATA = {'a': {'x': 1}}\nE = [e.update(x=2) for e in STACK_METADATA.values()]\n", [2]),
        ("STACK_METADATA = {'a': {'x': 1}}\nE = sorted(STACK_METADATA, key=patch)\n", [2]),
        ("STACK_METADATA = {'a': {'x': 1}}\nE = STACK_METADATA.get\n", [2]),
        ("STACK_METADATA = {'a': {'x': 1}}\nE = STACK_METADATA.pop('a')\n", [2]),
        ("def len(m):\n    m.clear()\nSTACK_METADATA = {'a': {'x': 1}}\nE = len(STACK_METADATA)\n", [4]),
        ("STACK_METADATA = {'a': {'x': 1}}\ndef f(len):\n    return len(STACK_METADATA)\n", [3]),
        ("from other import empty as len\nSTACK_METADATA = {'a': {'x': 1}}\nE = len(STACK_METADATA)\n", [3]),
        ("try:\n    g()\nexcept E as len:\n    1\nSTACK_METADATA = {'a': {'x': 1}}\nE = len(STACK_METADATA)\n", [6]),
        ("match A:\n    case [len]:\n        S = 1\nSTACK_METADATA = {'a': {'x': 1}}\nE = len(STACK_METADATA)\n", [5]),
        ("def p(m):\n    m['a']['x'] = 2\nSTACK_METADATA = {'a': {'x': 1}}\nDONE = p(STACK_METADATA)\n", [4]),
        ("STACK_METADATA = {'a': {'x': 1}}\ndef f():\n    return STACK_METADATA['a']\nE = f()\nE['x'] = 2\n", [5]),
        ("STACK_METADATA = {'a': {'x': 1}}\ndef f():\n    return STACK_METADATA['a']\nf()['x'] = 2\n", [4]),
        ("STACK_METADATA = {'a': {'x': 1}}\ndef f(m=STACK_METADATA):\n    m['a'] = 2\n", [2]),
        ("STACK_METADATA = {'a': {'x': 1}}\nclass A:\n    m = STACK_METADATA\nA.m['a'] = 2\n", [4]),
        ("STACK_METADATA = {'a': {'x': 1}}\nE = {}\nE['m'] = STACK_METADATA\n", [3]),
        ("STACK_METADATA = {'a': {'x': 1}}\nE = lambda: STACK_METADATA\n", [2]),
        ("class F:\n    STACK_METADATA = {'a': {'x': 1}}\nsetattr(F, 'STACK_METADATA', {})\n", [3]),
        ("class F:\n    STACK_METADATA = {'a': {'x': 1}}\nE = getattr(F, 'STACK_' + 'METADATA')\n", [3]),
        ("STACK_METADATA = {'a': {'x': 1}}\nglobals()['STACK_METADATA'] = {}\n", [2]),
        ("class F:\n    STACK_METADATA = {'a': {'x': 1}}\nE = F.__dict__\n", [3]),
        ("STACK_METADATA = {'a': {'x': 1}}\nfrom other import *\n", [2]),
        ("STACK_METADATA = {'a': {'x': 1}}\nfrom other import THIS as STACK_METADATA\n", [2]),
        ("BASE = {'x': 1}\nSTACK_METADATA = {'a': BASE}\nOTHER = BASE\nOTHER['x'] = 2\n", [4]),
        ("BASE = {'x': 1}\nSTACK_METADATA = {'a': BASE}\ndef f():\n    global BASE\n    BASE = 2\n", [4]),
        ("@dress\nclass F:\n    STACK_METADATA = {'a': {'x': 1}}\n", [1]),
        ("class F(metaclass=M):\n    class G:\n        STACK_METADATA = {'a': {'x': 1}}\n", [1]),
    ],
    ids=range(31),
)
def test_another_hand_on_the_dictionary_is_never_passed_over(text: str, lines: list[int]) -> None:
    found = {mistake.split("may be changed in line ")[1].split(" ")[0] for mistake in refusal(text).split("\n")}
    assert found == set(map(str, lines))


@pytest.mark.parametrize(
    "code",
    [
        "NAMES = sorted(STACK_METADATA)",
        "COSTS = {name: entry['x'] for name, entry in STACK_METADATA.items() if entry.get('x', 0) > 1}",
        "def get(name):\n    entry = STACK_METADATA.get(name) or {}\n    return entry\nONE = get('a')",
        "def names():\n    return [name.lower() for name in STACK_METADATA if name in BASE]",
        "def tell(name):\n    for key, value in STACK_METADATA[name].items():\n        print(f'{key}: {value}')",
        "def is_known(name):\n    return name in STACK_METADATA and bool(STACK_METADATA[name])",
        "ALIAS = STACK_METADATA",
        "PRICE = round(RATE)\nNAMES = tell(KINDS)",
        "from types import MappingProxyType\nFIXED = MappingProxyType(STACK_METADATA)",
        "TOLD = ', '.join(STACK_METADATA)",
        "__all__ = ['STACK_METADATA']",
        "E = getattr(os, 'environ')\nsetattr(os, 'other', 1)",
        "@dataclass(frozen=True)\nclass Other:\n    x: int = 1",
    ],
    ids=range(13),
)
def test_reading_the_dictionary_elsewhere_changes_nothing(code: str) -> None:
    start = "import os\nBASE = [1]\nRATE = 2\nKINDS = ('k', 'l')\n"
    made = "STACK_METADATA = {'a': {'x': BASE, 'y': RATE, 'z': KINDS}}\n"
    assert read(f"{start}{made}{code}\n") == {"a": {"x": [1], "y": 2, "z": ("k", "l")}}
