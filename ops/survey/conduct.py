"""Asking: each question in turn, and everything put back at the end, whatever ended it."""

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import FrameType

from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.errors import ClusterError, NoSuchAlbConfig, NoSuchListener
from alb_mtls.cluster.listener import find_listener
from alb_mtls.errors import OperationFailed
from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.redaction import one_line
from ops.errors import OpsError
from ops.survey.authorities import Authorities, new_survey_id
from ops.survey.listener import SurveyedListener, put_back, survey_claim
from ops.survey.made import remove_all
from ops.survey.opening import Given, Opening
from ops.survey.questions import Question
from ops.survey.report import Report
from ops.survey.survey import Answer, NotAnswered, Survey

Consent = Callable[[str], bool]
Show = Callable[[str], None]


def conduct(
    given: Given,
    opening: Opening,
    questions: Sequence[Question],
    *,
    consent: Consent,
    show: Show,
    patience: float,
    connections: int,
    keep: Callable[[Report], None],
) -> None:
    """Ask the questions, and put everything back.

    Args:
        given: where.
        opening: what was found there.
        questions: to be asked.
        consent: asks the person before each.
        show: takes sentences for people.
        patience: seconds that the ALB may take to follow a change.
        connections: fresh ones in a row until a switch counts as complete.
        keep: takes the report, before anything is put back.

    Raises:
        OpsError: something could not be put back; it says what, and how to go on.
        ClusterError: somebody else has the listener; what can be was put back.
        KeyboardInterrupt: by a person, after everything was put back.
    """
    identity = new_survey_id(given.kube.kube_system_uid())
    made: dict[str, str] = {}
    report = Report(at=datetime.now(UTC), edition=opening.load_balancer.edition)
    with _stoppable():
        try:
            survey = _begin(identity, given, opening, made, patience=patience, connections=connections)
            _ask_all(survey, questions, report, consent=consent, show=show)
        finally:
            try:
                if report.answers:
                    keep(report)
            finally:
                give_back(given, survey=identity, show=show, patience=patience, made=made)


def give_back(
    given: Given, *, survey: str | None, show: Show, patience: float, made: Mapping[str, str] | None = None
) -> None:
    """Give the listener back as its survey found it, and remove what surveys that are over left in CAS.

    Args:
        given: where.
        survey: only of this one a claim is touched; None for whichever holds the listener, because it was killed.
        show: takes sentences for people.
        patience: seconds that the ALB may take for each step.
        made: PEM of what it has put into CAS and not deleted, by identifier; of one that was killed nobody knows it.

    Raises:
        OpsError: something could not be put back; it says what, and how to go on.
    """
    again = f"then run: {given.put_back_command}"
    claim: Claim | None = None
    try:
        with suppress(NoSuchAlbConfig):
            claim = survey_claim(given.kube.albconfig(given.key.alb_config), given.key)
        if claim is not None and survey in {None, claim.deployment}:
            put_back(
                kube=given.kube, alb=given.alb, api=given.api, claim=claim, key=given.key, seconds=patience, show=show
            )
            how = (
                "is as it was before the survey" if _is_there(given) else "is gone, and with it the claim of the survey"
            )
            show(f"{given.key.label} {how}")
        name = given.repository or (claim.repository if claim else None)
        stays = remove_all(
            cas=given.cas,
            repository=given.cas.find_repository(name) if name else None,
            kube=given.kube,
            alb=given.alb,
            show=show,
            survey=survey or (claim.deployment if claim else None),
            wait=survey is None,
            made=made or {},
        )
    except KeyboardInterrupt:
        message = f"interrupted before everything was put back; go on with: {given.put_back_command}"
        raise OpsError(message) from None
    except (OpsError, OperationFailed, CloudError, ClusterError) as error:
        message = f"not everything of the survey was put back: {error}; {again}"
        raise OpsError(message) from None
    if stays:
        message = f"not everything of the survey was put back: {'; '.join(stays)}; {again}"
        raise OpsError(message)
    if name is None:
        show("no claim and no --repository says where its CAs were; with --repository they are looked for there")
    else:
        show("CAS lists nothing of it any more")


def _is_there(given: Given) -> bool:
    try:
        find_listener(given.kube.albconfig(given.key.alb_config), given.key)
    except (NoSuchAlbConfig, NoSuchListener):
        return False
    return True


def _begin(
    identity: str, given: Given, opening: Opening, made: dict[str, str], *, patience: float, connections: int
) -> Survey:
    authorities = Authorities(identity)
    listener = SurveyedListener.claimed(
        kube=given.kube,
        alb=given.alb,
        albconfig=opening.albconfig,
        key=given.key,
        survey=identity,
        repository=opening.repository.name,
    )
    return Survey(
        id=identity,
        kube=given.kube,
        alb=given.alb,
        cas=given.cas,
        repository=opening.repository,
        dns_name=opening.load_balancer.dns_name,
        listener=listener,
        prober=opening.prober,
        patience=patience,
        connections=connections,
        authorities=authorities,
        made=made,
    )


def _ask_all(survey: Survey, questions: Sequence[Question], report: Report, *, consent: Consent, show: Show) -> None:
    for question in questions:
        show(f"{question.name}: {question.does} Writes: {question.writes}.")
        if not consent("Ask this?"):
            report.unanswered[question.name] = "left out"
            continue
        try:
            report.answers[question.name] = question.ask(survey)
        except (NotAnswered, CloudError, HandshakeError, OpsError) as error:
            report.unanswered[question.name] = _reason(error)
            show(f"{question.name}: no answer: {one_line(str(error))}")
        else:
            show(f"{question.name}: {_short(report.answers[question.name])}")


def _reason(error: Exception) -> str:
    """Return why there is no answer, in words that name nothing of the account."""
    code = error.code if isinstance(error, CloudError) else None
    if isinstance(error, CloudError):
        return f"{error.api}: {code or type(error).__name__}"
    return str(error) if isinstance(error, NotAnswered) else type(error).__name__


def _short(answer: Answer) -> str:
    if isinstance(answer, list):
        return f"{len(answer)} answers"
    return ", ".join(f"{name} {_spelled(value)}" for name, value in answer.items() if value is not None)


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) or "none"


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let an ordinary end from outside, as of a session that is closed, put back too."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
