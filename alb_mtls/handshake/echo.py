"""Asking a backend that echoes its headers who it thinks the client is, with forged headers of the same names.

A client of our CA sends them beside its certificate. The answer must hold what the certificate says, and nothing that
was forged: then the listener sets these headers itself, and takes what a client sends away. Servers behind CGI and WSGI
take `_` and `-` in a name for one, so the names are forged with `_` too.
"""

import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from alb_mtls.handshake.credentials import ClientCredential
from alb_mtls.handshake.deadline import Deadline
from alb_mtls.handshake.echo_answers import form_of_fingerprint, form_of_name, headers_in_answer, is_verified
from alb_mtls.handshake.errors import EchoFailed
from alb_mtls.handshake.http_exchange import ALPN, Answer, NotHttpError, Request, request
from alb_mtls.handshake.pace import Pace
from alb_mtls.handshake.target import Target
from alb_mtls.handshake.tls import TlsError, TlsOptions
from alb_mtls.handshake.tls_client import TlsClient

IN_A_ROW: Final = 12
"""How many right answers in a row count, at each address: machines that follow late are met by chance."""

_WITH_UNDERSCORES: Final = 3
"""How many answers there must be, beside, to requests that hold the names with `_` too."""

_PAUSE_SECONDS: Final = 0.5
_ANSWER_SECONDS: Final = 10.0
_OK: Final = range(200, 300)


def prove_echo(
    targets: Sequence[Target],
    credential: ClientCredential,
    names: Mapping[str, str],
    *,
    path: str,
    deadline_seconds: float,
    pace: Pace,
) -> dict[str, str]:
    """Show that the backend gets the headers of the certificate that a client presents, at every address.

    Args:
        targets: every address of the listener.
        credential: of a client that is accepted.
        names: of the headers, by attribute of `IdentityHeaders`.
        path: where the backend answers with the headers that it got.
        deadline_seconds: how long until the answers must be right.
        pace: of the connections.

    Returns:
        In which form the value of each was, for people, by the same attributes.

    Raises:
        EchoFailed: it does not, and why.
    """
    deadline, forms, beside = Deadline(deadline_seconds), dict[str, str](), set[str]()
    for target in [replace(one, path=path) for one in targets]:
        in_a_row = 0
        while in_a_row < IN_A_ROW + _WITH_UNDERSCORES:
            pace.wait_for(target.endpoint[0])
            forgery = _Forgery(names=names, underscored=in_a_row >= IN_A_ROW)
            answer = _answer(target, credential, forgery.headers)
            # Who takes no request with such names lets none of them through.
            is_rejected = forgery.underscored and (isinstance(answer, str) or answer.status not in _OK)
            wrong = "" if is_rejected else _wrong(answer, credential, forgery, forms, beside)
            if not wrong:
                in_a_row += 1
                continue
            if not deadline.remaining():
                sentence = f"the identity headers are not proven: {target.label}{path}: {wrong}"
                raise EchoFailed(sentence)
            in_a_row = 0
            pace.pause(_PAUSE_SECONDS)
    notes = {
        one: f"; {_underscored(names[one])} reaches it as a client sends that, so let it read none" for one in beside
    }
    return {attribute: f"{form}{notes.get(attribute, '')}" for attribute, form in forms.items()}


@dataclass(frozen=True, kw_only=True)
class _Forgery:
    """What a client forges in one request.

    Attributes:
        names: of the headers, by attribute of `IdentityHeaders`.
        underscored: whether each name is sent with `_` in the place of `-` too.
        mark: in each value, and nowhere else.
    """

    names: Mapping[str, str]
    underscored: bool
    mark: str = field(default_factory=lambda: secrets.token_hex(32))

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the request."""
        sent = [(name, self._value(attribute)) for attribute, name in self.names.items()]
        others = [(_underscored(name), value) for name, value in sent if _underscored(name) != name]
        return (*sent, *(others if self.underscored else ()))

    def _value(self, attribute: str) -> str:
        return self.mark if attribute in ("fingerprint", "client_verify") else f"CN=forged {self.mark}"

    def is_in(self, values: Sequence[str]) -> bool:
        """Say whether one of some values was forged."""
        return any(self.mark in value for value in values)


def _underscored(name: str) -> str:
    return name.replace("-", "_")


def _answer(target: Target, credential: ClientCredential, headers: tuple[tuple[str, str], ...]) -> Answer | str:
    deadline = Deadline(_ANSWER_SECONDS)
    try:
        with socket.create_connection(target.endpoint, timeout=deadline.required()) as connected:
            options = TlsOptions(version=None, alpn=ALPN["1.1"], server_ca=target.server_ca)
            client = TlsClient(
                connected, options, credential=credential, host=target.host, deadline=deadline, session=None
            )
            client.handshake()
            sent = Request(host=target.host, path=target.path, headers=headers, reads_body=True)
            return request(client, "1.1", sent) or "the connection ended instead of an answer"
    except (OSError, TlsError, NotHttpError) as error:
        return str(error) or "no answer in time"


def _wrong(
    answer: Answer | str,
    credential: ClientCredential,
    forgery: _Forgery,
    forms: dict[str, str],
    beside: set[str],
) -> str:
    """Return what is wrong with an answer, for people; nothing when all is right, and then `forms` says how.

    `beside` gets the attributes whose header, written with `_`, comes through as it was forged, by a name of its own.
    """
    if isinstance(answer, str):
        return f"no answer ({answer})"
    if answer.status not in _OK:
        return f"the backend answers HTTP {answer.status}; name a path in proof.echoPath that echoes headers"
    echoed = headers_in_answer(answer.body)
    if echoed is None:
        return (
            "the answer shows no headers; a JSON object of headers, the same as its member `headers`, and lines "
            "`Name: value` are taken"
        )
    for attribute, name in forgery.names.items():
        values = echoed.get(name.lower(), [])
        if forgery.is_in(values):
            spelt = f", or as {_underscored(name)}, which its server takes for the same" if forgery.underscored else ""
            return (
                f"the backend gets the header {name} that a client sends itself{spelt}: whoever has a certificate can "
                "give any other name; do not switch identityHeaders on there"
            )
        if not values:
            return f"the backend does not get the header {name}"
        form = None if len(values) > 1 else _form(attribute, values[0], credential)
        if form is None:
            return f"the header {name} that the backend gets is not that of the certificate which the client presented"
        forms[attribute] = form
        if forgery.is_in(echoed.get(_underscored(name).lower(), [])):
            beside.add(attribute)
    return ""


def _form(attribute: str, value: str, credential: ClientCredential) -> str | None:
    certificate = credential.chain[0]
    if attribute == "fingerprint":
        return form_of_fingerprint(value, certificate)
    if attribute == "client_verify":
        return f"verified ({value[:20]!r})" if is_verified(value) else None
    return form_of_name(value, certificate.subject if attribute == "subject_dn" else certificate.issuer)
