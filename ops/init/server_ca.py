"""Who signed the server certificates of the listeners, where this machine does not trust them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.configuration.proof import SERVER_CA_WORDS
from alb_mtls.handshake.baseline import baseline
from alb_mtls.handshake.errors import HandshakeError, UntrustedServer
from alb_mtls.handshake.target import targets_of
from alb_mtls.listeners.snapshot import ListenerSnapshot
from ops.init.questions import Questions, Unusable

Places = Mapping[ListenerKey, tuple[str, ...]]


def choose_server_ca(
    questions: Questions, snapshots: Sequence[ListenerSnapshot], connect_to: Places, host: str | None, given: str | None
) -> str | None:
    """Return `proof.serverCa`; None for its default, and when it is missing, which is remembered.

    Each listener gets one request without a certificate, as from a browser. One that does not answer is no matter
    here: the examination that follows names it.

    Args:
        questions: asks, where the certificate of a listener is not trusted.
        snapshots: of the listeners.
        connect_to: where each is reached; the ALB's own address for those that are not in it.
        host: of the requests; None for that of the oldest Ingress.
        given: with a flag.
    """

    def usable(text: str) -> str:
        if text not in SERVER_CA_WORDS and not Path(text).is_file():
            message = f"there is no file {text}; give that of the CA, as PEM"
            raise Unusable(message)
        why = _untrusted(snapshots, connect_to, host, text)
        if why is not None:
            raise Unusable(why)
        return text

    why = None if given is not None else _untrusted(snapshots, connect_to, host, SERVER_CA_WORDS[0])
    if given is None and why is None:
        return None
    if questions.terminal and why is not None:
        questions.say(why)
    return questions.value(
        "--server-ca",
        "File of the CA that signed the server certificate; insecure: it is not checked",
        given=given,
        default=None,
        missing=f"{why}; or give --server-ca insecure, and it is not checked",
        check=usable,
    )


def _untrusted(
    snapshots: Sequence[ListenerSnapshot], connect_to: Places, host: str | None, server_ca: str
) -> str | None:
    for one in snapshots:
        places = connect_to.get(one.key) or ((one.address,) if one.address else ())
        try:
            targets = targets_of(places, port=one.key.port, host=host or one.host or "", path="/", server_ca=server_ca)
            baseline(targets, needs_backend=False, deadline_seconds=0.0)
        except UntrustedServer as error:
            return str(error)
        except HandshakeError:
            # Others would keep a person waiting as long.
            return None
    return None
