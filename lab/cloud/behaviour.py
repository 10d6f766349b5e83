"""What can be chosen about the simulated cloud: credentials, timings, and every assumption with its switch.

lab/README.md says where each default comes from.
"""

from dataclasses import dataclass, field
from enum import StrEnum


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


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """The one access key of the simulated account.

    Attributes:
        access_key_id: names the key.
        access_key_secret: signs requests.
        security_token: the only STS token that is taken; calls without any token are taken as well.
    """

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(repr=False)


@dataclass(kw_only=True)
class Timings:
    """Seconds, and calls in a second; changed at run time by the management app.

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
class Behaviour:
    """What no document settles, or what differs between accounts; changed at run time.

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
