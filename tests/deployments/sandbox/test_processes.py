import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from deployments.contract import CalledError, PermanentError, StoppedError
from deployments.sandbox.processes import Watch, call_program, describe_status, run_program
from tests.deployments.sandbox.boxes import stop_after

ENV = {"PATH": os.environ["PATH"]}


def go_on() -> None:
    """Nobody stops it."""


def watch(lines: list[str], **changes: Any) -> Watch:
    return Watch(**{"on_line": lines.append, "check": go_on, "timeout_seconds": 20, "grace_seconds": 0.3, **changes})


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def is_running(number: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def numbers_in(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().split()]


def test_program_gives_both_outputs_by_lines_and_its_status(tmp_path: Path) -> None:
    lines: list[str] = []
    status = run_program(
        ["sh", "-c", "echo one; echo two >&2; printf three; exit 3"], cwd=tmp_path, env=ENV, watch=watch(lines)
    )
    assert (status, lines) == (3, ["one", "two", "three"])


def test_program_sees_this_environment_and_folder_only(tmp_path: Path) -> None:
    lines: list[str] = []
    run_program(["sh", "-c", "pwd; env"], cwd=tmp_path, env={**ENV, "WORD": "a b"}, watch=watch(lines))
    names = {line.partition("=")[0] for line in lines[1:]}
    assert (lines[0], "WORD=a b" in lines, names) == (
        str(tmp_path),
        True,
        {"PATH", "PWD", "WORD", "REGISTRY_RUN"} | names & {"SHLVL", "_", "OLDPWD"},
    )


def test_lines_come_while_the_program_still_runs(tmp_path: Path) -> None:
    # It waits for a file that is made when its first line is here.
    run_program(
        ["sh", "-c", "echo first; while [ ! -e go ]; do sleep 0.05; done"],
        cwd=tmp_path,
        env=ENV,
        watch=watch([], on_line=lambda line: (tmp_path / "go").touch()),
    )
    assert (tmp_path / "go").exists()


def test_endless_output_is_cut_and_says_so(tmp_path: Path) -> None:
    lines: list[str] = []
    with pytest.raises(StoppedError):
        run_program(["yes"], cwd=tmp_path, env=ENV, watch=watch(lines, most_lines=100, check=stop_after(0.4)))
    assert lines == ["y"] * 100 + ["[truncated: the rest of the output is left out]"]


def test_noisy_program_is_not_asked_about_more_often(tmp_path: Path) -> None:
    asked: list[int] = []

    def check() -> None:
        asked.append(1)
        if len(asked) == 3:
            raise StoppedError

    started = time.monotonic()
    with pytest.raises(StoppedError):
        run_program(["yes"], cwd=tmp_path, env=ENV, watch=watch([], check=check))
    assert time.monotonic() - started >= 0.5


def test_output_without_an_end_of_line_is_cut_by_bytes(tmp_path: Path) -> None:
    lines: list[str] = []
    run_program(python("print('x' * 10_000, end='')"), cwd=tmp_path, env=ENV, watch=watch(lines, most_bytes=9_000))
    assert [len(line) for line in lines[:-1]] == [4_000, 4_000, 1_000]
    assert lines[-1].startswith("[truncated")


def test_colours_and_progress_bars_and_nulls_are_not_kept(tmp_path: Path) -> None:
    lines: list[str] = []
    code = r"import sys; sys.stdout.buffer.write(b'\x1b[31mred\x1b[0m\n10%\r50%\r100%\nnull\x00\n\xff\r\n')"
    run_program(python(code), cwd=tmp_path, env=ENV, watch=watch(lines))
    assert lines == ["red", "100%", "null", "\ufffd"]


def test_stopped_program_ends_at_once(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(StoppedError):
        run_program(["sleep", "60"], cwd=tmp_path, env=ENV, watch=watch([], check=stop_after(0)))
    assert time.monotonic() - started < 10


def test_program_that_takes_too_long_is_stopped_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="sleep was stopped after 0 seconds") as caught:
        run_program(["sleep", "60"], cwd=tmp_path, env=ENV, watch=watch([], timeout_seconds=0.1))
    assert caught.value.hint == "Make it faster, or ask for more time."


@pytest.mark.parametrize("argv", [["yes"], ["sleep", "60"]])
def test_program_that_is_cut_off_with_all_the_work_says_that(argv: list[str], tmp_path: Path) -> None:
    ends_at = time.monotonic() + 0.6

    def check() -> None:
        if time.monotonic() >= ends_at:
            raise StoppedError("timeout")

    for _ in range(3):
        left = (ends_at := time.monotonic() + 0.6) - time.monotonic()
        with pytest.raises(StoppedError):
            run_program(argv, cwd=tmp_path, env=ENV, watch=watch([], check=check, timeout_seconds=left, most_lines=9))


def test_program_that_ignores_term_is_killed(tmp_path: Path) -> None:
    code = f"trap '' TERM; echo $$ > {tmp_path}/numbers; while :; do sleep 0.05; done"
    with pytest.raises(StoppedError):
        run_program(["sh", "-c", code], cwd=tmp_path, env=ENV, watch=watch([], check=stop_after(0.2)))
    assert [is_running(each) for each in numbers_in(tmp_path / "numbers")] == [False]


def test_program_may_tidy_up_when_it_is_asked_to_end(tmp_path: Path) -> None:
    code = "trap 'touch tidied; exit' TERM; while :; do sleep 0.05; done"
    with pytest.raises(StoppedError):
        run_program(["sh", "-c", code], cwd=tmp_path, env=ENV, watch=watch([], check=stop_after(0.2), grace_seconds=2))
    assert (tmp_path / "tidied").exists()


def test_children_left_in_the_background_are_killed_and_not_waited_for(tmp_path: Path) -> None:
    started = time.monotonic()
    code = f"sleep 60 & echo $! > {tmp_path}/numbers; echo done"
    lines: list[str] = []
    status = run_program(["sh", "-c", code], cwd=tmp_path, env=ENV, watch=watch(lines))
    assert (status, lines, time.monotonic() - started < 10) == (0, ["done"], True)
    assert [is_running(each) for each in numbers_in(tmp_path / "numbers")] == [False]


def test_child_in_the_background_that_writes_for_ever_is_killed_too(tmp_path: Path) -> None:
    started = time.monotonic()
    lines: list[str] = []
    assert run_program(["sh", "-c", "yes & sleep 0.5"], cwd=tmp_path, env=ENV, watch=watch(lines, most_lines=10)) == 0
    assert (lines[0], len(lines), time.monotonic() - started < 10) == ("y", 11, True)


def test_daemon_in_a_session_of_its_own_is_killed(tmp_path: Path) -> None:
    code = f"""
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        open({str(tmp_path / "numbers")!r}, "w").write(str(os.getpid()))
        for descriptor in (0, 1, 2): os.close(descriptor)
        time.sleep(60)
    os._exit(0)
while not os.path.exists({str(tmp_path / "numbers")!r}): time.sleep(0.01)
time.sleep(0.1)
"""
    assert run_program(python(code), cwd=tmp_path, env=ENV, watch=watch([])) == 0
    assert [is_running(each) for each in numbers_in(tmp_path / "numbers")] == [False]


def test_failing_reader_of_lines_ends_the_program(tmp_path: Path) -> None:
    def fail(line: str) -> None:
        (tmp_path / "numbers").write_text(line)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_program(["sh", "-c", "echo $$; exec sleep 60"], cwd=tmp_path, env=ENV, watch=watch([], on_line=fail))
    assert [is_running(each) for each in numbers_in(tmp_path / "numbers")] == [False]


def test_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="no-such-tool cannot be started: No such file or directory"):
        run_program(["no-such-tool"], cwd=tmp_path, env=ENV, watch=watch([]))


