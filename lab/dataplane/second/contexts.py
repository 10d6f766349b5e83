"""TLS contexts of the second server, one for each way in which a listener is served."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from OpenSSL import SSL, crypto

from lab.behaviour import FingerprintForm, SessionResumption
from lab.dataplane.client_verifier import Verdict
from lab.settings import RefusalStyle

if TYPE_CHECKING:
    from lab.certificates import ServerCertificate
    from lab.dataplane.caddy_config import ListenerConfig

# The number in a policy's name is its lowest version (docs/facts/alibaba-cloud.md, Controller defaults).
_LOWEST: Final = {"tls_cipher_policy_1_0": SSL.TLS1_VERSION, "tls_cipher_policy_1_1": SSL.TLS1_1_VERSION}
_HTTP_1_1: Final = b"http/1.1"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Everything that decides how a connection to a listener is served.

    Attributes:
        config: of the listener.
        load_balancer_id: whose it is; sessions of one load balancer belong together.
        security_policy_id: sets the lowest version of TLS.
        refusal: how requests are rejected.
        resumption: which sessions are resumed.
        verify_depth: how many CAs may stand between a client and the CA of the listener.
        backend_works: False answers every forwarded request with 502.
        fingerprint: how that of a client certificate is written.
    """

    config: "ListenerConfig"
    load_balancer_id: str
    security_policy_id: str = ""
    refusal: RefusalStyle = RefusalStyle.ALERT
    resumption: SessionResumption = SessionResumption.SAFE
    verify_depth: int = 1
    backend_works: bool = True
    fingerprint: FingerprintForm = FingerprintForm.SHA256


class Handshake:
    """One connection's TLS, over buffers, and what its handshake showed of the client."""

    def __init__(self, contexts: "Contexts", terms: Terms) -> None:
        """Wait for the client's first bytes."""
        self.tls = contexts.connection(terms)
        self.resumed = True
        self.errors: list[int] = []
        self._terms = terms
        self._verdicts = contexts.verdicts(terms)
        self.tls.set_app_data(self)
        self.tls.set_accept_state()

    @property
    def refusal(self) -> RefusalStyle:
        """How this connection rejects."""
        return self._terms.refusal

    @property
    def certificate(self) -> x509.Certificate | None:
        """The client's certificate, also that of a session which was resumed."""
        return self.tls.get_peer_certificate(as_cryptography=True)

    def verdict(self) -> Verdict:
        """Return what becomes of the requests of a connection whose handshake has ended."""
        if self._terms.config.client_ca is None:
            return Verdict.ACCEPTED
        if self.resumed and self._terms.resumption is SessionResumption.UNSAFE:
            return Verdict.ACCEPTED
        certificate = self.certificate
        if certificate is None:
            return Verdict.NO_CERTIFICATE
        if not self.resumed:
            self._verdicts[certificate] = Verdict.BAD_CERTIFICATE if self.errors else Verdict.ACCEPTED
        return self._verdicts.get(certificate, Verdict.BAD_CERTIFICATE)


class Contexts:
    """Makes each context once, so that sessions are found again."""

    def __init__(self, certificate: "ServerCertificate") -> None:
        """Take the server certificate of all listeners."""
        self._certificate = certificate
        self._of_terms: dict[Terms, SSL.Context] = {}
        self._of_load_balancer: dict[str, SSL.Context] = {}
        self._verdicts: dict[Terms, dict[x509.Certificate, Verdict]] = {}

    def connection(self, terms: Terms) -> SSL.Connection:
        """Return a connection without a socket."""
        own = self._of_terms.get(terms)
        if own is None:
            own = self._of_terms[terms] = self._context(terms)
        if terms.resumption is not SessionResumption.UNSAFE:
            return SSL.Connection(own, None)
        # OpenSSL looks sessions up in the context that a connection began with, and takes certificate and trusted
        # CA from the one that it has: what nginx did between its servers (CVE-2025-23419).
        shared = self._of_load_balancer.get(terms.load_balancer_id)
        if shared is None:
            shared = self._of_load_balancer[terms.load_balancer_id] = self._base(terms)
        connection = SSL.Connection(shared, None)
        connection.set_context(own)
        if terms.config.client_ca is not None:
            connection.set_verify(_verify_mode(terms), _on_certificate)
        return connection

    def verdicts(self, terms: Terms) -> "dict[x509.Certificate, Verdict]":
        """Return what was found about client certificates under these terms, for sessions that are resumed."""
        return self._verdicts.setdefault(terms, {})

    def keep_only(self, terms: "set[Terms]") -> None:
        """Forget the contexts that no machine uses any more, and their sessions with them."""
        for gone in self._of_terms.keys() - terms:
            del self._of_terms[gone]
            self._verdicts.pop(gone, None)

    def _context(self, terms: Terms) -> SSL.Context:
        context = self._base(terms)
        authority = terms.config.client_ca
        if authority is not None:
            trusted = x509.load_der_x509_certificate(authority)
            store: Any = context.get_cert_store()
            store.add_cert(crypto.X509.from_cryptography(trusted))
            # An intermediate CA is trusted by itself, as in Caddy.
            store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
            context.add_client_ca(trusted)
            context.set_verify(_verify_mode(terms), _on_certificate)
        return context

    def _base(self, terms: Terms) -> SSL.Context:
        context = SSL.Context(SSL.TLS_METHOD)
        context.use_certificate_chain_file(str(self._certificate.certificate))
        context.use_privatekey_file(str(self._certificate.key))
        context.set_alpn_select_callback(_select_protocol)
        context.set_info_callback(_on_state)
        lowest = _LOWEST.get(terms.security_policy_id, SSL.TLS1_2_VERSION)
        context.set_min_proto_version(lowest)
        if lowest != SSL.TLS1_2_VERSION:
            # OpenSSL signs with SHA-1 in these versions, which its security levels above 0 refuse.
            context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
        context.set_verify_depth(terms.verify_depth)
        context.set_session_id(terms.load_balancer_id.encode()[:32])
        if terms.resumption is SessionResumption.NONE:
            context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
            context.set_options(SSL.OP_NO_TICKET)
        return context


def _verify_mode(terms: Terms) -> int:
    required = terms.refusal is RefusalStyle.ALERT
    return SSL.VERIFY_PEER | (SSL.VERIFY_FAIL_IF_NO_PEER_CERT if required else 0)


def _on_state(tls: SSL.Connection, _where: int, _result: int) -> None:
    # A server shows its certificate in every handshake but a resumed one; pyOpenSSL has no call for it.
    if b"write certificate" in tls.get_state_string():
        tls.get_app_data().resumed = False


def _on_certificate(tls: SSL.Connection, _certificate: crypto.X509, error: int, _depth: int, ok: int) -> bool:
    # With `page` the handshake ends well, and the request is rejected.
    handshake: Handshake = tls.get_app_data()
    if error:
        handshake.errors.append(error)
    return bool(ok) or handshake.refusal is RefusalStyle.PAGE


def _select_protocol(_tls: SSL.Connection, offered: list[bytes]) -> Any:
    return _HTTP_1_1 if _HTTP_1_1 in offered else SSL.NO_OVERLAPPING_PROTOCOLS
