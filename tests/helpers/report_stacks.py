"""Stacks as a report finds them: one that is as it should be, and one whose names are as bad as they come."""

import copy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from alb_mtls.cluster.acceptance import Accepted, AcceptedFinding
from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.hosts import ListenerHost
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listener_resources import ProofShown
from ops.current_listeners import CurrentListener
from ops.doctor.diagnosis import fine, note
from ops.expiry import Expiry, Kind
from ops.inventory import Entry
from ops.listener_standing import listener_standing
from ops.report.looking import Digest, Looked
from ops.status import Status
from tests.helpers.certificates import make_root
from tests.helpers.claims import claim_of
from tests.helpers.current import IDENTIFIER, current, deployed, in_cluster, on_alb

NOW = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
ROOT = make_root(now=NOW - timedelta(days=300), days=3650)
HTTP = Finding(
    code=FindingCode.HTTP_FORWARDS,
    subject="listener 80/HTTP of AlbConfig alb",
    evidence="it forwards demo.alb.ingress.top to Service default/demo-service",
    remedy="redirect it: kubectl annotate ingress https-ingress alb.ingress.kubernetes.io/ssl-redirect=true",
)
OTHER = Finding(
    code=FindingCode.OTHER_WRITER,
    subject="listener 443/HTTPS of AlbConfig alb",
    evidence="kubectl-edit wrote spec.listeners after this stack, at 2026-11-27T11:56:12Z",
    remedy="make another writer write caEnabled and caCertificates of this listener too, or no listeners at all",
)
UNTIL = AcceptedFinding(
    code=FindingCode.SERVICE_EXPOSED,
    subject="Service default/demo-service",
    until=date(2027, 1, 31),
    reason="the old gateway goes in January, ticket 4711",
)
EXPOSED = Finding(
    code=FindingCode.SERVICE_EXPOSED,
    subject=UNTIL.subject,
    evidence="it is of type NodePort, so each node forwards port 30080 to it",
    remedy="make it ClusterIP",
)
SHOWN = ProofShown(
    connections=300,
    bound=4 / 300,
    addresses_asked=("203.0.113.7:443", "203.0.113.8:443"),
    addresses_known=("203.0.113.7:443", "203.0.113.8:443"),
    not_tried=("TLS 1.0: this machine's TLS library does not speak it",),
    answers=("none accepted without a certificate", "all accepted with a certificate"),
)


def listener(
    *,
    port: int = 443,
    alb_config: str = "alb",
    desired: bool = True,
    minutes: int = 3,
    host: str = "demo.alb.ingress.top",
    shown: ProofShown | None = SHOWN,
    edited: bool = False,
    **changes: Any,
) -> CurrentListener:
    """Return a listener that was proven some minutes ago, unless it was edited or changes show another state."""
    key = ListenerKey(alb_config=alb_config, port=port, protocol="HTTPS")
    left = deployed(ROOT, generation=1, enabled=desired)
    assert left.desired is not None
    assert left.switch is not None
    proven_at = (NOW - timedelta(minutes=minutes)).isoformat()
    left = replace(
        left,
        claim=replace(left.claim, listener=key),
        desired=replace(left.desired, listener=key),
        switch=replace(left.switch, listener=key, proven=shown is not None, proven_at=proven_at, proof_shown=shown),
    )
    written = {"/caEnabled": desired, "/caCertificates": [{"CertificateId": IDENTIFIER}]}
    claim = claim_of(owner="alb-mtls/test", token="token-1", attempt="attempt-1", previous={}, written=written)
    albconfig = copy.deepcopy(in_cluster(claim=claim, enabled=desired is not edited))
    albconfig["metadata"]["name"] = alb_config
    albconfig["spec"]["listeners"][0]["port"] = port
    albconfig["metadata"]["annotations"][key.claim_annotation] = claim.to_text()
    snapshot = {
        "albconfig": albconfig,
        "on_alb": on_alb(enabled=desired),
        "hosts": (ListenerHost(host=host, namespace="default", ingress="https-ingress"),),
        "field_managers": ("ack-controller",),
        **changes,
    }
    found = current(ROOT, listener=left)
    return replace(found, snapshot=replace(found.snapshot, key=key, **snapshot))


def expiry(kind: Kind, name: str, begins: int, ends: int, *, renewed: int | None = None, **more: Any) -> Expiry:
    """Return the life of a certificate, in days from now."""
    day = timedelta(days=1)
    return Expiry(
        kind=kind,
        name=name,
        fingerprint="ab" * 32,
        not_before=NOW + begins * day,
        not_after=NOW + ends * day,
        renewed_from=None if renewed is None else NOW + renewed * day,
        **more,
    )


def entry(client: str, ends: int, *, status: Any = "current", accepted_by: tuple[str, ...] = ("alb/443",)) -> Entry:
    """Return a certificate of the inventory."""
    return Entry(
        client=client,
        status=status,
        generation=1,
        brought=False,
        sha256="5f" * 32,
        sha1="5f" * 20,
        serial_number="1a2b3c",
        not_before=NOW - timedelta(days=60),
        not_after=NOW + timedelta(days=ends),
        accepted_by=accepted_by,
        not_known=(),
    )


