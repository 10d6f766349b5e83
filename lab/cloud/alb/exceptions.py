"""Error codes of the ALB API.

Those of its status checks are known from the clients that retry on them; the others are worded as the same
API of the Network Load Balancer publishes them.
"""

from lab.cloud.exceptions import CloudFault, fault


class ResourceNotFound(CloudFault):
    """There is no such load balancer, listener or certificate."""

    http_status = 404
    words = "The specified resource {} is not found."

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(identifier)
        self.code = f"ResourceNotFound.{kind}"


class IllegalParam(CloudFault):
    """A parameter does not fit the listener."""

    words = "The param of {} is illegal: {}."

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, why)
        self.code = f"IllegalParam.{name}"


IncorrectStatusListener = fault("IncorrectStatus.Listener", "The status of listener [{}] is incorrect.")
ConflictPort = fault("Conflict.Port", "The Port [{}] is conflict.")
IllegalParamSizeCaCertificates = fault(
    "IllegalParamSize.CaCertificates",
    "The param size of CaCertificates is illegal: only one CA certificate is supported.",
)
CertificateExpired = fault("OperationDenied.CertificateExpired", "the following certificate IDs have expired: [{}]")
EditionNotSupported = fault(
    "OperationDenied.LoadBalancerEditionNotSupport", "Mutual authentication is not supported by the edition {}."
)
# The listener belongs to the controller of a cluster.
ServiceManagedResource = fault(
    "OperationDenied.ServiceManagedResource", "The operation is not allowed because of ServiceManagedResource."
)
# The request would have been carried out.
DryRunOperation = fault("DryRunOperation", "Request validation has been passed with DryRun flag set.")
IdempotenceSignatureMismatch = fault(
    "IdempotenceSignatureMismatch",
    "The idempotence token of request is same with the prev one, but the signature is different.",
)
