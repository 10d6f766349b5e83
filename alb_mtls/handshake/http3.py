"""One HTTP/3 request without a certificate: the evidence that a QUIC listener is a way around.

A QUIC listener never asks for a client certificate, and ALB prefers it for the rules that it shares with its HTTPS
listener (x509-and-tls.md, J).
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.target import Target


def probe_http3(target: Target, *, deadline_seconds: float) -> Observation:
    """Connect anew over QUIC, send one GET request without a client certificate, and close.

    Args:
        target: whom to ask, and for what; its port is a UDP port here.
        deadline_seconds: for everything together.

    Returns:
        What happened; nothing that a server or network does is an exception.

    Raises:
        HandshakeError: the target itself is malformed.
    """
    # In a thread of its own, because the caller may be inside an event loop.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_within(target, deadline_seconds))).result()


async def _within(target: Target, seconds: float) -> Observation:
    from alb_mtls.handshake.http3_request import request

    try:
        async with asyncio.timeout(seconds):
            return await request(target)
    except TimeoutError:
        reason = f"no answer over QUIC within {seconds:g} s"
    except OSError as error:
        reason = error.strerror or "no QUIC connection"
    return Observation(verdict=Verdict.UNREACHABLE, reason=reason)
