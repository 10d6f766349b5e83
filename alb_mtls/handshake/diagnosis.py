"""From the checks of one round to one sentence: which cause explains what was seen, and what to do about it. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography import x509

from alb_mtls.handshake.checks import Check, Client, Expected, is_server_error
from alb_mtls.handshake.observation import Verdict

_NO_ANSWER = frozenset({Verdict.UNREACHABLE, Verdict.NOT_TLS, Verdict.UNSUPPORTED_VERSION, Verdict.SERVER_NOT_TRUSTED})
_NOT_ROUTED = (404, 503)


@dataclass(frozen=True, kw_only=True)
class ProofContext:
    """What is known beside the handshakes.

    Attributes:
        alb_agrees: whether the ALB API says that the listener is as wanted; None when it was not asked.
        ca_name: name of the CA that clients are to be of; None when it is not known.
    """

    alb_agrees: bool | None = None
    ca_name: x509.Name | None = None


def cause(checks: Sequence[Check], known: ProofContext) -> str | None:
    """Return why a round proves nothing, most telling cause first, or None when all its checks passed."""
    failed = [check for check in checks if not check.passed]
    for explain in _EXPLANATIONS:
        for check in failed:
            sentence = explain(check, known)
            if sentence is not None:
                return sentence
    return None if not failed else _unexplained(failed[0])


def _no_answer(check: Check, _known: ProofContext) -> str | None:
    if check.seen.verdict not in _NO_ANSWER:
        return None
    return (
        f"{check.way.label} no longer answers a client {check.client}: {check.seen.reason}; look at the ALB's health, "
        "and at what stands between here and it"
    )


def _let_in_without(check: Check, known: ProofContext) -> str | None:
    if (
        check.client is not Client.WITHOUT_CERTIFICATE
        or check.expected is not Expected.REFUSED
        or not check.seen.let_in
    ):
        return None
    seen = f"{check.way.label} let a client in without a certificate (HTTP {check.seen.status})"
    if check.seen.may_be_refusal:
        return (
            f"{check.way.label} asked a client for a certificate and answered one without with HTTP 400: that may be a "
            "refusal, or the backend's own answer, and only a client with a certificate that gets through tells which; "
            "set proof.client, and proof.path to what answers HTTP 200"
        )
    if check.seen.asked:
        return f"{seen} though it asked for one: it does not require what it asks for; report that to the cloud"
    if known.alb_agrees:
        return (
            f"{seen} and asked for none, though the ALB API says that the listener does: another listener or load "
            f"balancer answers there; check the DNS record of {check.way.target.host} and connectTo"
        )
    return (
        f"{seen} and asked for none: the ALB Ingress controller ignores caEnabled, as open-source builds do (install "
        "or upgrade the add-on ALB Ingress Controller that ACK manages), or another listener answers there; look at "
        "the listener in the ALB console"
    )


def _impostor_let_in(check: Check, _known: ProofContext) -> str | None:
    impostors = (Client.FOREIGN, Client.FOREIGN_SAME_NAME, Client.EXPIRED)
    if check.client not in impostors or not check.seen.let_in:
        return None
    remedy = (
        "certificates are not held against the clock; report that to the cloud"
        if check.client is Client.EXPIRED
        else "certificates are not held against the CA; compare the CA bound on the listener with the one in CAS"
    )
    return f"{check.way.label} let a client in {check.client} (HTTP {check.seen.status}): {remedy}"


def _resumed_let_in(check: Check, _known: ProofContext) -> str | None:
    if check.client is not Client.RESUMED_WITHOUT or not check.seen.let_in:
        return None
    return (
        f"{check.way.label} let a client in {check.client}: the listener honours old TLS sessions; wait until they "
        "have ended, and run the command again"
    )


def _refused_by_another(check: Check, _known: ProofContext) -> str | None:
    if check.expected is not Expected.REFUSED or not check.seen.refused or check.seen.asked:
        return None
    return (
        f"{check.way.label} turned a client {check.client} away ({check.seen.said}) but never asked for a certificate: "
        "not the listener refused, but something else, such as a WAF or an access control list"
    )


def _valid_refused(check: Check, known: ProofContext) -> str | None:
    if check.client is not Client.WITH_CERTIFICATE or not check.seen.refused:
        return None
    seen = f"{check.way.label} refused a client with a valid certificate ({check.seen.said})"
    if known.ca_name is None:
        return f"{seen}; compare the CA that is bound on the listener with the one that signed proof.client"
    ours = known.ca_name.rfc4514_string()
    if check.seen.offered and known.ca_name not in check.seen.offered:
        offered = " or ".join(check.seen.offered_names)
        return (
            f"{seen}: the wrong CA is bound, it takes certificates of {offered}, not of {ours}; look at "
            "caCertificates of the listener, and at who else writes it"
        )
    return f"{seen}: the CA bound on the listener is not {ours}, or has its name only; compare it with the one in CAS"


def _still_refused(check: Check, known: ProofContext) -> str | None:
    refused = check.seen.refused or check.seen.may_be_refusal
    if check.client is not Client.WITHOUT_CERTIFICATE or check.expected is not Expected.LET_IN or not refused:
        return None
    seen = f"{check.way.label} still refuses a client without a certificate ({check.seen.said})"
    if not check.seen.asked:
        return f"{seen} but asks for none: something else refuses it, such as a WAF or an access control list"
    if known.alb_agrees:
        return f"{seen} though the ALB API says that it asks for none: another listener answers there; check connectTo"
    return f"{seen}: the ALB has not followed the AlbConfig; look at the events of the AlbConfig"


def _other_answer(check: Check, _known: ProofContext) -> str | None:
    status = check.seen.status
    if check.expected is not Expected.LET_IN or not check.seen.let_in or status is None:
        return None
    request = f"https://{check.way.target.host}{check.way.target.path} on {check.way.label}"
    before = "" if check.status_before is None else f", and HTTP {check.status_before} before"
    seen = f"{request} answers a client {check.client} with HTTP {status}{before}"
    if status in _NOT_ROUTED:
        return f"{seen}: no Ingress routes this host and path there any more, or no pod behind it is ready"
    if is_server_error(status):
        return f"{seen}: the backend fails; repair it, or set proof.path to what works"
    return f"{seen}: the backend answers otherwise than before; set proof.path to what does not change"


def _resumed_refused(check: Check, _known: ProofContext) -> str | None:
    if check.client is not Client.RESUMED_WITH or not check.seen.refused:
        return None
    return (
        f"{check.way.label} refuses a client {check.client} ({check.seen.said}), though it let it in with a new one; "
        "report that to the cloud"
    )


def _unexplained(check: Check) -> str:
    return f"{check.way.label}: a client {check.client} was to be {check.expected}, but: {check.seen.said}"


# A client that gets in tells more than one that does not, and both more than a status.
_EXPLANATIONS: tuple[Callable[[Check, ProofContext], str | None], ...] = (
    _no_answer,
    _let_in_without,
    _impostor_let_in,
    _resumed_let_in,
    _refused_by_another,
    _valid_refused,
    _still_refused,
    _other_answer,
    _resumed_refused,
)
