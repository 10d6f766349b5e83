"""From the checks of one round to one sentence: what their results mean, and what to do about it. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography import x509

from alb_mtls.handshake.checks import Check, Client, Expected, is_server_error
from alb_mtls.handshake.meanings import CROSSED, IMPOSTORS, RESUMED
from alb_mtls.handshake.observation import Verdict
from alb_mtls.pki.name_constraints import whole_name
from alb_mtls.redaction import quoted

_NO_ANSWER = frozenset({Verdict.UNREACHABLE, Verdict.NOT_TLS, Verdict.UNSUPPORTED_VERSION, Verdict.SERVER_NOT_TRUSTED})
_NOT_ROUTED = (404, 503)
_MOST_NAMES, _LONGEST_NAME = 5, 200


@dataclass(frozen=True, kw_only=True)
class ProofContext:
    """What is known beside the handshakes.

    Attributes:
        alb_agrees: whether the ALB API says that the listener is as desired; None when nobody called it.
        ca_agrees: whether it says so of the CA on the listener.
        ca_name: name of the CA that signs the clients; None when it is not known.
        ca_names_above: of those that stand above it, up to its root: a listener may trust and name one of them.
        albconfig_agrees: whether the AlbConfig says that certificates are requested as desired; None when nobody read
            it.
    """

    alb_agrees: bool | None = None
    ca_agrees: bool | None = None
    ca_name: x509.Name | None = None
    ca_names_above: Sequence[x509.Name] = ()
    albconfig_agrees: bool | None = None


def cause(checks: Sequence[Check], context: ProofContext) -> str | None:
    """Return why a round proves nothing, most telling cause first, or None when all its checks passed."""
    failed = [check for check in checks if not check.passed]
    requested = {check.route for check in checks if check.result.requested}
    mixed = [check for check in failed if check.route in requested]
    for explain in _EXPLANATIONS:
        for check in mixed if explain is _differs else failed:
            sentence = explain(check, context)
            if sentence is not None:
                return sentence
    if failed:
        return _unexplained(failed[0])
    return next(filter(None, (_names_others(check, context) for check in checks)), None)


def names_another_ca(check: Check, context: ProofContext) -> bool:
    """Say whether a listener names the CAs that it accepts to a client that it must accept, and ours is not among them.

    A server need not name any (RFC 8446, 4.2.4).
    """
    names, ours = check.result.ca_names, context.ca_name
    if check.expected is not Expected.ACCEPTED or ours is None:
        return False
    return bool(names) and not any(one in names for one in (ours, *context.ca_names_above))


def _names_others(check: Check, context: ProofContext) -> str | None:
    if context.ca_name is None or not names_another_ca(check, context):
        return None
    theirs = _theirs(check)
    return (
        f"{check.route.label} accepted a client {check.client}, but names other CAs to it, {theirs}, and not "
        f"{whole_name(context.ca_name)}: it accepts their clients too; check caCertificates of the listener, and "
        "which listener answers there"
    )


def _theirs(check: Check) -> str:
    """Return the first of the names that a server offers, of which it may have a thousand, and each of any length."""
    names = check.result.ca_names_text
    more = [f"{len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
    return " or ".join([*(quoted(one, _LONGEST_NAME) for one in names[:_MOST_NAMES]), *more])


def _no_answer(check: Check, _context: ProofContext) -> str | None:
    if check.result.verdict not in _NO_ANSWER:
        return None
    return (
        f"{check.route.label} no longer answers a client {check.client}: {check.result.reason}; check the health of "
        "the ALB, and the network between this machine and the ALB"
    )


def _differs(check: Check, _context: ProofContext) -> str | None:
    """Explain who was accepted on a route on which another client was requested a certificate in the same round."""
    result = check.result
    is_wrong = check.client is Client.WITHOUT_CERTIFICATE and check.expected is Expected.REJECTED and result.accepted
    if not is_wrong or result.requested:
        return None
    return (
        f"{check.route.label} accepted a client {check.client} (HTTP {result.status}) and requested none, although it "
        "requested one from another client in the same round: some machines of the ALB have not followed; run the "
        "command again, with a longer proof.deadlineSeconds if it fails again; if that fails too, report it to the "
        "cloud"
    )


def _accepted_without(check: Check, context: ProofContext) -> str | None:
    is_without = check.client is Client.WITHOUT_CERTIFICATE and check.expected is Expected.REJECTED
    if not is_without or not check.result.accepted:
        return None
    if check.result.may_be_rejection:
        return (
            f"{check.route.label} requested a certificate and answered a client without one with HTTP 400: that may be "
            "a rejection, or an answer of the backend, and only a client whose certificate is accepted shows which; "
            "set proof.client, and set proof.path to a path that answers HTTP 200"
        )
    accepted = f"{check.route.label} accepted a client without a certificate (HTTP {check.result.status})"
    if check.result.requested:
        return (
            f"{accepted} although it requested one: the listener does not enforce what it requests; report this to "
            "the cloud"
        )
    if context.alb_agrees:
        return (
            f"{accepted} and requested none, although the ALB API shows that the listener does: another listener or "
            f"load balancer answers there; check the DNS record of {check.route.target.host} and connectTo"
        )
    if context.albconfig_agrees is False:
        return f"{accepted} and requested none, as the AlbConfig says, where caEnabled is not true"
    return (
        f"{accepted} and requested none: the ALB Ingress controller ignores caEnabled, as open-source builds do "
        "(install or upgrade the add-on ALB Ingress Controller that ACK manages), or another listener answers there; "
        "check the listener in the ALB console"
    )


def _impostor_accepted(check: Check, _context: ProofContext) -> str | None:
    meaning = IMPOSTORS.get(check.client)
    if meaning is None or not check.result.accepted:
        return None
    if not check.result.requested:
        meaning = (
            "it requested no certificate, and so it met a machine of the ALB that has not followed; run the command "
            "again, with a longer proof.deadlineSeconds if it fails again"
        )
    return f"{check.route.label} accepted a client {check.client} (HTTP {check.result.status}): {meaning}"


def _resumed_accepted(check: Check, _context: ProofContext) -> str | None:
    meaning = RESUMED.get(check.client)
    if meaning is None or not check.result.accepted:
        return None
    return f"{check.route.label} accepted a client {check.client}: {meaning}"


def _rejected_by_another(check: Check, _context: ProofContext) -> str | None:
    is_resumed = check.client is Client.RESUMED_WITH
    if check.expected is Expected.NOT_ACCEPTED or is_resumed or not check.result.rejected or check.result.requested:
        return None
    if check.client is Client.WITHOUT_CERTIFICATE and check.expected is Expected.ACCEPTED:
        return None
    return (
        f"{check.route.label} rejected a client {check.client} ({check.result.summary}) but requested no certificate: "
        "not the listener rejected it, but something else, such as a WAF or an access control list"
    )


def _valid_rejected(check: Check, context: ProofContext) -> str | None:
    if check.client is not Client.WITH_CERTIFICATE or not check.result.rejected:
        return None
    rejected = f"{check.route.label} rejected a client with a valid certificate ({check.result.summary})"
    if context.ca_name is None:
        return f"{rejected}; compare the CA on the listener with the CA that signed proof.client"
    ours = whole_name(context.ca_name)
    if names_another_ca(check, context):
        theirs = _theirs(check)
        return (
            f"{rejected}: the wrong CA is on the listener, which accepts certificates of {theirs}, not of {ours}; "
            "check caCertificates of the listener, and who else writes it"
        )
    if context.ca_agrees is False:
        return (
            f"{rejected}: the ALB API shows another CA on the listener than {ours}; check caCertificates of the "
            "listener, and who else writes it"
        )
    names = check.result.ca_names
    named = next((whole_name(one) for one in (context.ca_name, *context.ca_names_above) if one in names), ours)
    although = f"the listener names {named}" if names else f"the ALB API shows the CA {ours} on it"
    known = f"{rejected}, although {although}" if names or context.ca_agrees else rejected
    return (
        f"{known}; compare the fingerprint of that CA in CAS with the one that signed the client, and the clock of "
        "this machine; if both are right, report it to the cloud"
    )


def _given_rejected(check: Check, _context: ProofContext) -> str | None:
    if check.client is not Client.GIVEN or not check.result.rejected:
        return None
    return (
        f"{check.route.label} rejected the client of proof.client ({check.result.summary}), and accepted one that the "
        "CA's key has just signed; look at the certificate of proof.client: its end, its usage and its chain"
    )


def _cross_rejected(check: Check, _context: ProofContext) -> str | None:
    meaning = CROSSED.get(check.client)
    if meaning is None or not check.result.rejected:
        return None
    return f"{check.route.label} rejected a client {check.client} ({check.result.summary}){meaning}"


def _still_rejected(check: Check, context: ProofContext) -> str | None:
    is_without = check.client is Client.WITHOUT_CERTIFICATE and check.expected is Expected.ACCEPTED
    if not is_without or not (check.result.rejected or check.result.may_be_rejection):
        return None
    rejected = f"{check.route.label} still rejects a client without a certificate ({check.result.summary})"
    if not check.result.requested:
        return f"{rejected} but requests none: something else rejects it, such as a WAF or an access control list"
    if context.alb_agrees:
        return (
            f"{rejected} although the ALB API shows that the listener requests none: another listener answers there; "
            "check connectTo"
        )
    if context.albconfig_agrees is False:
        return f"{rejected}, as the AlbConfig says, where caEnabled is true"
    return f"{rejected}: the ALB has not followed the AlbConfig; check the events of the AlbConfig"


def _other_answer(check: Check, _context: ProofContext) -> str | None:
    status = check.result.status
    if check.expected is not Expected.ACCEPTED or not check.result.accepted or status is None:
        return None
    request = f"https://{check.route.target.host}{check.route.target.path} on {check.route.label}"
    before = "" if check.status_before is None else f", and HTTP {check.status_before} before"
    answer = f"{request} answers a client {check.client} with HTTP {status}{before}"
    if status in _NOT_ROUTED:
        return f"{answer}: no Ingress routes this host and path there any more, or no pod behind it is ready"
    if is_server_error(status):
        return f"{answer}: the backend fails; repair it, or set proof.path to a path that works"
    return f"{answer}: the backend changed its answer; set proof.path to a path whose answer does not change"


def _resumed_rejected(check: Check, _context: ProofContext) -> str | None:
    if check.client is not Client.RESUMED_WITH or not check.result.rejected:
        return None
    return (
        f"{check.route.label} rejects a client {check.client} ({check.result.summary}), although it accepted the "
        "client with a new session; report this to the cloud"
    )


def _unexplained(check: Check) -> str:
    return f"{check.route.label}: a client {check.client} must be {check.expected}, but was: {check.result.summary}"


# A client that is accepted tells more than one that is rejected, and both more than a status.
_EXPLANATIONS: tuple[Callable[[Check, ProofContext], str | None], ...] = (
    _no_answer,
    _differs,
    _accepted_without,
    _impostor_accepted,
    _resumed_accepted,
    _rejected_by_another,
    _valid_rejected,
    _given_rejected,
    _cross_rejected,
    _still_rejected,
    _other_answer,
    _resumed_rejected,
)