def looked(
    *listeners: CurrentListener,
    name: str = "alb-mtls/production",
    expiries: tuple[Expiry, ...] = (),
    entries: tuple[Entry, ...] = (),
    findings: tuple[Finding, ...] = (),
    accepted: tuple[Accepted, ...] = (),
    unknown: tuple[str, ...] = (),
    enabled: bool | None = None,
) -> Looked:
    """Return a stack that was looked at."""
    project, _, stack = name.partition("/")
    status = Status(
        project=project,
        stack=stack,
        now=NOW,
        listeners=listeners,
        standings=tuple(listener_standing(one, configured=enabled) for one in listeners),
        clients=(),
        expiries=expiries,
        rollover=None,
        plans=(),
        findings=findings,
        accepted=accepted,
        superfluous=(),
        notes=(),
        unknown=unknown,
    )
    permissions = (
        fine("permissions", "may get albconfigs.alibabacloud.com"),
        fine("permissions", "may list ingresses.networking.k8s.io"),
        note("permissions", "may not list gateways.gateway.networking.k8s.io", "bind the ClusterRole of rbac/"),
    )
    return Looked(
        name=name,
        now=NOW,
        status=status,
        entries=entries,
        signers=("generation 1: whoever may decrypt the secrets of this stack",),
        permissions=permissions,
        controller=(note("controller", "its version is not visible here: ACK manages it"),),
        versions=(("alb-mtls", "0.1.0"), ("Pulumi CLI", "v3.259.0"), ("Python", "3.11.7")),
        digest=Digest(file=f"Pulumi.{stack}.yaml", sha256="c0" * 32),
    )


def production() -> Looked:
    """Return a stack with two listeners, one off, a few clients, a fleet, a finding and an accepted one."""
    fleet = [(f"sensors/sn-{number:04}", 30 + number % 60) for number in range(200)]
    expiries = (
        expiry("root CA", "generation 1", -300, 3350, successor=2),
        expiry("root CA", "generation 2", -10, 3640),
        expiry("cross certificate", "of generation 2, signed by generation 1", -10, 355, renewed=265),
        expiry("client", "alice", -60, 30, renewed=-2),
        expiry("client", "payments", -20, 70, renewed=40),
        expiry("client", "monitoring", -120, -3, renewed=-40),
        expiry("client", "billing", -5, 85, renewed=55),
        *(expiry("client", name, ends - 90, ends, renewed=ends - 30) for name, ends in fleet),
    )
    entries = (
        entry("alice", 30),
        entry("alice", 12, status="superseded"),
        entry("bob", 40, status="forgotten"),
        entry("monitoring", -3),
        entry("payments", 70),
        *(entry(name, ends) for name, ends in fleet),
    )
    return looked(
        listener(),
        listener(port=8443, desired=False, host="legacy.example.com", minutes=60 * 24 * 4),
        expiries=expiries,
        entries=entries,
        findings=(HTTP, OTHER),
        accepted=(Accepted(finding=EXPOSED, by=UNTIL),),
    )


def staging() -> Looked:
    """Return a stack with one listener, as it should be."""
    return looked(
        listener(host="staging.example.com", minutes=60 * 26),
        name="alb-mtls/staging",
        expiries=(expiry("root CA", "generation 1", -300, 3350), expiry("client", "alice", -60, 305, renewed=200)),
        entries=(entry("alice", 305),),
    )


def hostile(listeners: int = 198, clients: int = 2000) -> Looked:
    """Return a stack of many listeners and clients, with names that are long, are markup, or turn the text."""
    markup = "<img src=x onerror=alert(1)>\u202e\x1b[31m"
    many = [
        listener(port=1024 + number, alb_config="a" * 40, host=f"{'h' * 40}.{number}.example", minutes=number)
        for number in range(listeners)
    ]
    names = [f"{'f' * 40}/{'c' * 34}{number:06}" for number in range(clients)]
    ended = [expiry("client", f"{'e' * 38}{number:02}", -90, -number, renewed=-45) for number in range(1, 60)]
    labels = tuple(one.key.output_key for one in many)
    bad = Finding(
        code=FindingCode.OTHER_ROUTE, subject=f"host {markup}", evidence=f"<script>{markup}</script>", remedy=markup
    )
    findings = [bad, *(replace(bad, subject=f"host {number} {markup}") for number in range(120))]
    return looked(
        *many,
        name=f"alb-mtls/{'s' * 40}",
        expiries=(
            expiry("root CA", "generation 1", -300, 3350),
            expiry("client", "c" * 40, -60, 30, renewed=10),
            *ended,
            *(
                expiry("client", name, -60, 30 + number % 300, renewed=number % 300)
                for number, name in enumerate(names)
            ),
        ),
        entries=tuple(entry(name, 30 + number % 300, accepted_by=labels) for number, name in enumerate(names)),
        findings=tuple(findings),
        unknown=tuple(f"listener {number}/HTTPS of AlbConfig {markup}: no answer" for number in range(60)),
    )


def unreachable() -> Looked:
    """Return a stack of which nothing is known."""
    return Looked(
        name="production",
        now=NOW,
        failure="the secrets of stack production cannot be decrypted; set PULUMI_CONFIG_PASSPHRASE",
        versions=(("alb-mtls", "0.1.0"),),
    )
