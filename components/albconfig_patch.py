"""Mutual authentication on one listener of an AlbConfig."""

from dataclasses import dataclass
from typing import Any

import pulumi

from alb_mtls.configuration.model import ListenerSettings, Settings
from components.providers.listener_claim import ListenerClaim
from components.providers.listener_switch import ListenerSwitch
from components.root_ca import RootCa
from components.uploaded_ca import AlbApi, UploadedCa


@dataclass(frozen=True, kw_only=True)
class AlbConfigPatchArgs:
    """The listener, what it should do, and for whom.

    Attributes:
        host: that the listener is asked for to prove it; None when no Ingress rule names one.
        root_ca: whose clients are let in; signs the clients of the proof.
        settings: of the stack; `enabled`, `owner`, the proof and the CAS site count here.
        kubeconfig: content, when the cluster is named by id; None leaves it to configuration and KUBECONFIG.
    """

    listener: ListenerSettings
    host: pulumi.Input[str | None]
    settings: Settings
    root_ca: RootCa
    uploaded_ca: UploadedCa
    alb: AlbApi
    kubeconfig: pulumi.Input[str] | None


class AlbConfigPatch(pulumi.ComponentResource):
    """Claim and switch of one listener.

    Attributes:
        switch: the resource whose success means that the listener does what was asked.
    """

    def __init__(self, name: str, args: AlbConfigPatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register claim and switch.

        Args:
            name: `<albConfig>-<port>-<protocol>`.
            args: see AlbConfigPatchArgs.
            opts: Pulumi's resource options.
        """
        super().__init__("alb-mtls:index:AlbConfigPatch", name, {}, opts)
        listener = args.listener
        common: dict[str, Any] = {
            "albConfig": listener.alb_config,
            "port": listener.port,
            "protocol": listener.protocol,
            "owner": args.settings.owner,
            **_proof(args),
            "albEndpoint": args.alb.endpoint,
            "albRegion": args.alb.region,
        }
        if args.kubeconfig is not None:
            common["kubeconfig"] = pulumi.Output.secret(args.kubeconfig)
        claim = ListenerClaim(
            f"{name}-claim",
            {**common, "casEndpoint": args.settings.cas.endpoint},
            # Deleted before the CA: a restore that fails must not let a bound CA be deleted.
            pulumi.ResourceOptions(parent=self, depends_on=[args.uploaded_ca]),
        )
        self.switch = ListenerSwitch(
            f"{name}-switch",
            {
                **common,
                "token": claim.token,
                "enabled": args.settings.enabled,
                "identifier": args.uploaded_ca.identifier,
                "takeOver": listener.take_over,
                **_proof_clients(args),
            },
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def _proof(args: AlbConfigPatchArgs) -> dict[str, Any]:
    proof = args.settings.proof
    return {
        "proofMode": proof.mode,
        "seconds": proof.deadline_seconds,
        "host": args.host,
        "path": proof.path,
        "serverCa": proof.server_ca,
        "connectTo": args.listener.connect_to,
    }


def _proof_clients(args: AlbConfigPatchArgs) -> dict[str, Any]:
    proof, root_ca = args.settings.proof, args.root_ca
    return {
        "caCertificatePem": root_ca.certificate_pem,
        "caPrivateKeyPem": root_ca.private_key_pem,
        "caKeyFile": root_ca.key_file,
        "proofCertificateFile": proof.client_certificate_file,
        "proofKeyFile": proof.client_key_file,
    }
