"""What can be changed about a lab while it runs: timings, and every assumption with its switch.

lab/README.md says where each default comes from. A field that is added here has its switch at the management port.
"""

from dataclasses import dataclass
from enum import StrEnum

from lab.settings import ControllerMode, RefusalStyle


class DuplicateUpload(StrEnum):
    """What happens to an uploaded certificate that its repository already holds."""

    NEW_IDENTIFIER = "new-identifier"
    SAME_IDENTIFIER = "same-identifier"
    REJECTED = "rejected"


class SerialNumberFormat(StrEnum):
    """How `SerialNo` of ListCert is written."""

    HEXADECIMAL = "hexadecimal"
    DECIMAL = "decimal"
    MISSING = "missing"


@dataclass(kw_only=True)
class Timings:
    """Seconds, and calls in a second.

    Attributes:
        configuring_seconds: how long a listener stays in Configuring after a change.
        repository_listed_after_seconds: how long a new repository is missing from both listings.
        certificate_shown_after_seconds: how long a new certificate is missing from ListCert and
            DescribeWarehouseCert.
        requests_per_second: calls of one API by one user in any second; more are throttled. 0 throttles all.
    """

    configuring_seconds: float = 0.3
    repository_listed_after_seconds: float = 1.0
    certificate_shown_after_seconds: float = 0.0
    requests_per_second: int = 10


@dataclass(kw_only=True)
class CloudBehaviour:
    """What no document settles, or what differs between accounts.

    Attributes:
        duplicate_upload: what happens to a certificate that its repository already holds.
        leaf_upload_rejected: whether a repository of CA certificates takes only CA certificates.
        bound_ca_deletion_rejected: whether CAS keeps a CA that a listener refers to.
        filled_repository_deletion_rejected: whether CAS keeps a repository with certificates in it.
        wrong_site: whether CAS answers as the account's other site (mainland or international) would.
        serial_number: how ListCert writes serial numbers.
        certificate_quota: how many certificates all repositories of a site hold.
        ca_identifier_suffix: what GetListenerAttribute and ListListenerCertificates append to the identifier
            of a CA.
        listener_edits_rejected: whether UpdateListenerAttribute rejects callers other than the controller.
        throttling_sends_retry_after: whether a throttled answer has a header with the time to wait.
    """

    duplicate_upload: DuplicateUpload = DuplicateUpload.NEW_IDENTIFIER
    leaf_upload_rejected: bool = True
    bound_ca_deletion_rejected: bool = True
    filled_repository_deletion_rejected: bool = True
    wrong_site: bool = False
    serial_number: SerialNumberFormat = SerialNumberFormat.HEXADECIMAL
    certificate_quota: int = 100
    ca_identifier_suffix: str = ""
    listener_edits_rejected: bool = True
    throttling_sends_retry_after: bool = False


@dataclass(kw_only=True)
class ControllerBehaviour:
    """Switches of the controller, read again in each round.

    Attributes:
        mode: the build that the controller behaves like; `open-source` ignores `caEnabled`.
        keys_case_sensitive: False matches keys of an AlbConfig in any case.
        resync_seconds: how often everything is read again although nothing changed.
        status_seconds: how often each AlbConfig's status is written although nothing changed.
        patience_seconds: how long a listener may stay in Configuring before that counts as a failure.
    """

    mode: ControllerMode = ControllerMode.MANAGED
    keys_case_sensitive: bool = True
    resync_seconds: float = 5.0
    status_seconds: float = 5.0
    patience_seconds: float = 10.0


@dataclass(kw_only=True)
class DataPlaneBehaviour:
    """Switches of the data plane, read again within half a second after a change.

    Attributes:
        refusal: how listeners reject requests.
        backend_works: False lets every forwarded request fail with 502.
        listeners_settle: False leaves changed listeners in Configuring, though they serve already.
    """

    refusal: RefusalStyle = RefusalStyle.ALERT
    backend_works: bool = True
    listeners_settle: bool = True
