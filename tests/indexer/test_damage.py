"""A tree that is not what its pointer says, or another registry's, leaves the index as it was and says why."""

import pytest

from catalog.publishing.stores.configured import open_store
from indexer.errors import DamagedTreeError
from indexer.state import read_state
from indexer.table import Table
from indexer.tree import Tree
from indexer.upkeep import keep_up
from tests.indexer.tables import answers, everything
from tests.indexer.test_upkeep import publish_three_changes, publish_two

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        ("current.json", None, "current.json is missing."),
        ("current.json", b"{", "current.json is no pointer: JSONDecodeError"),
        ("current.json", b"[]", "current.json is no pointer: TypeError"),
        ("current.json", b'{"payload": "e30"}', "current.json is no pointer: KeyError: 'serial'"),
        ("snapshots/", b"{}", "its digest is not the one that names it."),
        ("snapshots/", None, " is missing."),
        ("index/", b"{}", "its digest is not the one that names it."),
        ("objects/", None, " is missing."),
        ("providers/cms/changed.json", b"[]", "changed.json is no JSON object."),
        ("providers/cms/changed.json", b'{"serial": 2}', "is not the document that serial 2 published."),
    ],
)
def test_damaged_tree_leaves_the_index_as_it_was_and_says_why(
    path: str, content: bytes | None, message: str, table: Table, tree: Tree
) -> None:
    publish_two()
    keep_up(table, tree)
    before = answers(table)
    publish_three_changes()

    def fetch(asked: str) -> bytes | None:
        return content if asked.startswith(path) else tree.fetch(asked)

    with pytest.raises(DamagedTreeError) as refused:
        keep_up(table, Tree(fetch))

    state = read_state(table)
    assert state is not None
    assert message in str(refused.value)
    assert (answers(table), state.serial, state.trouble) == (before, 1, str(refused.value))


def test_table_of_another_registry_is_not_touched(table: Table, tree: Tree) -> None:
    publish_two()
    early = {path: open_store().get(path).content for path in ("current.json",)}  # type: ignore[union-attr]
    publish_three_changes()
    keep_up(table, tree)
    before = everything(table)

    with pytest.raises(DamagedTreeError, match="do not belong together"):
        keep_up(table, Tree(lambda path: early.get(path) or tree.fetch(path)))
    assert [item for item in everything(table) if item["pk"] != "index"] == [
        item for item in before if item["pk"] != "index"
    ]
