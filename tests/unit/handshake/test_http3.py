"""What an answer over HTTP/3 is made of; real ones are probed in tests/lab/handshake."""

import asyncio

import pytest
from aioquic.h3.connection import H3_ALPN
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection

from alb_mtls.handshake.http3 import _Request
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.target import Target

TARGET = Target(address="127.0.0.1:1", port=443, host="demo.example")
OK = HeadersReceived(headers=[(b":status", b"200")], stream_id=0, stream_ended=False)
BODY = DataReceived(data=b"old", stream_id=0, stream_ended=False)
TRAILERS = HeadersReceived(headers=[(b"x-checksum", b"1")], stream_id=0, stream_ended=True)
END = DataReceived(data=b"", stream_id=0, stream_ended=True)


async def answered(parts: list[H3Event]) -> Observation:
    ended: asyncio.Future[Observation] = asyncio.get_running_loop().create_future()
    quic = QuicConnection(configuration=QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN))
    request = _Request(quic, target=TARGET, ended=ended)
    for part in parts:
        request._take(part)  # noqa: SLF001 - a server that sends trailers is not to be had here
    return await asyncio.wait_for(ended, 1)


@pytest.mark.parametrize("parts", [[OK, BODY, END], [OK, BODY, TRAILERS]], ids=["without trailers", "with trailers"])
def test_an_answer_counts_with_the_status_of_its_first_headers(parts: list[H3Event]) -> None:
    result = asyncio.run(answered(parts))
    assert (result.verdict, result.status) == (Verdict.ACCEPTED, 200)


def test_a_status_that_is_none_ends_the_request_as_no_http() -> None:
    odd = HeadersReceived(headers=[(b":status", b"ok")], stream_id=0, stream_ended=True)
    result = asyncio.run(answered([odd]))
    assert (result.verdict, result.reason) == (Verdict.UNREACHABLE, "what came back is not HTTP/3")
