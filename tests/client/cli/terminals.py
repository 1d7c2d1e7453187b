"""The command on a terminal that a test plays: what it shows there, and what is typed."""

import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl

COMMAND = (sys.executable, "-m", "registry_client.cli")


class Terminal:
    """A process on a terminal; `text` is all that came, as the terminal would get it."""

    def __init__(self, arguments: tuple[str, ...], environment: dict[str, str], *, columns: int) -> None:
        self.text = ""
        self._own, other = pty.openpty()
        ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        # A session of its own, whose terminal this is: Ctrl-C is for it alone.
        self._process = subprocess.Popen(
            [*COMMAND, *arguments],
            env=environment,
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
            preexec_fn=lambda: ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        os.close(other)

    def type(self, text: str) -> None:
        os.write(self._own, text.encode())

    def read_until(self, text: str, *, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while text not in self.text:
            assert time.monotonic() < end, self.text
            assert self._read(), self.text

    def end(self, *, seconds: float = 30) -> int:
        """The exit code, after everything that came."""
        end = time.monotonic() + seconds
        while self._read():
            assert time.monotonic() < end, self.text
        os.close(self._own)
        return self._process.wait(timeout=seconds)

    def _read(self) -> bool:
        """False at the end."""
        if select.select([self._own], [], [], 0.2)[0]:
            try:
                self.text += os.read(self._own, 65536).decode(errors="replace").replace("\r\n", "\n")
            except OSError:
                return False
        return True
