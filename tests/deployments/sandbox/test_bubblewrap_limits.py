import time
from dataclasses import replace

import pytest

from deployments.contract import PermanentError, StoppedError, TransientError
from tests.deployments.sandbox.boxes import LIMITS, Box, processes_of, stop_after
from tests.deployments.tools import needs_sandbox

pytestmark = [pytest.mark.tools, needs_sandbox]


MEGABYTE = 1 << 20


def test_fork_bomb_is_held_and_ends_with_the_run(box: Box) -> None:
    box.check = stop_after(1.5)
    with pytest.raises((StoppedError, PermanentError)):
        box.run("bomb() { bomb | bomb & }; bomb; sleep 9.7003", limits=replace(LIMITS, processes=100))
    assert processes_of("9.7003") == []


def test_stopped_run_leaves_no_process_that_ignores_term(box: Box) -> None:
    box.check = stop_after(0.3)
    started = time.monotonic()
    with pytest.raises(StoppedError):
        box.run("trap '' TERM HUP INT; (setsid sh -c \"trap '' TERM; sleep 9.7004\" &) ; sleep 9.7004")
    assert (processes_of("9.7004"), time.monotonic() - started < 8) == ([], True)


def test_background_programs_end_with_the_run(box: Box) -> None:
    box.run("setsid sleep 9.7005 & echo done")
    assert processes_of("9.7005") == []


def test_endless_output_is_cut(box: Box) -> None:
    box.check = stop_after(0.5)
    with pytest.raises(StoppedError):
        box.run("yes")
    assert (len(box.lines), box.lines[-1]) == (20_001, "[truncated: the rest of the output is left out]")


def test_large_file_is_refused(box: Box) -> None:
    with pytest.raises(PermanentError, match="dd wrote a file that is too large"):
        box.run_program(
            ["dd", "if=/dev/zero", "of=big", "bs=1M", "count=20"], limits=replace(LIMITS, file_bytes=8 * MEGABYTE)
        )
    assert (box.folder / "big").stat().st_size == 8 * MEGABYTE


def test_filler_of_the_disk_is_stopped(box: Box) -> None:
    with pytest.raises(PermanentError, match="it has written more than 64 MB") as caught:
        box.run(
            "i=0; while :; do i=$((i+1)); dd if=/dev/zero of=f$i bs=1M count=8 2>/dev/null; sleep 0.02; done",
            limits=replace(LIMITS, disk_bytes=64 * MEGABYTE),
        )
    assert "REGISTRY_SANDBOX_DISK_MEGABYTES" in caught.value.hint


def test_maker_of_many_files_is_stopped(box: Box) -> None:
    code = "import os\nfor n in range(10**7): os.mkdir(str(n))"
    with pytest.raises(PermanentError, match="more than 2,000 files and folders"):
        box.run_program(["/usr/bin/python3", "-c", code], limits=replace(LIMITS, disk_entries=2_000))


def test_full_disk_stops_the_build_for_now(box: Box) -> None:
    with pytest.raises(TransientError, match="disk is nearly full"):
        box.run("sleep 9", limits=replace(LIMITS, disk_left_bytes=1 << 60))


@pytest.mark.parametrize("place", ["/tmp", "/dev/shm"])
def test_memory_behind_temporary_files_has_a_limit(box: Box, place: str) -> None:
    lines = box.run(
        f"head -c 9000000 /dev/zero > {place}/big; stat -c %s {place}/big",
        limits=replace(LIMITS, temporary_bytes=MEGABYTE),
    )
    assert lines[-1] == str(MEGABYTE)


def test_processor_time_has_a_limit(box: Box) -> None:
    with pytest.raises(PermanentError, match="sh was killed: it used too much processor time or memory"):
        box.run("while :; do :; done", limits=replace(LIMITS, cpu_seconds=1))


def test_program_that_takes_too_long_is_stopped_by_its_name(box: Box) -> None:
    box.timeout_seconds = 0.3
    with pytest.raises(PermanentError, match="sleep was stopped after"):
        box.run_program(["sleep", "9"])


def test_hog_of_memory_is_stopped(box: Box) -> None:
    code = "import time\nkept = []\nwhile True:\n    kept.append(b'x' * 4_000_000)\n    time.sleep(0.01)"
    with pytest.raises(PermanentError, match="it has used more than 100 MB of memory"):
        box.run_program(["/usr/bin/python3", "-c", code], limits=replace(LIMITS, memory_bytes=100 * MEGABYTE))


def test_memory_of_all_processes_counts_together(box: Box) -> None:
    code = "import time; kept = b'x' * 40_000_000; time.sleep(9)"
    with pytest.raises(PermanentError, match="it has used more than 100 MB of memory"):
        box.run(
            'for n in 1 2 3 4; do (python3 -c "$CODE" &) ; done; sleep 9',
            env={"CODE": code},
            limits=replace(LIMITS, memory_bytes=100 * MEGABYTE),
        )
