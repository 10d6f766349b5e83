"""What stops a proof. The text of each is one sentence or two: what happened, where, and what to do about it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alb_mtls.handshake.checks import Proof


class HandshakeError(Exception):
    """A listener could not be probed, or does not behave; the text is the whole sentence."""


class Unreachable(HandshakeError):
    """An address does not answer, does not speak TLS, or cannot be probed for another reason."""


class UntrustedServer(Unreachable):
    """The server's certificate is not trusted, or is of another name."""


class BackendBroken(HandshakeError):
    """The backend fails before anything was changed, so that no proof could show an accepted client."""


class EchoFailed(HandshakeError):
    """The backend did not get identity headers as the configuration says, or got forged ones."""


class ProofFailed(HandshakeError):
    """The listener did not show in time that it accepts and rejects the right clients.

    Attributes:
        proof: the last round, so that others can interpret it too; the text is its note.
    """

    def __init__(self, sentence: str, proof: "Proof") -> None:
        """Keep both."""
        super().__init__(sentence)
        self.proof = proof
