"""Questions that handshakes answer: how clients are rejected, which chains are accepted, which sessions resumed."""

from typing import Any

from alb_mtls.handshake.credentials import ClientCredential
from alb_mtls.handshake.http_exchange import HttpVersion
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.tls import TlsSession, TlsVersion
from ops.survey.probing import refusal_of
from ops.survey.survey import Answer, NotAnswered, Survey

_TLS: tuple[TlsVersion, ...] = ("1.2", "1.3")
_HTTP: tuple[HttpVersion, ...] = ("1.1", "2")
# One machine of several may be another than the one that opened a session.
_RESUMED_ATTEMPTS = 16
_ALIKE_ATTEMPTS = 4


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
        {"client": name, "tls": tls, "http": http, **refusal_of(_settled(survey, client, tls=tls, http=http))}
        for name, client in shown.items()
        for tls in _TLS
        for http in _HTTP
    ]


def verify_depth(survey: Survey) -> Answer:
    """Show a client of a second CA, alone and with the certificate by which the bound CA signs the second."""
    survey.require_on()
    known = _settled(survey, survey.authorities.first.clients.valid)
    if not known.accepted or known.is_bad_request:
        message = f"a client of the CA was not accepted: {known.summary}"
        raise NotAnswered(message)
    alone = _settled(survey, survey.authorities.second.clients.valid)
    crossed = _settled(survey, survey.authorities.crossed_client)
    return {"second_alone": _word(alone), "second_with_cross": _word(crossed)}


def sessions(survey: Survey) -> Answer:
    """Open sessions before and after a switch, and offer them again afterwards."""
    survey.require_off()
    before = {tls: _opened(survey, None, tls).session for tls in _TLS}
    survey.require_on()
    return {f"tls_{tls.replace('.', '_')}": _resumption(survey, tls, before[tls]) for tls in _TLS}


def _resumption(survey: Survey, tls: TlsVersion, before: TlsSession | None) -> str:
    if before is not None and _is_resumed(survey, tls, before):
        return "unsafe"
    opened = _opened(survey, survey.authorities.first.clients.valid, tls)
    return "safe" if opened.session is not None and _is_resumed(survey, tls, opened.session) else "none"


def _is_resumed(survey: Survey, tls: TlsVersion, session: TlsSession) -> bool:
    for _ in range(_RESUMED_ATTEMPTS):
        shown = survey.prober.ask(session.credential, tls=tls, session=session)
        if not shown.accepted and not shown.rejected:
            message = f"a session of TLS {tls} was offered, and the request was not answered: {shown.summary}"
            raise NotAnswered(message)
        if shown.resumed and shown.accepted:
            return True
    return False


def _opened(survey: Survey, credential: ClientCredential | None, tls: TlsVersion) -> Observation:
    shown = _settled(survey, credential, tls=tls)
    if not shown.accepted:
        who = "a client without a certificate" if credential is None else "a client of the CA"
        message = f"{who} was not accepted with TLS {tls}: {shown.summary}"
        raise NotAnswered(message)
    return shown


def _settled(
    survey: Survey, credential: ClientCredential | None, *, tls: TlsVersion | None = None, http: HttpVersion = "1.1"
) -> Observation:
    """Ask until two answers in a row are alike: a connection that is lost, or meets a machine that lags, is no fact."""
    before = survey.prober.ask(credential, tls=tls, http=http)
    for _ in range(_ALIKE_ATTEMPTS):
        shown = survey.prober.ask(credential, tls=tls, http=http)
        if _of_note(shown) == _of_note(before):
            return shown
        before = shown
    return Observation(verdict=Verdict.UNREACHABLE, reason="one connection was answered in another way than the next")


def _of_note(shown: Observation) -> dict[str, Any]:
    # A title may hold the number of a request.
    return {name: value for name, value in refusal_of(shown).items() if name != "title"}


def _word(shown: Observation) -> str:
    if shown.rejected:
        return "rejected"
    if shown.accepted:
        return "rejected" if shown.is_bad_request else "accepted"
    message = f"the request was not answered: {shown.summary}"
    raise NotAnswered(message)
