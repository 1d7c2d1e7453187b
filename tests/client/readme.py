"""Runs the Python blocks of a README: each expression with `# -> value` behind it must have that value.

By itself with nothing but the standard library, so that it also runs where the package alone is installed:
python readme.py README.md https://address KEY
"""

import ast
import re
import sys
from pathlib import Path

ADDRESS = "https://registry.example.com"
KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
EXPECTED = re.compile(r"^( *)(.*\S) +# -> (.*)$")


def run_examples(text: str, *, address: str, key: str) -> int:
    """How many values were compared. All blocks share their names, as a reader does who tries one after another."""
    compared: list[object] = []

    def expect(found: object, value: object) -> None:
        assert found == value, f"{found!r} is not {value!r}"
        compared.append(found)

    names: dict[str, object] = {"expect": expect}
    for block in BLOCK.findall(text.replace(ADDRESS, address).replace(KEY, key)):
        lines = [EXPECTED.sub(r"\1expect(\2, \3)", line) for line in block.splitlines()]
        exec(compile(ast.parse("\n".join(lines)), "README.md", "exec"), names)
    return len(compared)


if __name__ == "__main__":
    print(run_examples(Path(sys.argv[1]).read_text(encoding="utf-8"), address=sys.argv[2], key=sys.argv[3]))
