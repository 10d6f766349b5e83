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


class SetsEdition(StrEnum):
    """Of which load balancers a reconcile sets the edition: of those it made, or also of a reused one with force."""

    OWN = "own"
    FORCED = "forced"
    NEVER = "never"


class SecondAlbConfig(StrEnum):
    """What happens to an AlbConfig that names a load balancer which another AlbConfig has."""

    REFUSED = "refused"
    TAKES_OVER = "takes-over"


class SerialNumberFormat(StrEnum):
    """How `SerialNo` of ListCert is written."""

    HEXADECIMAL = "hexadecimal"
    DECIMAL = "decimal"
    MISSING = "missing"


class UniqueNames(StrEnum):
    """Which names of CAS may be given once only.

    Two repositories of one name are the harder case for a caller whose reply was lost: nothing reports the first.
    """

    NONE = "none"
    CERTIFICATES = "certificates"
    ALL = "all"


class NoCa(StrEnum):
    """What `CaCertificates` of GetListenerAttribute is for a listener without a CA."""

    ABSENT = "absent"
    NULL = "null"
    EMPTY = "empty"


class Zone(StrEnum):
    """Where the DNS names of load balancers end: outside the Chinese mainland in another domain."""

    INTERNATIONAL = "international"
    CHINA = "china"


class ChainAnchor(StrEnum):
    """Which certificate of an uploaded chain a listener trusts.

    `last` is the root, so that clients have to send what stands between it and them. `first` is the CA that signs them,
    trusted by itself.
    """

    FIRST = "first"
    LAST = "last"


class FingerprintForm(StrEnum):
    """How the second TLS server writes the fingerprint of a client certificate: which digest, and in which case."""

    SHA256 = "sha256"
    SHA256_UPPER = "SHA256"
    SHA1 = "sha1"
    SHA1_UPPER = "SHA1"


class SessionResumption(StrEnum):
    """Which TLS sessions the second TLS server resumes.

    `safe`: those that were opened at the same listener under the same configuration, with their client
    certificate. `unsafe`: also those opened before a change, or at another listener of the load balancer, and then
    without a certificate.
    """

    NONE = "none"
    SAFE = "safe"
    UNSAFE = "unsafe"


