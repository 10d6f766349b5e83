"""What stops a proof. The text of each is one sentence or two: what was seen, where, and what to do about it."""


class HandshakeError(Exception):
    """A listener could not be asked, or does not behave; the text is the whole sentence."""


class Unreachable(HandshakeError):
    """An address does not answer, does not speak TLS, or has a certificate that is not trusted."""


class BackendBroken(HandshakeError):
    """The backend fails before anything was changed, so that nobody could tell a client that was let in."""


class ProofFailed(HandshakeError):
    """The listener answers, but lets in or refuses the wrong clients."""
