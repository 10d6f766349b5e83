"""The root CA in the Certificate Management Service, where a listener can refer to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.providers.cas_certificate import CasCertificate
from components.providers.cas_repository import CasRepository
from components.root_ca import RootCa
from components.stack_access import StackAccess


def repository_of(
    access: StackAccess, *, root_cas: Sequence[RootCa], after: Sequence[pulumi.Resource]
) -> CasRepository | None:
    """Register the stack's repository, one for all generations, or nothing when every CA is purchased.

    Args:
        access: the site, and whose it is.
        root_cas: whose certificates go into it.
        after: what must stand before a listener can be enforced, so that no client is left without a certificate.
    """
    if all(ca.certificate_pem is None for ca in root_cas):
        return None
    return CasRepository(
        "cas-repository",
        pulumi.ResourceOptions(depends_on=list(after)),
        **access.inputs(),
        endpoint=access.cas.endpoint,
        name=access.cas.repository,
        owned=access.cas.repository_owned,
        generated=tuple(ca.certificate_pem for ca in root_cas if ca.source == "generated"),
    )


@dataclass(frozen=True, kw_only=True)
class UploadedCaArgs:
    """The certificate and where it goes.

    Attributes:
        repository: shared by all generations of a stack; None for a purchased CA.
        access: as the repository's.
    """

    root_ca: RootCa
    repository: CasRepository | None
    access: StackAccess


class UploadedCa(pulumi.ComponentResource):
    """One generation of the root CA in CAS.

    Attributes:
        ca_identifier: what an AlbConfig calls CertificateId; opaque.
        made_here: the identifier, when this stack put the CA into CAS and deletes it with itself; else nothing.
        repository: name of the repository that it lies in; None for a purchased CA.
        root_ca: that was uploaded.
    """

    ca_identifier: pulumi.Output[str]
    made_here: pulumi.Output[list[str]]
    repository: pulumi.Output[str] | None

    def __init__(self, name: str, args: UploadedCaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the upload; a purchased CA is in CAS already and registers nothing."""
        super().__init__("alb-mtls:index:UploadedCa", name, {}, opts)
        self.root_ca = args.root_ca
        self.repository = None if args.repository is None else args.repository.name
        if args.root_ca.certificate_pem is None or args.repository is None:
            self.ca_identifier = pulumi.Output.from_input(args.root_ca.ca_identifier or "")
            self.made_here = pulumi.Output.from_input([])
        else:
            certificate = CasCertificate(
                name,
                pulumi.ResourceOptions(parent=self),
                **args.access.inputs(),
                endpoint=args.access.cas.endpoint,
                certificate_pem=args.root_ca.certificate_pem,
                certificate_name=_certificate_name(args),
                generated=args.root_ca.source == "generated",
                repository_name=args.repository.name,
                repository_owned=args.access.cas.repository_owned,
            )
            self.ca_identifier = certificate.caIdentifier
            self.made_here = pulumi.Output.all(certificate.owned, certificate.caIdentifier).apply(_if_owned)
        self.register_outputs({"caIdentifier": self.ca_identifier})


def _if_owned(certificate: Sequence[Any]) -> list[str]:
    owned, identifier = certificate
    return [identifier] if owned else []


def _certificate_name(args: UploadedCaArgs) -> str:
    """Return what the CAS console shows for the certificate; no API returns it."""
    cas = args.access.cas
    number = args.root_ca.generation
    if cas.repository_owned:
        return f"{cas.repository}-g{number}"
    # The first one has had its name without a number since before there could be others.
    owner = args.access.owner.replace("/", "-")
    return owner if number == 1 else f"{owner}-g{number}"
