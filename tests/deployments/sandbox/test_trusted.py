import os
from pathlib import Path

import pytest

from deployments.contract import PermanentError
from deployments.sandbox.limits import Limits
from deployments.sandbox.memory import memory_of_descendants
from deployments.sandbox.processes import Watch
from deployments.sandbox.trusted import call_trusted

ENV = {"PATH": os.environ["PATH"]}
LIMITS = Limits(disk_left_bytes=1 << 20)


def quiet_watch() -> Watch:
    return Watch(lambda line: None, lambda: None, 30)


def test_tool_answers(tmp_path: Path) -> None:
    answer = call_trusted(["echo", "hi"], cwd=tmp_path, env=ENV, watch=quiet_watch(), work=tmp_path, limits=LIMITS)
    assert answer == "hi\n"


def test_tool_that_fills_its_folder_is_stopped(tmp_path: Path) -> None:
    limits = Limits(disk_left_bytes=1 << 20, disk_bytes=8 << 20)
    fill = "head -c 30000000 /dev/zero > big; sleep 30"
    with pytest.raises(PermanentError, match="it has written more than 8 MB"):
        call_trusted(["sh", "-c", fill], cwd=tmp_path, env=ENV, watch=quiet_watch(), work=tmp_path, limits=limits)


def test_memory_of_a_process_without_children_is_none() -> None:
    assert memory_of_descendants(2**22 + 1) == 0
