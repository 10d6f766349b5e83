"""Mutual authentication on one listener of an AlbConfig."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pulumi

from alb_mtls.configuration.model import Generations, ListenerSettings
from alb_mtls.listener_resources import OtherGeneration, ProofSettings
from components.generations import proof_props
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
        generations: which of them the listener is to trust, and whose clients may be rejected.
        uploads: of all generations, the oldest first.
    """

    listener: ListenerSettings
    enabled: bool
    snapshot: "pulumi.Output[ListenerSnapshot]"
    proof: ProofSettings
    generations: Generations
    uploads: Sequence[UploadedCa]
    access: StackAccess


class AlbConfigPatch(pulumi.ComponentResource):
    """Claim and switch of one listener.

    The claim stands in the AlbConfig for the deployment that holds the listener; its delete restores the listener. The
    switch patches the listener, waits for the ALB and proves it, or rolls back.

    Attributes:
        switch: the resource whose success means that the listener is as desired.
        ca_identifier: of the CA that it is to trust.
        known: identifiers of every CA that this stack has bound there.
        made_here: of those that this stack has put into CAS, and deletes.
        present: of all generations.
    """

    def __init__(self, name: str, args: AlbConfigPatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register claim and switch."""
        super().__init__("alb-mtls:index:AlbConfigPatch", name, {}, opts)
        trusted = next(one for one in args.uploads if one.root_ca.generation == args.generations.trusted)
        # What a listener goes back to is never a CA that is deleted with the stack.
        self.made_here = pulumi.Output.all(*(one.made_here for one in args.uploads)).apply(_joined)
        # As a whole not known while one of them is not: `all` alone would hold what is unknown.
        self.present = pulumi.Output.all(*(one.ca_identifier for one in args.uploads)).apply(list[str])
        common = {
            **args.access.inputs(),
            "listener": args.listener.key,
            "owner": args.access.owner,
            "take_over": args.listener.take_over,
            "made_here": self.made_here,
            "cas_endpoint": args.access.cas.endpoint or None,
            "identity_headers": args.listener.identity_headers,
            # Absent in states of before there was a choice.
            "write": None if args.listener.write == "patch" else args.listener.write,
        }
        # A restore is proven without a client that must be accepted.
        of_claim = replace(args.proof, client_certificate_file=None, client_key_file=None, probe_names=None)
        claim = ListenerClaim(
            f"{name}-claim",
            # Deleted before any CA: a restore that fails must not let a bound one be deleted.
            pulumi.ResourceOptions(parent=self, depends_on=list(args.uploads)),
            **common,
            ca_identifiers=[one.ca_identifier for one in args.uploads],
            proof=proof_props(of_claim, args.listener, args.snapshot),
        )
        self.ca_identifier, self.known = trusted.ca_identifier, claim.known
        self.switch = ListenerSwitch(
            f"{name}-switch",
            pulumi.ResourceOptions(parent=self),
            **common,
            proof=proof_props(args.proof, args.listener, args.snapshot),
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
            allowed_hosts=args.listener.hosts,
            editions=args.access.alb_editions,
            **_generations(args, trusted),
        )
        self.register_outputs({})


def _generations(args: AlbConfigPatchArgs, trusted: UploadedCa) -> dict[str, Any]:
    """Return which generations there are beside the trusted one, and who accepts the clients of this `up`."""
    others = [one for one in args.uploads if one is not trusted and one.root_ca.certificate_pem is not None]
    keys = {one.root_ca.generation: one.root_ca.private_key_pem for one in others}
    cross = args.uploads[-1].root_ca.cross
    crossed = args.generations.cross_signer
    return {
        "generation": trusted.root_ca.generation,
        "issued_generation": args.generations.newest.generation if args.generations.newest.can_issue else None,
        "cross_generation": (
            None
            if cross is None or crossed is None
            else cross.crossPem.apply(partial(_if_there, generation=crossed.generation))
        ),
        "abandoned": args.generations.given_up,
        "other_generations": [
            input_props(
                OtherGeneration,
                generation=one.root_ca.generation,
                certificate_pem=one.root_ca.certificate_pem,
                key_file=one.root_ca.key_file,
                cross_pem=None if cross is None else cross.crossPem,
                ca_identifier=one.ca_identifier,
            )
            for one in others
        ],
        "other_private_keys": {str(number): key for number, key in keys.items() if key is not None},
    }


def _if_there(pem: str | None, *, generation: int) -> int | None:
    return generation if pem else None


def _joined(lists: Sequence[Sequence[str]]) -> list[str]:
    return [one for some in lists for one in some]
