"""An engine that is gone without a word is found out: the connection to it is probed."""

import socket
from threading import Thread

import pytest

from components.providers import engine_watch


def test_a_connection_to_the_engine_is_probed_and_its_end_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    probed: list[int] = []
    connect = socket.create_connection

    class Connection(socket.socket):
        def recv(self, bufsize: int, flags: int = 0) -> bytes:
            probed.append(self.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
            return super().recv(bufsize, flags)

    monkeypatch.setattr(socket, "create_connection", lambda address: Connection(fileno=connect(address).detach()))
    with socket.create_server(("127.0.0.1", 0)) as engine:

        def answer() -> None:
            engine.accept()[0].close()

        answering = Thread(target=answer)
        answering.start()
        assert engine_watch._outlasted_a_connection(*engine.getsockname())  # noqa: SLF001 - what it holds on to
        answering.join()
        address = engine.getsockname()
    assert probed == [1]
    assert not engine_watch._outlasted_a_connection(*address)  # noqa: SLF001
