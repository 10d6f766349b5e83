"""What one connection, or one moment, shows is no answer of a survey: chance is not reported as a fact."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any, cast

import pytest

from alb_mtls.aliyun.errors import InUse
from alb_mtls.cluster.listener import Fields
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.tls import TlsSession
from ops.survey.authorities import Authorities
from ops.survey.listener import SurveyedListener, requesting
from ops.survey.probing import Prober
from ops.survey.questions_of_alb import absent_field, hash_label, identifier_form
from ops.survey.questions_of_cas import bound_ca_deletion, same_name_again
from ops.survey.questions_of_tls import refusals, sessions, verify_depth
from ops.survey.survey import NotAnswered, Survey
from tests.fakes.cas import Cas

ACCEPTED = Observation(verdict=Verdict.ACCEPTED, status=200)
ALERT = Observation(verdict=Verdict.REJECTED_BY_ALERT, alert=48, requested=True)
LOST = Observation(verdict=Verdict.REJECTED_BY_RESET, requested=True)
SILENT = Observation(verdict=Verdict.UNREACHABLE, reason="no answer within 10 s")
AUTHORITIES = Authorities("0123456789abcdef")


@dataclass(kw_only=True)
class Moments:
    """A clock that goes on while somebody sleeps."""

    now: float = 0.0

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@dataclass(kw_only=True)
class Listener:
    """A listener whose ALB takes some seconds to follow."""

    moments: Moments
    seconds: float = 0.0
    fields: Fields = field(default_factory=dict)
    suffix: str = ""
    labelled: bool = True
    written_at: float = 0.0

    def require(self, fields: Fields, *, seconds: float) -> None:
        """Write, and wait until the ALB follows."""
        assert self.seconds <= seconds
        self.write(fields)
        self.moments.sleep(self.seconds)

    def write(self, fields: Fields) -> None:
        """Write."""
        self.fields, self.written_at = fields, self.moments.now

    @property
    def follows(self) -> bool:
        """Whether the ALB has followed by now."""
        return self.moments.now >= self.written_at + self.seconds

    def shown(self) -> Any:
        """Return what the ALB shows; an absent field it takes for off."""
        identifiers = [one["CertificateId"] + self.suffix for one in self.fields["/caCertificates"]]
        enabled = bool(self.fields.get("/caEnabled")) or not self.follows
        return type("Shown", (), {"ca_enabled": enabled, "ca_identifiers": identifiers})

    def label(self, _name: str) -> str | None:
        """Return what the controller has written last."""
        return f"hash-{self.written_at}" if self.labelled and self.follows else None


class Answers:
    """Answers to the requests of one client after the other; the last one of each is repeated."""

    def __init__(self, *answers: Observation) -> None:
        """Take them."""
        self._answers: Iterator[Observation] = chain(answers, repeat(answers[-1]))

    def __call__(self) -> Observation:
        """Return the next."""
        return next(self._answers)


def survey_of(answer: Callable[[Any], Observation] = lambda _: ALERT, **of_listener: Any) -> Survey:
    """Return a survey whose requests are answered so."""
    moments, cas = Moments(), Cas()

    class Connections:
        def ask(self, credential: object, **_: object) -> Observation:
            return answer(credential)

        def ask_all(self, number: int) -> list[Observation]:
            enabled = listener.fields.get("/caEnabled")
            return [ALERT if enabled else ACCEPTED] * number

    listener = Listener(moments=moments, **of_listener)
    return Survey(
        id="0123456789abcdef",
        kube=cast("Any", None),
        alb=cast("Any", None),
        cas=cast("Any", cas),
        repository=cas.add_repository("given"),
        dns_name="alb.example",
        listener=cast("SurveyedListener", listener),
        prober=cast("Prober", Connections()),
        patience=120.0,
        connections=300,
        authorities=AUTHORITIES,
        made={},
        clock=lambda: moments.now,
        sleep=moments.sleep,
    )


def by_client(**answers: Answers) -> Callable[[Any], Observation]:
    first, second = AUTHORITIES.first.clients.valid, AUTHORITIES.second.clients.valid
    return lambda one: answers["valid" if one is first else "alone" if one is second else "crossed"]()


def test_a_connection_that_is_lost_is_no_way_of_rejecting() -> None:
    answers = Answers(ACCEPTED, LOST, ALERT)
    rows = cast("list[dict[str, Any]]", refusals(survey_of(lambda _: answers())))

    assert {row["how"] for row in rows} == {"alert"}


def test_answers_that_are_never_alike_are_none() -> None:
    turns = iter([ACCEPTED, ALERT] * 500)
    rows = cast("list[dict[str, Any]]", refusals(survey_of(lambda _: next(turns))))

    assert {row["how"] for row in rows} == {"unanswered"}


def test_one_lucky_connection_does_not_make_a_chain_accepted() -> None:
    answer = by_client(valid=Answers(ACCEPTED), alone=Answers(ACCEPTED, ALERT), crossed=Answers(LOST, ACCEPTED))

    assert verify_depth(survey_of(answer)) == {"second_alone": "rejected", "second_with_cross": "accepted"}


def test_where_the_ca_itself_is_not_accepted_a_rejected_chain_says_nothing() -> None:
    with pytest.raises(NotAnswered, match="a client of the CA was not accepted"):
        verify_depth(survey_of(lambda _: ALERT))


def test_sessions_that_could_not_be_opened_are_not_called_safe() -> None:
    with pytest.raises(NotAnswered, match=r"was not accepted with TLS 1\.2"):
        sessions(survey_of(lambda _: SILENT))


def test_sessions_whose_offer_is_not_answered_are_not_called_safe() -> None:
    session = cast("TlsSession", type("Session", (), {"credential": None}))
    opened = Observation(verdict=Verdict.ACCEPTED, status=200, session=session)
    answers = Answers(*[opened] * 4, SILENT)

    with pytest.raises(NotAnswered, match="the request was not answered"):
        sessions(survey_of(lambda _: answers()))


def test_an_absent_field_has_as_long_as_other_changes_took() -> None:
    assert absent_field(survey_of(seconds=30.0)) == {"outcome": "off"}


def test_a_hash_label_alone_has_as_long_as_a_change_takes() -> None:
    assert hash_label(survey_of(seconds=30.0)) == {"written": True}
    assert hash_label(survey_of(seconds=30.0, labelled=False)) == {"written": False}


@pytest.mark.parametrize(("suffix", "shown"), [("-cn-hangzhou", "-cn-hangzhou"), ("_1234567890123456", "_" + 16 * "0")])
def test_the_number_of_an_account_does_not_stand_in_a_suffix(suffix: str, shown: str) -> None:
    assert identifier_form(survey_of(suffix=suffix)) == {"form": "suffix", "suffix": shown}


def test_a_deletion_without_effect_is_not_reported_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    survey = survey_of()
    with monkeypatch.context() as patched:
        patched.setattr(survey.cas, "delete_certificate", lambda _: None)
        with pytest.raises(NotAnswered, match="still shows it"):
            bound_ca_deletion(survey)

    assert list(survey.made) == [survey.bound]


def test_a_deletion_that_is_refused_or_has_an_effect_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    survey = survey_of()
    assert bound_ca_deletion(survey) == {"outcome": "deleted", "code": None}
    assert survey.listener.fields == requesting(survey.uploaded())

    monkeypatch.setattr(survey.cas, "delete_certificate", _in_use)
    assert bound_ca_deletion(survey) == {"outcome": "rejected", "code": None}


def _in_use(identifier: str) -> None:
    sentence = "it is in use"
    raise InUse(sentence, api="DeletePCACert", target=identifier)


def test_a_ca_that_another_upload_replaced_is_not_counted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    survey = survey_of()
    first = survey.uploaded()
    monkeypatch.setattr(survey.cas, "upload_copy", lambda **_: first, raising=False)

    with pytest.raises(NotAnswered, match="gave the other CA the identifier of the first"):
        same_name_again(survey)
    assert (survey.bound, survey.made) == (None, {})
