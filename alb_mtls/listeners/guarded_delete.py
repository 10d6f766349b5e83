"""Deleting certificates from CAS only when nothing uses them.

Whether CAS itself rejects the deletion of a bound certificate is documented nowhere, so it is never relied on.
"""

from collections.abc import Callable

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.alb_models import same_identifier
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.cluster.claim import claims_in
from alb_mtls.cluster.errors import BadKubeconfig, CrdMissing, Unreachable
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import AlbConfig, listener_label, listeners_of, name_of, state_of, state_of_fields
from alb_mtls.errors import OperationFailed


def delete_ca(
    cas: CasClient,
    ca_identifier: str,
    *,
    alb: AlbClient,
    kube: KubeClient,
    deployment: str,
    show: Callable[[str], object],
) -> bool:
    """Delete a CA certificate, unless something uses it.

    Args:
        cas: the site that holds the certificate.
        ca_identifier: of the certificate.
        alb: whose listeners are searched.
        kube: whose AlbConfigs are searched. A cluster that is gone keeps nobody from destroying: then the ALB alone
            decides.
        deployment: id of this one.
        show: takes a sentence for people when the cluster was not searched.

    Returns:
        False when a claim of this deployment names the certificate: another resource of the stack uses it, and it was
        left alone.

    Raises:
        OperationFailed: somebody else's listener uses it; nothing was deleted.
        CloudError: the ALB API or CAS did not answer; nothing was deleted.
        ClusterError: the cluster is there, but did not say what uses the certificate; nothing was deleted.
    """
    albconfigs = _albconfigs(kube, ca_identifier, show)
    if _is_claimed(albconfigs, ca_identifier, deployment):
        return False
    users = _users(albconfigs, ca_identifier, alb)
    if users:
        sentence = (
            f"CA certificate {ca_identifier} was not deleted, because it is still bound to listener "
            f"{', '.join(users)}; take it off there (AlbConfig caCertificates) and run the command again"
        )
        raise OperationFailed(sentence)
    cas.delete_certificate(ca_identifier)
    return True


def ca_is_in_use(ca_identifier: str, *, alb: AlbClient, kube: KubeClient, show: Callable[[str], object]) -> bool:
    """Say whether a listener or a claim refers to a CA certificate, whoever it belongs to.

    Raises:
        CloudError: the ALB API did not answer.
    """
    albconfigs = _albconfigs(kube, ca_identifier, show)
    return _is_claimed(albconfigs, ca_identifier, None) or bool(_users(albconfigs, ca_identifier, alb))


def _albconfigs(kube: KubeClient, ca_identifier: str, show: Callable[[str], object]) -> list[AlbConfig]:
    try:
        return kube.albconfigs()
    except CrdMissing:
        return []
    except (Unreachable, BadKubeconfig) as error:
        show(f"CA certificate {ca_identifier}: its use was looked up on the ALB only, not in the cluster: {error}")
        return []


def _is_claimed(albconfigs: list[AlbConfig], ca_identifier: str, deployment: str | None) -> bool:
    """Say whether a claim says that it wrote the certificate; a listener that is switched off counts too."""
    return any(
        _names(state_of_fields(claim.written).identifiers, ca_identifier)
        for albconfig in albconfigs
        for claim in claims_in(albconfig)
        if deployment in {None, claim.deployment}
    )


def _users(albconfigs: list[AlbConfig], ca_identifier: str, alb: AlbClient) -> list[str]:
    on_alb = [f"{one.port}/{one.protocol} of ALB {one.load_balancer_id}" for one in alb.bound_listeners(ca_identifier)]
    return on_alb or [
        f"{listener_label(element)} of AlbConfig {name_of(albconfig)}"
        for albconfig in albconfigs
        for _, element in listeners_of(albconfig)
        if _names(state_of(element).identifiers, ca_identifier)
    ]


def _names(identifiers: list[str], ca_identifier: str) -> bool:
    return any(same_identifier(one, ca_identifier) for one in identifiers)
