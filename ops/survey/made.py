"""What surveys make in CAS, and how it is found and removed again, also after a survey that was killed."""

from collections.abc import Callable

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.cas import CasClient, Repository
from alb_mtls.cluster.claim import claims_in
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.guarded_delete import delete_ca
from ops.survey.authorities import name_of, survey_of, survey_of_certificate
from ops.survey.listener import OWNER

Show = Callable[[str], object]


def surveys_under_way(kube: KubeClient) -> set[str]:
    """Return the ids of the surveys that claim a listener of the cluster."""
    return {
        one.claim.deployment
        for albconfig in kube.albconfigs()
        for one in claims_in(albconfig)
        if one.claim is not None and one.claim.owner == OWNER and not one.is_copy
    }


def made_by_surveys(cas: CasClient, repository: Repository, is_over: Callable[[str | None], bool]) -> list[str]:
    """Return the identifiers of what surveys have put into a repository.

    Args:
        cas: the site.
        repository: that was given to them.
        is_over: says of the id of a survey whether it counts; gets None of what no survey made.
    """
    found = []
    for one in cas.certificates_in(repository):
        held = cas.describe(one.identifier)
        if held is not None and is_over(survey_of_certificate(held.pem)):
            found.append(one.identifier)
    return found


def remove_all(
    *,
    cas: CasClient,
    repository: Repository | None,
    kube: KubeClient,
    alb: AlbClient,
    show: Show,
    survey: str | None,
    wait: bool = False,
) -> list[str]:
    """Delete what a survey left in CAS, unless something uses it; return sentences about what stays.

    Args:
        cas: the site.
        repository: that was given to them; None when it is not there any more.
        kube: whose AlbConfigs say what is used, and which surveys go on.
        alb: says so too.
        show: takes sentences for people.
        survey: id of the one that is over; None for all that claim no listener of this cluster.
        wait: it may have made something just before it was killed, and CAS shows that late.

    Raises:
        CloudError, ClusterError: one of them did not answer, and another run goes on.
    """
    spared = surveys_under_way(kube)
    if wait and survey is not None:
        # A certificate is listed late as well: this waits for both.
        cas.look_for_repository(name_of(survey, "repository"))

    def is_over(found: str | None) -> bool:
        return found is not None and (found == survey if survey is not None else found not in spared)

    stays: list[str] = []
    places = [] if repository is None else [repository]
    own = [one for one in cas.repositories() if is_over(survey_of(one.name))]
    for place in (*places, *own):
        for identifier in made_by_surveys(cas, place, is_over):
            try:
                delete_ca(cas, identifier, alb=alb, kube=kube, deployment="", show=show)
            except OperationFailed as error:
                stays.append(str(error))
    for one in own:
        if not cas.certificates_in(one):
            cas.delete_repository(one.instance_id)
        else:
            stays.append(f"CAS repository {one.name} was not deleted: certificates are in it that no survey made")
    return stays
