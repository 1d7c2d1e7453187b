"""Runs inside the sandbox, by itself: a port on its loopback leads to the proxy's socket while a program runs.

Usage: forwarder.py SOCKET PROGRAM [ARGUMENT...]. Nothing of this product can be imported there.
"""

import os
import socket
import subprocess
import sys
import threading

CHUNK_BYTES = 1 << 16
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "npm_config_proxy", "npm_config_https_proxy")


def main(path: str, argv: list[str]) -> int:
    """The exit status of the program, 128 and the number of the signal if one ended it, as in a shell."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    threading.Thread(target=accept, args=(listener, path), daemon=True).start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    env = {**os.environ, **dict.fromkeys(VARIABLES, address), "NO_PROXY": "localhost,127.0.0.1,::1"}
    try:
        status = subprocess.run(argv, env=env, check=False).returncode  # noqa: S603 inside, it is what all this is for
    except OSError as error:
        sys.stderr.write(f"{argv[0]}: {error.strerror}\n")
        return 127
    return status if status >= 0 else 128 - status


def accept(listener: socket.socket, path: str) -> None:
    while True:
        client, _ = listener.accept()
        proxy = socket.socket(socket.AF_UNIX)
        try:
            proxy.connect(path)
        except OSError:
            client.close()
            continue
        for source, sink in ((client, proxy), (proxy, client)):
            threading.Thread(target=copy, args=(source, sink), daemon=True).start()


def copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while chunk := source.recv(CHUNK_BYTES):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()
        sink.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
