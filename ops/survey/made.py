"""What surveys make in CAS, and how it is found and removed again, also after a survey that was killed."""

from collections.abc import Callable, Collection

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.cas import CasClient, Repository
from alb_mtls.cluster.claim import claims_in
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.guarded_delete import delete_ca
from ops.survey.authorities import survey_of, survey_of_certificate
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


def made_by_surveys(cas: CasClient, repository: Repository, *, spared: Collection[str]) -> list[str]:
    """Return the identifiers of what surveys have put into a repository, but for those that are spared.

    Args:
        cas: the site.
        repository: that was given to them.
        spared: ids of surveys that are still under way.
    """
    found = []
    for one in cas.certificates_in(repository):
        held = cas.describe(one.identifier)
        survey = None if held is None else survey_of_certificate(held.pem)
        if survey is not None and survey not in spared:
            found.append(one.identifier)
    return found


def remove_all(
    *,
    cas: CasClient,
    repository: Repository | None,
    kube: KubeClient,
    alb: AlbClient,
    show: Show,
    late: str | None = None,
) -> list[str]:
    """Delete what surveys that are over left in CAS, unless something uses it; return sentences about what stays.

    Args:
        cas: the site.
        repository: that was given to them; None when it is not there any more.
        kube: whose AlbConfigs say what is used, and which surveys go on.
        alb: says so too.
        show: takes sentences for people.
        late: name of a repository that a survey may have made just before it was killed: it is listed late.

    Raises:
        CloudError, ClusterError: one of them did not answer, and another run goes on.
    """
    spared = surveys_under_way(kube)
    if late is not None:
        # A certificate is listed late as well: this waits for both.
        cas.look_for_repository(late)
    stays: list[str] = []
    places = [] if repository is None else [repository]
    own = [one for one in cas.repositories() if survey_of(one.name) not in {None, *spared}]
    for place in (*places, *own):
        for identifier in made_by_surveys(cas, place, spared=spared):
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
