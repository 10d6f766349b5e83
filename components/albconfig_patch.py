"""Mutual authentication on one listener of an AlbConfig."""

from dataclasses import dataclass, replace
from typing import Any

import pulumi

from alb_mtls.configuration.model import ListenerSettings
from alb_mtls.properties import to_props
from alb_mtls.resources import ProofSettings
from components.providers.listener_claim import ListenerClaim
from components.providers.listener_switch import ListenerSwitch
from components.stack_access import StackAccess
from components.uploaded_ca import UploadedCa


@dataclass(frozen=True, kw_only=True)
class AlbConfigPatchArgs:
    """The listener, what it should do, and for whom."""

    listener: ListenerSettings
    enabled: bool
    host: pulumi.Input[str | None]
    proof: ProofSettings
    uploaded_ca: UploadedCa
    access: StackAccess


class AlbConfigPatch(pulumi.ComponentResource):
    """Claim and switch of one listener.

    The claim stands in the AlbConfig for the deployment that holds the listener; its delete restores the listener. The
    switch patches the listener, waits for the ALB and proves it, or rolls back.

    Attributes:
        switch: the resource whose success means that the listener is as desired.
    """

    def __init__(self, name: str, args: AlbConfigPatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register claim and switch."""
        super().__init__("alb-mtls:index:AlbConfigPatch", name, {}, opts)
        common = {**args.access.props(), "listener": to_props(args.listener.key), "owner": args.access.owner}
        proof = _proof(args)
        of_claim = {key: value for key, value in proof.items() if not key.startswith("client")}
        claim = ListenerClaim(
            f"{name}-claim",
            {**common, "casEndpoint": args.access.cas.endpoint or None, "proof": of_claim},
            # Deleted before the CA: a restore that fails must not let a bound CA be deleted.
            pulumi.ResourceOptions(parent=self, depends_on=[args.uploaded_ca]),
        )
        self.switch = ListenerSwitch(
            f"{name}-switch",
            {
                **common,
                "proof": proof,
                "token": claim.token,
                "enabled": args.enabled,
                "caIdentifier": args.uploaded_ca.ca_identifier,
                "repository": args.uploaded_ca.repository,
                "takeOver": args.listener.take_over,
                "caCertificatePem": args.uploaded_ca.root_ca.certificate_pem,
                "caPrivateKeyPem": args.uploaded_ca.root_ca.private_key_pem,
                "caKeyFile": args.uploaded_ca.root_ca.key_file,
            },
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def _proof(args: AlbConfigPatchArgs) -> dict[str, Any]:
    proof = replace(args.proof, host=None, connect_to=args.listener.connect_to)
    return {**to_props(proof), "host": args.host}
