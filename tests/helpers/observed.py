"""A listener as `ops` found it: by default exactly as the last `up` left it."""

from typing import Any

from alb_mtls.aliyun.alb import Listener, LoadBalancer
from alb_mtls.aliyun.cas import DescribedCertificate
from alb_mtls.cluster.claim import Claim
from alb_mtls.pki.encoding import certificate_pem
from ops.snapshots import Observed
from ops.state import ListenerRecord, StackState, parse_state
from tests.helpers import stack_state
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.certificates import ClientCredential

IDENTIFIER = "1ed33c69-984f-6644-84eb-b234ea25f66a"


def record(**changes: Any) -> ListenerRecord:
    """Return a listener of a stack."""
    values: dict[str, Any] = {
        "key": LISTENER,
        "owner": "alb-mtls/test",
        "token": "token-1",
        "uid": "uid-of-alb",
        "kube_system_uid": "cluster-1",
        "alb_endpoint": None,
        "alb_region": "cn-hangzhou",
        "cas_endpoint": "international",
        "kubeconfig": None,
        "enabled": True,
        "identifier": IDENTIFIER,
        "proven": True,
        "proven_at": "2026-11-23T12:00:00+00:00",
    }
    return ListenerRecord(**{**values, **changes})


def in_cluster(
    *,
    enabled: bool | None = True,
    identifiers: tuple[str, ...] = (IDENTIFIER,),
    claim: Claim | None = None,
    annotations: dict[str, str] | None = None,
    managed: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return the AlbConfig, with the claim of the stack unless another one is given."""
    fields: dict[str, Any] = {"caCertificates": [{"CertificateId": each} for each in identifiers]}
    if enabled is not None:
        fields["caEnabled"] = enabled
    held = claim or Claim(owner="alb-mtls/test", token="token-1", attempt="a", previous={})
    found = albconfig(https(**fields), annotations={LISTENER.claim_annotation: held.to_text(), **(annotations or {})})
    found["metadata"]["managedFields"] = managed or []
    return found


def on_alb(*, enabled: bool = True, identifiers: tuple[str, ...] = (IDENTIFIER,), status: str = "Running") -> Listener:
    """Return the listener as the ALB API tells it."""
    return Listener(
        listener_id="lsn-1",
        load_balancer_id="alb-1",
        port=443,
        protocol="HTTPS",
        status=status,
        security_policy_id="tls_cipher_policy_1_2",
        quic_listener_id=None,
        ca_enabled=enabled,
        ca_identifiers=identifiers,
    )


def in_cas(root: ClientCredential) -> DescribedCertificate:
    """Return what CAS holds under the identifier."""
    return DescribedCertificate(
        identifier=IDENTIFIER,
        pem=certificate_pem(root.certificate),
        common_name="root",
        instance_id="cas-1",
        status="issued",
    )


def observed(root: ClientCredential, **changes: Any) -> Observed:
    """Return a listener that is as the last up left it, but for `changes`."""
    values: dict[str, Any] = {
        "record": record(),
        "albconfig": in_cluster(),
        "load_balancer": LoadBalancer(
            load_balancer_id="alb-1", name="alb", edition="Standard", status="Active", dns_name="alb.example"
        ),
        "live": on_alb(),
        "ca": in_cas(root),
        "ca_asked": True,
    }
    return Observed(**{**values, **changes})


def state_of(*resources: dict[str, Any], root: ClientCredential) -> StackState:
    """Return a stack with a root CA, uploaded, and further resources."""
    return parse_state(
        stack_state.exported(
            stack_state.component("RootCa", "root-ca-1"),
            stack_state.root_ca(root),
            stack_state.uploaded_ca(root, identifier=IDENTIFIER),
            *resources,
        ),
        "stack test",
    )
