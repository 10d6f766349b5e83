"""What stops a proof. The text of each is one sentence or two: what was seen, where, and what to do about it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alb_mtls.handshake.checks import Proof


class HandshakeError(Exception):
    """A listener could not be asked, or does not behave; the text is the whole sentence."""


class Unreachable(HandshakeError):
    """An address does not answer, does not speak TLS, or has a certificate that is not trusted."""


class BackendBroken(HandshakeError):
    """The backend fails before anything was changed, so that nobody could tell a client that was let in."""


class ProofFailed(HandshakeError):
    """The listener did not show in time that it lets in and refuses the right clients.

    Attributes:
        shown: what the last round met, so that others can judge it too; the text is its note.
    """

    def __init__(self, sentence: str, shown: "Proof") -> None:
        """Keep both."""
        super().__init__(sentence)
        self.shown = shown
