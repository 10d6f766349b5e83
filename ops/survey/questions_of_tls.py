"""Questions that handshakes answer: how clients are rejected, which chains are accepted, which sessions resumed."""

from alb_mtls.handshake.http_exchange import HttpVersion
from alb_mtls.handshake.observation import Observation
from alb_mtls.handshake.tls import TlsSession, TlsVersion
from ops.survey.probing import refusal_of
from ops.survey.survey import Answer, NotAnswered, Survey

_TLS: tuple[TlsVersion, ...] = ("1.2", "1.3")
_HTTP: tuple[HttpVersion, ...] = ("1.1", "2")
_RESUMED_ATTEMPTS = 5


def refusals(survey: Survey) -> Answer:
    """Send requests with no certificate and with wrong ones, over each version of TLS and HTTP."""
    survey.require_on()
    clients = survey.authorities.first.clients
    shown = {
        "valid": clients.valid,
        "none": None,
        "other_ca": clients.other_ca,
        "expired": clients.expired,
        "wrong_eku": clients.wrong_eku,
    }
    return [
        {"client": name, "tls": tls, "http": http, **refusal_of(survey.prober.ask(client, tls=tls, http=http))}
        for name, client in shown.items()
        for tls in _TLS
        for http in _HTTP
    ]


def verify_depth(survey: Survey) -> Answer:
    """Show a client of a second CA, alone and with the certificate by which the bound CA signs the second."""
    survey.require_on()
    alone = survey.prober.ask(survey.authorities.second.clients.valid)
    crossed = survey.prober.ask(survey.authorities.crossed_client)
    return {"second_alone": _word(alone), "second_with_cross": _word(crossed)}


def sessions(survey: Survey) -> Answer:
    """Open sessions before and after a switch, and offer them again afterwards."""
    survey.require_off()
    before = {tls: survey.prober.ask(None, tls=tls).session for tls in _TLS}
    survey.require_on()
    return {f"tls_{tls.replace('.', '_')}": _resumption(survey, tls, before[tls]) for tls in _TLS}


def _resumption(survey: Survey, tls: TlsVersion, before: TlsSession | None) -> str:
    if before is not None and _is_resumed(survey, tls, before):
        return "unsafe"
    opened = survey.prober.ask(survey.authorities.first.clients.valid, tls=tls)
    if not opened.accepted:
        message = f"a client of the CA was not accepted with TLS {tls}: {opened.summary}"
        raise NotAnswered(message)
    return "safe" if opened.session is not None and _is_resumed(survey, tls, opened.session) else "none"


def _is_resumed(survey: Survey, tls: TlsVersion, session: TlsSession) -> bool:
    # One machine of several may be another than the one that opened it.
    answers = (survey.prober.ask(session.credential, tls=tls, session=session) for _ in range(_RESUMED_ATTEMPTS))
    return any(one.resumed and one.accepted for one in answers)


def _word(shown: Observation) -> str:
    if shown.rejected:
        return "rejected"
    if shown.accepted:
        return "rejected" if shown.is_bad_request else "accepted"
    message = f"the request was not answered: {shown.summary}"
    raise NotAnswered(message)
