import socket
import subprocess
from pathlib import Path

import pytest

from deployments.contract import PermanentError
from tests.deployments.sandbox.boxes import Box, processes_of
from tests.deployments.tools import needs_sandbox

pytestmark = [pytest.mark.tools, needs_sandbox]


def test_program_writes_to_its_folders_and_sees_the_readable_ones(box: Box, tmp_path: Path) -> None:
    out, words = tmp_path / "out", tmp_path / "words"
    out.mkdir()
    words.mkdir()
    (words / "word").write_text("hello")
    with pytest.raises(PermanentError, match="sh ended with status 1"):
        box.run(
            f"cat {words}/word > {out}/copy; cp {words}/word here; touch {words}/new", writable=[out], readable=[words]
        )
    assert ((out / "copy").read_text(), (box.folder / "here").read_text(), (words / "new").exists()) == (
        "hello",
        "hello",
        False,
    )
    assert box.lines == [f"touch: cannot touch '{words}/new': Read-only file system"]


def test_program_has_no_rights_and_is_not_root(box: Box) -> None:
    user, *lines = box.run("id -u; grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status; hostname; echo $HOME; pwd")
    nothing = "0" * 16
    assert (user != "0", lines) == (
        True,
        [f"CapEff:\t{nothing}", f"CapBnd:\t{nothing}", "NoNewPrivs:\t1", "build", "/tmp", str(box.folder)],
    )


def test_files_of_this_host_are_not_there(box: Box, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    home = Path.home()
    lines = box.run(
        f"ls -A / /etc {home} {tmp_path} /var /home 2>&1; cat /etc/passwd /etc/shadow {tmp_path}/secret 2>&1; true"
    )
    text = "\n".join(lines)
    assert ("secret: No such file" in text, "/etc/shadow: No such file" in text, f"{home}': No such file" in text) == (
        True,
    ) * 3
    assert [line for line in lines if line.startswith(("daemon:", "root:"))] == ["root:x:0:0:root:/:/bin/sh"]


def test_links_in_the_source_lead_nowhere(box: Box) -> None:
    (box.folder / "users").symlink_to("/etc/shadow")
    (box.folder / "up").symlink_to("../../../../../..")
    lines = box.run("cat users; ls up/root up/home; true")
    assert [line.rpartition(": ")[2] for line in lines] == ["No such file or directory"] * 3


def test_environment_of_this_process_is_not_there(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    lines = box.run("env; cat /proc/*/environ | tr '\\0' '\\n'", env={"WORD": "a b"})
    names = {line.partition("=")[0] for line in lines if line}
    assert ("WORD=a b" in lines, "hidden" in "".join(lines)) == (True, False)
    assert names <= {
        "WORD",
        "PATH",
        "HOME",
        "LANG",
        "TZ",
        "CI",
        "NO_COLOR",
        "SSL_CERT_FILE",
        "NODE_EXTRA_CA_CERTS",
        "PWD",
        "SHLVL",
        "_",
        "OLDPWD",
        "REGISTRY_RUN",
    }


def test_environment_is_in_no_list_of_processes(box: Box) -> None:
    seen: list[str] = []
    box.check = lambda: seen.extend(processes_of("sleep 0.7001"))
    box.run("sleep 0.7001", env={"TOKEN": "correct-horse"})
    assert (bool(seen), [line for line in seen if "correct-horse" in line]) == (True, [])


def test_network_of_this_host_is_not_there(box: Box) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"""
import socket
for place in (("127.0.0.1", {port}), ("1.1.1.1", 53), ("10.0.0.1", 80)):
    try: socket.create_connection(place, 2); print("connected")
    except OSError as error: print(error.strerror)
try: socket.getaddrinfo("example.com", 80); print("found")
except OSError: print("no name")
"""
        lines = box.run_program(["/usr/bin/python3", "-c", code])
    assert lines == ["Connection refused", "Network is unreachable", "Network is unreachable", "no name"]


def test_programs_of_this_host_are_not_seen_or_ended(box: Box) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        lines = box.run(f"ls -d /proc/[0-9]* | wc -l; kill -9 {other.pid}; kill -9 -1 2>/dev/null; true")
        is_alive = other.poll() is None
        other.kill()
    assert (int(lines[0]) < 10, is_alive) == (True, True)


def test_no_new_namespaces_inside(box: Box) -> None:
    with pytest.raises(PermanentError):
        box.run("unshare --user --map-root-user true")
    assert box.lines == ["unshare: unshare failed: No space left on device"]


def test_nothing_else_can_be_written(box: Box) -> None:
    lines = box.run(
        "for place in / /dev /usr /etc /run /proc/sys/kernel; do touch $place/x 2>/dev/null && echo $place; done; true"
    )
    assert lines == []


def test_missing_program_is_said(box: Box) -> None:
    with pytest.raises(PermanentError, match="no-such-tool ended with status 1"):
        box.run_program(["no-such-tool"])
    assert box.lines == ["bwrap: execvp no-such-tool: No such file or directory"]


def test_what_was_written_belongs_to_no_root(box: Box) -> None:
    box.run("mkdir a; touch a/b; chmod u+s a/b; ln -s /etc/passwd a/c")
    owners = {path.lstat().st_uid for path in box.folder.rglob("*")}
    assert (len(owners), 0 in owners) == (1, False)
