"""Mutual authentication on one listener of an AlbConfig."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pulumi

from alb_mtls.configuration.model import ListenerSettings
from alb_mtls.listener_resources import ProofSettings
from components.providers.listener_claim import ListenerClaim
from components.providers.listener_switch import ListenerSwitch
from components.providers.resource import input_props
from components.stack_access import StackAccess
from components.uploaded_ca import UploadedCa

if TYPE_CHECKING:
    from alb_mtls.listeners.snapshot import ListenerSnapshot


@dataclass(frozen=True, kw_only=True)
class AlbConfigPatchArgs:
    """The listener, what it should do, and for whom.

    Attributes:
        snapshot: of it before anything was registered; who confirms an `up` has seen it so.
        trusted: generation of the CA that the listener is to trust.
        uploads: of all generations.
    """

    listener: ListenerSettings
    enabled: bool
    snapshot: "pulumi.Output[ListenerSnapshot]"
    proof: ProofSettings
    trusted: int
    uploads: Sequence[UploadedCa]
    access: StackAccess


class AlbConfigPatch(pulumi.ComponentResource):
    """Claim and switch of one listener.

    The claim stands in the AlbConfig for the deployment that holds the listener; its delete restores the listener. The
    switch patches the listener, waits for the ALB and proves it, or rolls back.

    Attributes:
        switch: the resource whose success means that the listener is as desired.
        ca_identifier: of the CA that it is to trust.
    """

    def __init__(self, name: str, args: AlbConfigPatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register claim and switch."""
        super().__init__("alb-mtls:index:AlbConfigPatch", name, {}, opts)
        trusted = next(one for one in args.uploads if one.root_ca.generation == args.trusted)
        common = {
            **args.access.inputs(),
            "listener": args.listener.key,
            "owner": args.access.owner,
            "take_over": args.listener.take_over,
            # What a listener goes back to is never a CA that is deleted with the stack.
            "made_here": pulumi.Output.all(*(one.made_here for one in args.uploads)).apply(_joined),
            "cas_endpoint": args.access.cas.endpoint or None,
        }
        proof = replace(args.proof, connect_to=args.listener.connect_to)
        host = proof.host or args.snapshot.host
        # A restore is proven without a client that must be accepted.
        of_claim = replace(proof, client_certificate_file=None, client_key_file=None, probe_names=None)
        claim = ListenerClaim(
            f"{name}-claim",
            # Deleted before any CA: a restore that fails must not let a bound one be deleted.
            pulumi.ResourceOptions(parent=self, depends_on=list(args.uploads)),
            **common,
            ca_identifiers=[one.ca_identifier for one in args.uploads],
            proof=_with_host(of_claim, host),
        )
        self.ca_identifier = trusted.ca_identifier
        self.switch = ListenerSwitch(
            f"{name}-switch",
            pulumi.ResourceOptions(parent=self),
            **common,
            proof=_with_host(proof, host),
            token=claim.token,
            known=claim.known,
            found=claim.found,
            observed=args.snapshot.observed,
            enabled=args.enabled,
            ca_identifier=trusted.ca_identifier,
            repository=trusted.repository,
            ca_certificate_pem=trusted.root_ca.certificate_pem,
            ca_private_key_pem=trusted.root_ca.private_key_pem,
            ca_key_file=trusted.root_ca.key_file,
            hosts=args.snapshot.host_names,
            editions=args.access.alb_editions,
        )
        self.register_outputs({})


def _joined(lists: Sequence[Sequence[str]]) -> list[str]:
    return [one for some in lists for one in some]


def _with_host(proof: ProofSettings, host: pulumi.Input[str | None]) -> dict[str, Any]:
    return input_props(ProofSettings, **{**vars(proof), "host": host})
