"""What the claim and the switch of a listener are given (`…Inputs`) and what the state keeps of them (`…Outputs`).

As in `resources.py`, the names stand in users' states.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from alb_mtls.cluster.identity_headers import IdentityHeaders
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.pki.subject import Subject
from alb_mtls.resources import DOCUMENTED_EDITIONS, AlbApi

ProofMode = Literal["required", "api", "off"]
Write = Literal["patch", "none"]
"""Who writes an AlbConfig: this program, or with `none` Git, which a person commits a fragment to."""
GIT: Final = "Git"
"""Who is awaited, in `awaiting`."""
STOPS_HERE: Final = "an up stops here: "
"""Begin of what a diff answers about a listener that an `up` must not write."""


@dataclass(frozen=True, kw_only=True)
class ProbeNames:
    """Names of a client of the stack, which a probe client bears too where the CA permits certain names only.

    Attributes:
        sans: as the configuration writes them, `dns:`, `email:` or `uri:`.
    """

    subject: Subject
    sans: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProofSettings:
    """How a listener is proven.

    Attributes:
        host: in its requests; None when no Ingress rule names one.
        deadline_seconds: how long the ALB may take to follow, and then the listener to behave.
        server_ca: `system`, `insecure` or the path of a CA file.
        connections: how many fresh connections in a row, to each address, must meet the listener as desired.
        connect_to: where the listener is reached, each `host:port`; empty for the ALB's own address.
        client_certificate_file: of a client that must be accepted too; with `client_key_file`.
        probe_names: None where the CA permits all names, or the stack has no client.
        echo_path: where the backend answers with the headers that it got; None where no such place is named.
    """

    mode: ProofMode
    host: str | None
    path: str
    deadline_seconds: int
    server_ca: str
    connections: int = 300
    connect_to: tuple[str, ...] = ()
    client_certificate_file: str | None = None
    client_key_file: str | None = None
    probe_names: ProbeNames | None = None
    echo_path: str | None = None


@dataclass(frozen=True, kw_only=True)
class ListenerClaimInputs:
    """A listener that is to be held.

    Attributes:
        owner: `<project>/<stack>`, for people.
        deployment: id; it decides whose the claim is.
        kubeconfig: content, when the cluster is named by id; a secret.
        take_over: CA, or deployment, that may be taken over; None for nobody.
        ca_identifiers: of the CAs in CAS that this stack binds.
        made_here: those of them that this stack put into CAS, and deletes with itself.
        cas_endpoint: URL of the CAS site where a restore looks up the previous CA; None when none is configured.
        proof: of a restore.
        identity_headers: that are switched on; None for none.
        write: `none` where nothing is written to the AlbConfig; None means `patch`.
    """

    listener: ListenerKey
    owner: str
    deployment: str
    kubeconfig: str | None = field(default=None, repr=False)
    alb: AlbApi
    take_over: str | None = None
    ca_identifiers: tuple[str, ...] = ()
    made_here: tuple[str, ...] = ()
    cas_endpoint: str | None = None
    proof: ProofSettings
    identity_headers: IdentityHeaders | None = None
    write: Write | None = None


@dataclass(frozen=True, kw_only=True)
class ListenerClaimOutputs(ListenerClaimInputs):
    """The claim, reserved before anything is written.

    Attributes:
        found: the fields before this stack came, by JSON pointer, as JSON text: Pulumi drops a key whose value is null.
            It counts when the listener names a CA of this stack and the claim in the cluster is gone.
        known: identifiers of every CA that this stack has bound, or was about to.
        token: ties the claim in the cluster to this resource.
        uid: of the AlbConfig.
        kube_system_uid: tells the cluster from others.
        cluster: context and server, for people.
    """

    token: str
    uid: str
    kube_system_uid: str
    cluster: str
    found: str | None = None
    known: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OtherGeneration:
    """A generation of the root CA beside the one that a listener trusts.

    Attributes:
        certificate_pem: of its CA.
        key_file: path of the key of an imported CA.
        cross_pem: what ties it and the trusted one: certificates of the newer one's key, signed by the older one, in
            the order in which clients send them; None where there is none.
        ca_identifier: of its CA in CAS; None where it is not there.
    """

    generation: int
    certificate_pem: str
    key_file: str | None = None
    cross_pem: str | None = None
    ca_identifier: str | None = None


@dataclass(frozen=True, kw_only=True)
class ListenerSwitchInputs:
    """What a listener should do.

    Attributes:
        token: of its claim.
        enabled: whether it requests a client certificate.
        ca_identifier: of the CA in CAS that it should trust.
        repository: name of the CAS repository, for people who lost the state; None with a purchased CA.
        take_over: identifier of the CA, or id of the deployment, that may be taken over; None for nobody.
        known: as of the claim.
        made_here: as of the claim.
        found: as of the claim.
        identity_headers: as of the claim.
        observed: what a look at the listener showed before anything was registered (`look.look_of`); in the inputs
            only, and no change of the listener.
        cas_endpoint: URL of the CAS site where a roll-back looks up a CA that was taken over; None when none is
            configured.
        kubeconfig: content, when the cluster is named by id; a secret.
        ca_certificate_pem: of that CA; None for a purchased one.
        ca_private_key_pem: signs the clients of the proof; a secret, and in the inputs only.
        ca_key_file: path of the key of an imported CA.
        hosts: of the listener, for its proof.
        allowed_hosts: that may be on it while it requests certificates; None allows all.
        write: as of the claim.
        editions: of ALBs that may authenticate clients.
        generation: number of the CA that it should trust.
        issued_generation: number of the CA that issues all clients of this `up`; None where nothing is issued here.
        cross_generation: number of the older CA that accepts them too, by the cross certificate that they send; None
            where they send none.
        abandoned: generations whose clients may be rejected, those whose key is in wrong hands among them.
        other_generations: of the root CA, beside the one that it should trust.
        other_private_keys: of those that were generated, PEM by number; a secret, and in the inputs only.
    """

    listener: ListenerKey
    owner: str
    deployment: str
    token: str
    enabled: bool
    ca_identifier: str
    repository: str | None = None
    take_over: str | None = None
    known: tuple[str, ...] = ()
    made_here: tuple[str, ...] = ()
    found: str | None = None
    identity_headers: IdentityHeaders | None = None
    observed: str | None = None
    cas_endpoint: str | None = None
    kubeconfig: str | None = field(default=None, repr=False)
    alb: AlbApi
    proof: ProofSettings
    ca_certificate_pem: str | None = None
    ca_private_key_pem: str | None = field(default=None, repr=False)
    ca_key_file: str | None = None
    hosts: tuple[str, ...] = ()
    editions: tuple[str, ...] = DOCUMENTED_EDITIONS
    generation: int | None = None
    issued_generation: int | None = None
    cross_generation: int | None = None
    abandoned: tuple[int, ...] = ()
    other_generations: tuple[OtherGeneration, ...] = ()
    other_private_keys: dict[str, str] = field(default_factory=dict, repr=False)
    allowed_hosts: tuple[str, ...] | None = None
    write: Write | None = None

    @property
    def kept(self) -> dict[str, Any]:
        """What of them the outputs repeat: a second copy of the keys, and of a look, would serve nobody."""
        return vars(replace(self, ca_private_key_pem=None, observed=None, other_private_keys={}))


@dataclass(frozen=True, kw_only=True)
class ProofShown:
    """How far a proof reaches.

    Attributes:
        connections: fresh ones in a row that were answered as they must be, at each address.
        bound: share of machines that may still answer wrongly, at 95 %, of those that connections from the machine that
            ran the `up` are spread over.
        addresses_asked: `host:port` of each.
        addresses_known: of the ALB; empty when its name could not be looked up.
        not_tried: what no request was sent for, and why.
        answers: what the connections have shown, such as `none accepted without a certificate`; empty in a state of
            before there was this.
    """

    connections: int
    bound: float
    addresses_asked: tuple[str, ...] = ()
    addresses_known: tuple[str, ...] = ()
    not_tried: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ListenerSwitchOutputs(ListenerSwitchInputs):
    """What the last `up` made of it.

    Attributes:
        uid: of the AlbConfig.
        attempt: stands in the claim as long as no other run has begun to write.
        previous: what the fields held before the stack came, by JSON pointer, as JSON text: Pulumi drops a key whose
            value is null, and null is not the same as absent here.
        applied_ca_identifier: the CA that this stack has bound; a refresh writes into `ca_identifier` what is there.
        applied_enabled: as `applied_ca_identifier`, of `enabled`; None in a state of before there was this.
        listener_id: as the ALB API names it; None when that was not called.
        proven: handshakes have shown that the listener is as desired.
        proven_at: since when, ISO 8601.
        proof_note: what was not shown, and why; empty when all was.
        proof_shown: how far the proof reaches; None without one.
        headers_shown: what was shown of identity headers, one line each.
        fragment: YAML that is to be committed to Git; None where the program patches the listener.
        awaiting: who has yet to bring the fragment to the AlbConfig, `GIT`; None where nobody is awaited. Then
            `applied_ca_identifier` and `applied_enabled` are what the AlbConfig was found to have before; empty and
            false when it never had anything of this stack from Git.
    """

    uid: str
    load_balancer_id: str
    attempt: str
    previous: str
    applied_ca_identifier: str
    listener_id: str | None = None
    proven: bool
    proven_at: str | None = None
    proof_note: str = ""
    proof_shown: ProofShown | None = None
    applied_enabled: bool | None = None
    headers_shown: tuple[str, ...] = ()
    fragment: str | None = None
    awaiting: str | None = None

    @property
    def was_enabled(self) -> bool:
        """What the last `up` made of `enabled`, whatever a refresh has found since."""
        return self.enabled if self.applied_enabled is None else self.applied_enabled