class Webhook(StrEnum):
    """What the validating webhook of AlbConfigs does.

    `denies`: with `webhook_text`. `down`: kube-apiserver gets no answer. `slow`: none within its timeout.
    `refuses-dry-run`: it is registered as one with side effects, so that kube-apiserver rejects dry runs.
    """

    ACCEPTS = "accepts"
    DENIES = "denies"
    DOWN = "down"
    SLOW = "slow"
    REFUSES_DRY_RUN = "refuses-dry-run"


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
        lets_go_of_ca: whether a listener that is switched off no longer refers to its CA: the ALB API shows none
            then, and CAS may delete it.
        ca_identifier_suffix: what GetListenerAttribute and ListListenerCertificates append to the identifier
            of a CA.
        names_unique: which names of CAS are rejected when they are taken.
        no_ca: what GetListenerAttribute shows of a listener without a CA.
        ca_named: whether GetListenerAttribute names the CA of a listener that has one; False leaves the member out.
        unknown_members: whether every object of an answer has a member that the SDKs do not know.
        unknown_statuses: whether a listener that is being changed, and its CA, have statuses that no document lists.
        zone: in which domain the DNS names of load balancers end.
        listener_edits_rejected: whether UpdateListenerAttribute rejects callers other than the controller, where a
            controller made the load balancer.
        authenticating_editions: of load balancers whose listeners may authenticate clients.
        throttling_sends_retry_after: whether a throttled answer has a header with the time to wait.
        policies_enforced: whether a caller may do no more than the RAM policy of its access key allows.
    """

    duplicate_upload: DuplicateUpload = DuplicateUpload.NEW_IDENTIFIER
    leaf_upload_rejected: bool = True
    bound_ca_deletion_rejected: bool = True
    filled_repository_deletion_rejected: bool = True
    wrong_site: bool = False
    serial_number: SerialNumberFormat = SerialNumberFormat.HEXADECIMAL
    certificate_quota: int = 100
    lets_go_of_ca: bool = False
    ca_identifier_suffix: str = ""
    names_unique: UniqueNames = UniqueNames.CERTIFICATES
    no_ca: NoCa = NoCa.ABSENT
    ca_named: bool = True
    unknown_members: bool = True
    unknown_statuses: bool = False
    zone: Zone = Zone.INTERNATIONAL
    listener_edits_rejected: bool = True
    authenticating_editions: tuple[str, ...] = ("Standard", "StandardWithWaf")
    throttling_sends_retry_after: bool = False
    policies_enforced: bool = True


@dataclass(kw_only=True)
class ControllerBehaviour:
    """Switches of the controller, read again in each round.

    Attributes:
        mode: the build that the controller behaves like; `open-source` ignores `caEnabled`.
        keys_case_sensitive: False matches keys of an AlbConfig in any case.
        absent_is_unchanged: whether `caEnabled` or `caCertificates` that an AlbConfig does not have leave a listener
            as it is; False means they are false and empty.
        sets_edition: which load balancers a reconcile gives the edition that the AlbConfig says, Standard when it says
            none; `forced`: also a reused one, with `forceOverride`.
        second_albconfig: what happens to an AlbConfig that names a load balancer which another AlbConfig has.
        names_lost_cas: whether the report of a CA that the ALB cannot use names it, by the code of the ALB; False gives
            the text of the catalogue, whose list is empty.
        hash_label: whether the controller writes the hash of what it has reconciled into a label of the AlbConfig,
            and drops events about an AlbConfig whose hash is that of its label, also after its own restart.
        fails_half_way: lets every reconcile fail once it has changed the listeners, as a broken Ingress does.
        first_retry_seconds: how long the controller waits after a reconcile that failed; twice as long each time.
        last_retry_seconds: how long it waits at most.
        resync_seconds: how often everything is reconciled although nothing changed; 0 is never.
        status_seconds: how often each AlbConfig's status is written although nothing changed.
        patience_seconds: how long a listener may stay in Configuring before that counts as a failure.
        webhook: what the validating webhook does with an AlbConfig that is created or updated.
        webhook_text: of a denial.
        webhook_code: HTTP status of a denial.
        webhook_denies: regular expression; only AlbConfigs whose JSON, as it would be stored and with a member
            `dryRun`, matches it are denied.
    """

    mode: ControllerMode = ControllerMode.MANAGED
    keys_case_sensitive: bool = True
    absent_is_unchanged: bool = False
    sets_edition: SetsEdition = SetsEdition.OWN
    second_albconfig: SecondAlbConfig = SecondAlbConfig.REFUSED
    names_lost_cas: bool = False
    hash_label: bool = True
    fails_half_way: bool = False
    first_retry_seconds: float = 0.5
    last_retry_seconds: float = 8.0
    resync_seconds: float = 0.0
    status_seconds: float = 20.0
    patience_seconds: float = 10.0
    webhook: Webhook = Webhook.ACCEPTS
    webhook_text: str = "listeners are changed on Mondays only"
    webhook_code: int = 403
    webhook_denies: str = ""


@dataclass(kw_only=True)
class DataPlaneBehaviour:
    """Switches of the data plane, read again within half a second after a change.

    Attributes:
        refusal: how listeners reject requests.
        backend_works: False lets every forwarded request fail with 502.
        backend: `host:port` on this machine that Caddy forwards to, over plain HTTP; empty for the lab's own backend.
        listeners_settle: False leaves changed listeners in Configuring, though they serve already.
        second_server: HTTPS listeners that the second TLS server serves instead of Caddy, as shell-style patterns
            of `ALBCONFIG/PORT/PROTOCOL`, such as `alb/443/HTTPS` or `*`.
        machines: how many machines serve each listener of the second server; every fresh connection meets one of
            them at random. 0 counts as 1.
        lagging_share: share of the machines, 0 to 1, that follow a change late or never.
        lag_seconds: after which the last of these follows, the others one after the other until then. The listener
            is Running before.
        laggards_never_follow: whether these machines keep what they serve.
        connection_loss: share of the fresh connections to the second server that are cut before an answer, 0 to 1.
        session_resumption: which TLS sessions the second server resumes.
        verify_depth: how many CAs may stand between a client and the CA of its listener at the second server.
        chain_anchor: which certificate of a chain in CAS a listener trusts.
        forged_headers_pass: whether a client-certificate header that a client sends itself reaches the backend, before
            the one that the listener sets.
        fingerprint: how the second server writes it; Caddy writes `sha256`.
    """

    refusal: RefusalStyle = RefusalStyle.ALERT
    backend_works: bool = True
    backend: str = ""
    listeners_settle: bool = True
    second_server: tuple[str, ...] = ()
    machines: int = 1
    lagging_share: float = 0.0
    lag_seconds: float = 0.0
    laggards_never_follow: bool = False
    connection_loss: float = 0.0
    session_resumption: SessionResumption = SessionResumption.SAFE
    verify_depth: int = 1
    chain_anchor: ChainAnchor = ChainAnchor.LAST
    forged_headers_pass: bool = False
    fingerprint: FingerprintForm = FingerprintForm.SHA256
