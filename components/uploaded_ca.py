"""The root CA in the Certificate Management Service, where a listener can refer to it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from alb_mtls.configuration.model import CasSettings, Settings
from components.providers.cas_certificate import UploadedCertificate
from components.providers.cas_repository import CasRepository
from components.root_ca import RootCa


@dataclass(frozen=True, kw_only=True)
class AlbApi:
    """Which ALB API is asked: `endpoint` when one is configured, else that of `region`."""

    endpoint: str | None
    region: str


def repository_of(
    settings: CasSettings, *, root_cas: Sequence[RootCa], alb: AlbApi, after: Sequence[pulumi.Resource]
) -> CasRepository | None:
    """Register the stack's repository, one for all generations, or nothing when every CA is purchased.

    Args:
        settings: the site and the name.
        root_cas: whose certificates go into it.
        alb: asked before anything in it is deleted.
        after: what must stand before the door can be shut, so that nobody is left without a certificate.
    """
    generated = [ca.certificate_pem for ca in root_cas if ca.source == "generated" and ca.certificate_pem is not None]
    if all(ca.certificate_pem is None for ca in root_cas):
        return None
    return CasRepository(
        "cas-repository",
        {
            "endpoint": settings.endpoint,
            "name": settings.repository,
            "ours": settings.repository_is_ours,
            "madeHere": generated,
            "albEndpoint": alb.endpoint,
            "albRegion": alb.region,
        },
        pulumi.ResourceOptions(depends_on=list(after)),
    )


@dataclass(frozen=True, kw_only=True)
class UploadedCaArgs:
    """The certificate and where it goes.

    Attributes:
        repository: shared by all generations of a stack; None for a purchased CA.
        settings: of the stack; the CAS site and the name of the certificate count here.
    """

    root_ca: RootCa
    repository: CasRepository | None
    settings: Settings
    alb: AlbApi


class UploadedCa(pulumi.ComponentResource):
    """One generation of the root CA in CAS.

    Attributes:
        identifier: what an AlbConfig calls CertificateId; opaque.
    """

    identifier: pulumi.Output[str]

    def __init__(self, name: str, args: UploadedCaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the upload; a purchased CA is in CAS already and registers nothing.

        Args:
            name: `uploaded-ca-<generation>`.
            args: see UploadedCaArgs.
            opts: Pulumi's resource options.
        """
        super().__init__("alb-mtls:index:UploadedCa", name, {}, opts)
        if args.root_ca.certificate_pem is None or args.repository is None:
            self.identifier = pulumi.Output.from_input(args.root_ca.identifier or "")
            self.register_outputs({"identifier": self.identifier})
            return
        made_here = args.root_ca.source == "generated"
        uploaded = UploadedCertificate(
            name,
            {
                "endpoint": args.settings.cas.endpoint,
                "albEndpoint": args.alb.endpoint,
                "albRegion": args.alb.region,
                "certificatePem": args.root_ca.certificate_pem,
                "madeHere": made_here,
                "certificateName": args.settings.certificate_name,
                "repositoryName": args.repository.name,
                "repositoryIsOurs": args.settings.cas.repository_is_ours,
            },
            pulumi.ResourceOptions(parent=self),
        )
        self.identifier = uploaded.identifier
        self.register_outputs({"identifier": self.identifier})