def test_call_answers_with_standard_output_and_logs_the_other(tmp_path: Path) -> None:
    lines: list[str] = []
    answer = call_program(["sh", "-c", "echo answer; echo note >&2"], cwd=tmp_path, env=ENV, watch=watch(lines))
    assert (answer, lines) == ("answer\n", ["note"])


def test_call_that_fails_says_how_and_what_was_said(tmp_path: Path) -> None:
    with pytest.raises(CalledError, match=r"^sh ended with status 7\.$") as caught:
        call_program(["sh", "-c", "echo why >&2; exit 7"], cwd=tmp_path, env=ENV, watch=watch([]))
    assert (caught.value.status, caught.value.error_output) == (7, "why")


def test_call_of_a_missing_tool_is_a_permanent_error(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="no-such-tool cannot be started"):
        call_program(["no-such-tool"], cwd=tmp_path, env=ENV, watch=watch([]))


def test_call_with_an_endless_answer_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="more than 16 MB"):
        call_program(["yes"], cwd=tmp_path, env=ENV, watch=watch([]))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (1, "ended with status 1"),
        (255, "ended with status 255"),
        (-15, "was ended by signal 15"),
        (143, "was ended by signal 15"),
        (137, "was killed: it used too much processor time or memory"),
        (-25, "wrote a file that is too large"),
    ],
)
def test_status_is_described(status: int, words: str) -> None:
    assert describe_status(status) == words
