"""No test reaches another machine."""

import socket

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.com", 443)])
def test_connecting_to_another_machine_raises(address: tuple[str, int]) -> None:
    with socket.socket() as connection, pytest.raises(RuntimeError, match="A test reached for the network"):
        connection.connect(address)


def test_looking_up_another_machine_finds_nothing() -> None:
    with pytest.raises(socket.gaierror, match=r"A test looked up 'example\.com'"):
        socket.getaddrinfo("example.com", 443)


def test_connecting_to_this_machine_works() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as connection:
        connection.connect(server.getsockname())

        assert connection.getpeername() == server.getsockname()
