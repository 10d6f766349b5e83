"""Error codes of the ALB API.

Those of its status checks are known from the clients that retry on them; the others are worded as the same
API of the Network Load Balancer publishes them.
"""

from lab.cloud.exceptions import CloudFault


class ResourceNotFound(CloudFault):
    """There is no such load balancer, listener or certificate."""

    http_status = 404
    words = "The specified resource {} is not found."

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(identifier)
        self.code = f"ResourceNotFound.{kind}"


class IncorrectStatusListener(CloudFault):
    """The listener is being changed."""

    code = "IncorrectStatus.Listener"
    words = "The status of listener [{}] is incorrect."


class ConflictPort(CloudFault):
    """Another listener of the load balancer has the port."""

    code = "Conflict.Port"
    words = "The Port [{}] is conflict."


class IllegalParam(CloudFault):
    """A parameter does not fit the listener."""

    words = "The param of {} is illegal: {}."

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, why)
        self.code = f"IllegalParam.{name}"


class IllegalParamSizeCaCertificates(CloudFault):
    """More than one CA for a listener."""

    code = "IllegalParamSize.CaCertificates"
    words = "The param size of CaCertificates is illegal: only one CA certificate is supported."


class CertificateExpired(CloudFault):
    """The certificate is not valid any more."""

    code = "OperationDenied.CertificateExpired"
    words = "the following certificate IDs have expired: [{}]"


class EditionNotSupported(CloudFault):
    """The edition of the load balancer cannot authenticate clients."""

    code = "OperationDenied.LoadBalancerEditionNotSupport"
    words = "Mutual authentication is not supported by the edition {}."


class ServiceManagedResource(CloudFault):
    """The listener belongs to the controller of a cluster."""

    code = "OperationDenied.ServiceManagedResource"
    words = "The operation is not allowed because of ServiceManagedResource."


class DryRunOperation(CloudFault):
    """The request would have been carried out."""

    code = "DryRunOperation"
    words = "Request validation has been passed with DryRun flag set."


class IdempotenceSignatureMismatch(CloudFault):
    """A client token was used again for another request."""

    code = "IdempotenceSignatureMismatch"
    words = "The idempotence token of request is same with the prev one, but the signature is different."
