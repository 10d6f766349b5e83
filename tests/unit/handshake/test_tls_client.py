"""How a test client sends what it has to send."""

import socket

from alb_mtls.handshake.deadline import Deadline
from alb_mtls.handshake.tls import TlsOptions
from alb_mtls.handshake.tls_client import TlsClient


def test_a_request_does_not_wait_until_the_end_of_the_handshake_was_acknowledged() -> None:
    with socket.socket() as connected:
        assert not connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        options = TlsOptions(version="1.3", alpn=None, server_ca="insecure")
        TlsClient(connected, options, credential=None, host="demo.example", deadline=Deadline(1))
        assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
