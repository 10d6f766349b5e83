"""All generations of the root CA, and the cross certificate between the two of a rollover."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pulumi

from alb_mtls.configuration.model import ListenerSettings, Settings
from alb_mtls.configuration.rollover import longest_validity
from alb_mtls.cross_resources import AskedListener
from alb_mtls.listener_resources import ProofSettings
from components.providers.cross_certificate import CrossCertificate
from components.providers.deployment import Deployment
from components.providers.resource import input_props
from components.root_ca import RootCa, RootCaArgs
from components.stack_access import StackAccess

if TYPE_CHECKING:
    from alb_mtls.listeners.snapshot import ListenerSnapshot

# Of clients that are issued somewhere else, and of those that are added during a rollover.
_VALIDITY_WITHOUT_CLIENTS = "365d"


def anchor_of(settings: Settings, found: pulumi.Output[dict[str, Any]]) -> Deployment:
    """Register the anchor, below which everything else stands: it refuses others' listeners and used numbers.

    Args:
        settings: of the stack.
        found: by `schedule_preflight`.
    """
    numbers = tuple(one.generation for one in settings.root_cas)
    return Deployment("deployment", owner=settings.owner, generations=numbers, found=found["found"], look=found["look"])


def root_cas_of(
    settings: Settings,
    snapshots: "Sequence[pulumi.Output[ListenerSnapshot]]",
    access: StackAccess,
    *,
    after: Sequence[pulumi.Resource],
) -> list[RootCa]:
    """Register each generation of the root CA, the oldest first, and the cross certificate of the newest.

    Args:
        settings: of the stack.
        snapshots: of its listeners, in their order; they say for which host they may be asked.
        access: how they are reached.
        after: what must be in the state before.
    """
    in_order = len(settings.root_cas) > 1
    root_cas = [
        RootCa(f"root-ca-{one.generation}", RootCaArgs(settings=one, after=after, in_order=in_order))
        for one in settings.root_cas
    ]
    signer = settings.generations.cross_signer
    if signer is not None:
        older = next(one for one in root_cas if one.generation == signer.generation)
        asked = [
            input_props(AskedListener, listener=listener.key, proof=proof_props(settings.proof, listener, snapshot))
            for listener, snapshot in zip(settings.listeners, snapshots, strict=True)
        ]
        root_cas[-1].cross = _cross(settings, older, root_cas[-1], asked if settings.enabled else [], access)
        root_cas[-1].above_cross_pem = older.between_pem
    return root_cas


def proof_props(
    proof: ProofSettings, listener: ListenerSettings, snapshot: "pulumi.Output[ListenerSnapshot]"
) -> dict[str, Any]:
    """Return how one listener is proven: with its own address, and for a host that is known to be on it."""
    own = replace(proof, connect_to=listener.connect_to)
    return input_props(ProofSettings, **{**vars(own), "host": proof.host or snapshot.host})


def _cross(
    settings: Settings, older: RootCa, newer: RootCa, asked: list[dict[str, Any]], access: StackAccess
) -> CrossCertificate:
    keys = {str(one.generation): one.private_key_pem for one in (older, newer) if one.private_key_pem is not None}
    return CrossCertificate(
        f"cross-certificate-{newer.generation}-{older.generation}",
        pulumi.ResourceOptions(parent=newer),
        generation=newer.generation,
        certificate_pem=newer.certificate_pem,
        key_file=newer.key_file,
        signer_generation=older.generation,
        signer_certificate_pem=older.certificate_pem,
        signer_key_file=older.key_file,
        private_keys=keys or None,
        outlives=longest_validity(settings.everybody, _VALIDITY_WITHOUT_CLIENTS),
        # Until the clients of the older one are given up, some listener may trust it.
        required=settings.enabled and older.generation not in settings.generations.given_up,
        listeners=asked,
        alb=access.alb,
        kubeconfig=None if access.kubeconfig is None else pulumi.Output.secret(access.kubeconfig),
    )
