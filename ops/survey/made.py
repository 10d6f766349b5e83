"""What surveys make in CAS, and how it is found and removed again, also after a survey that was killed."""

from collections.abc import Callable, Mapping
from functools import partial

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.cas import CasClient, Repository
from alb_mtls.aliyun.errors import DeadlinePassed
from alb_mtls.cluster.claim import claims_in
from alb_mtls.cluster.claim_errors import SURVEY_OWNER
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.guarded_delete import delete_ca
from alb_mtls.retrying import growing, repeat
from ops.survey.authorities import is_of_cluster, name_of, survey_of, survey_of_certificate
from ops.survey.survey import SHOWN_SECONDS

_LAG_SECONDS = 10.0

Show = Callable[[str], object]


def surveys_under_way(kube: KubeClient) -> set[str]:
    """Return the ids of the surveys that claim a listener of the cluster."""
    return {
        one.claim.deployment
        for albconfig in kube.albconfigs()
        for one in claims_in(albconfig)
        if one.claim is not None and one.claim.owner == SURVEY_OWNER and not one.is_copy
    }


def made_by_surveys(cas: CasClient, repository: Repository) -> dict[str, str]:
    """Return the identifiers of what surveys have put into a repository, each with the id of its survey."""
    found = {}
    for one in cas.certificates_in(repository):
        held = cas.describe(one.identifier)
        survey = None if held is None else survey_of_certificate(held.pem)
        if survey is not None:
            found[one.identifier] = survey
    return found


def remove_all(
    *,
    cas: CasClient,
    repository: Repository | None,
    kube: KubeClient,
    alb: AlbClient,
    show: Show,
    survey: str | None,
    wait: bool,
    made: Mapping[str, str],
) -> list[str]:
    """Delete what a survey left in CAS, unless something uses it; return sentences about what stays.

    Args:
        cas: the site.
        repository: that was given to them; None when it is not there any more.
        kube: whose AlbConfigs say what is used, and which surveys go on.
        alb: says so too.
        show: takes sentences for people.
        survey: id of the one that is over; None for all that were made in this cluster and claim no listener of it.
        wait: it may have made something just before it was killed, and CAS shows that late.
        made: PEM of what is in CAS, listed yet or not, by identifier.

    Raises:
        CloudError, ClusterError: one of them did not answer, and another run goes on.
    """
    if wait and survey is not None:
        # A certificate is listed late as well: this waits for both.
        cas.look_for_repository(name_of(survey, "repository"))
    own = {one: of for one in cas.repositories() if (of := survey_of(one.name)) is not None}
    places = [*([] if repository is None else [repository]), *own]
    found = {identifier: of for place in places for identifier, of in made_by_surveys(cas, place).items()}
    # After CAS: a survey claims its listener before it makes anything.
    over = _over({*found.values(), *own.values()}, kube, survey)
    stays = _never_shown(cas, {one: pem for one, pem in made.items() if one not in found})
    for identifier in dict.fromkeys([*(one for one, of in found.items() if of in over), *made]):
        try:
            _once_unused(partial(delete_ca, cas, identifier, alb=alb, kube=kube, deployment="", show=show))
        except OperationFailed as error:
            stays.append(str(error))
    for one in (one for one, of in own.items() if of in over):
        if not cas.certificates_in(one):
            cas.delete_repository(one.instance_id)
        else:
            stays.append(f"CAS repository {one.name} was not deleted: certificates are in it that no survey made")
    if survey is None and (left := sum(of not in over for of in found.values())):
        show(f"{left} certificates of surveys that are under way, or of other clusters, were left in CAS")
    return stays


def _once_unused(delete: Callable[[], bool]) -> None:
    """Repeat a refused deletion: a controller that lags may carry out what is taken back already."""
    repeat(
        delete,
        OperationFailed,
        what="the certificate to be used no more",
        may_repeat=lambda _: True,
        pause=growing(0.2, longest=1.0),
        deadline_seconds=lambda _: _LAG_SECONDS,
        give_up=lambda last, _attempts, _seconds: last,
    )


def _over(surveys: set[str], kube: KubeClient, survey: str | None) -> set[str]:
    if survey is not None:
        return {survey}
    cluster, spared = kube.kube_system_uid(), surveys_under_way(kube)
    return {one for one in surveys if is_of_cluster(one, cluster) and one not in spared}


def _never_shown(cas: CasClient, made: Mapping[str, str]) -> list[str]:
    """Wait for what CAS does not list yet, and return sentences about what it does not show at all."""
    sentences = []
    for identifier, pem in made.items():
        try:
            cas.wait_until_described(identifier, pem, SHOWN_SECONDS)
        except DeadlinePassed as error:
            sentences.append(str(error))
    return sentences
