"""DynamoDB in a process of its own that counts capacity: dynalite, from npm. It knows no transactions."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from indexer.codec import Item
from indexer.errors import LostClaimError
from indexer.table import Action, Table

DYNALITE = "dynalite@4.0.0"
FOLDER = Path(__file__).resolve().parents[2] / "var" / "dynalite"
SERVER = """
const server = require("dynalite")({createTableMs: 0});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""


@dataclass(slots=True)
class WithoutTransactions(Table):
    """Sends the actions of a transaction one by one: for one writer alone, which nobody interrupts."""

    def transact(self, actions: Sequence[Action], *, check: Action) -> None:
        for action in (check, *actions):
            for kind, request in action.items():
                if not self._alone(kind, request):
                    raise LostClaimError("A condition of a transaction does not hold.")

    def _alone(self, kind: str, request: Item) -> bool:
        if kind == "ConditionCheck":
            # There is nothing to check when nobody else writes.
            return True
        operation = {"Put": "put_item", "Update": "update_item", "Delete": "delete_item"}[kind]
        return self._try(operation, **request)


@contextmanager
def running_dynamo() -> Iterator[str]:
    """The address of an empty DynamoDB on a free port of this machine; it ends with the block."""
    if shutil.which("npm") is None:
        sys.exit("No npm: install Debian's package npm.")
    if not (FOLDER / "node_modules" / "dynalite").exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-save", "--prefix", str(FOLDER), DYNALITE], check=True)
    environment = {**os.environ, "NODE_PATH": str(FOLDER / "node_modules")}
    with subprocess.Popen(["node", "--eval", SERVER], env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()
