"""Deleting certificates from CAS only when no listener binds them."""

from typing import TYPE_CHECKING

from alb_mtls import session
from alb_mtls.errors import OperationFailed
from components.providers.base import Properties

if TYPE_CHECKING:
    from alb_mtls.aliyun.alb_models import BoundListener
    from alb_mtls.aliyun.cas import CasClient


def delete_if_unbound(cas: "CasClient", identifier: str, props: Properties) -> None:
    """Delete one certificate after asking the ALB API whether a listener still binds it.

    That CAS refuses by itself to delete a bound certificate is documented nowhere, so it is never relied on.

    Args:
        cas: the site that holds the certificate.
        identifier: of the certificate in CAS.
        props: `albEndpoint` and `albRegion` say which ALBs are asked.

    Raises:
        OperationFailed: a listener binds it; nothing was deleted.
        CloudError: the ALB API or CAS could not be asked; nothing was deleted.
    """
    bound = bound_listeners(identifier, props)
    if bound:
        where = ", ".join(f"{b.port}/{b.protocol} of ALB {b.load_balancer_id}" for b in bound)
        sentence = (
            f"CA certificate {identifier} was not deleted, because it is still bound to listener {where}; "
            "take it off there (AlbConfig caCertificates) and run the command again"
        )
        raise OperationFailed(sentence)
    cas.delete_certificate(identifier)


def bound_listeners(identifier: str, props: Properties) -> "list[BoundListener]":
    """Return the listeners that refer to a certificate, of the ALBs that `albEndpoint` and `albRegion` name.

    Raises:
        CloudError: the ALB API could not be asked.
    """
    alb = session.session().alb(props.get("albEndpoint"), props.get("albRegion") or "")
    return alb.bound_listeners(identifier)
