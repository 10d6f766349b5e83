"""Whole proofs on real sockets, of a listener whose machines lag behind."""

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from alb_mtls.handshake.baseline import baseline
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.handshake.probe_clients import probe_clients_of
from alb_mtls.handshake.proof import prove_enforced
from alb_mtls.handshake.proving import Measure
from alb_mtls.handshake.target import Target
from lab.dataplane.second import Lag
from tests.helpers.certificates import make_root
from tests.helpers.second_server import HOST, running_second_server
from tests.proofs.simulated import Run

MACHINES = 20


def run(lag: Lag, *, deadline: float, loss: float) -> tuple[Run, str]:
    """Switch a listener on, and prove it.

    Args:
        lag: how its machines follow.
        deadline: of the proof, in seconds.
        loss: share of the connections that are cut.

    Returns:
        How it ended, and why it failed.
    """
    root = make_root(now=datetime.now(UTC))
    probes = probe_clients_of(root.certificate, root.key, datetime.now(UTC))
    with (
        tempfile.TemporaryDirectory() as folder,
        running_second_server(Path(folder), client_ca=None, lag=lag, connection_loss=loss) as server,
    ):
        target = Target(address=server.address, port=443, host=HOST, server_ca=str(server.server_ca))
        earlier = baseline([target])
        server.serve(client_ca=root.certificate)
        begun = time.monotonic()
        try:
            prove_enforced(
                earlier, probes, deadline_seconds=deadline, context=ProofContext(alb_agrees=True), measure=Measure()
            )
        except HandshakeError as error:
            return Run(is_proven=False, seconds=time.monotonic() - begun), str(error)
        return Run(is_proven=True, seconds=time.monotonic() - begun), ""
