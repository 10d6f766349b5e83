"""Error codes of the ALB API.

Those of its status checks are known from the clients that retry on them; the others are worded as the same
API of the Network Load Balancer publishes them.
"""

from lab.cloud.exceptions import CloudFault


class ResourceNotFound(CloudFault):
    """There is no such load balancer, listener or certificate."""

    http_status = 404

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(f"The specified resource {identifier} is not found.")
        self.code = f"ResourceNotFound.{kind}"


class IncorrectStatusListener(CloudFault):
    """The listener is being changed."""

    code = "IncorrectStatus.Listener"

    def __init__(self, listener_id: str) -> None:
        super().__init__(f"The status of listener [{listener_id}] is incorrect.")


class ConflictPort(CloudFault):
    """Another listener of the load balancer has the port."""

    code = "Conflict.Port"

    def __init__(self, port: int) -> None:
        super().__init__(f"The Port [{port}] is conflict.")


class IllegalParam(CloudFault):
    """A parameter does not fit the listener."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"The param of {name} is illegal: {why}.")
        self.code = f"IllegalParam.{name}"


class IllegalParamSizeCaCertificates(CloudFault):
    """More than one CA for a listener."""

    code = "IllegalParamSize.CaCertificates"

    def __init__(self) -> None:
        super().__init__("The param size of CaCertificates is illegal: only one CA certificate is supported.")


class CertificateExpired(CloudFault):
    """The certificate is not valid any more."""

    code = "OperationDenied.CertificateExpired"

    def __init__(self, identifier: str) -> None:
        super().__init__(f"the following certificate IDs have expired: [{identifier}]")


class EditionNotSupported(CloudFault):
    """The edition of the load balancer cannot authenticate clients."""

    code = "OperationDenied.LoadBalancerEditionNotSupport"

    def __init__(self, edition: str) -> None:
        super().__init__(f"Mutual authentication is not supported by the edition {edition}.")


class ServiceManagedResource(CloudFault):
    """The listener belongs to the controller of a cluster."""

    code = "OperationDenied.ServiceManagedResource"

    def __init__(self) -> None:
        super().__init__("The operation is not allowed because of ServiceManagedResource.")


class DryRunOperation(CloudFault):
    """The request would have been carried out."""

    code = "DryRunOperation"

    def __init__(self) -> None:
        super().__init__("Request validation has been passed with DryRun flag set.")


class IdempotenceSignatureMismatch(CloudFault):
    """A client token was used again for another request."""

    code = "IdempotenceSignatureMismatch"

    def __init__(self) -> None:
        super().__init__("The idempotence token of request is same with the prev one, but the signature is different.")
