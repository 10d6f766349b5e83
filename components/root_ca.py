"""The root CA: generated here, imported from files, or purchased and in CAS already."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from alb_mtls.configuration.model import RootCaSettings
from alb_mtls.preflight.root_cas import inputs_of
from components.providers.cross_certificate import CrossCertificate
from components.providers.root_certificate import RootCertificate


@dataclass(frozen=True, kw_only=True)
class RootCaArgs:
    """What a root CA is made of; plain, because a generation never changes.

    Attributes:
        after: what must be in the state before.
        in_order: also in a preview `after` comes before it, so that a number that was used is refused there.
    """

    settings: RootCaSettings
    after: Sequence[pulumi.Resource] = ()
    in_order: bool = False


class RootCa(pulumi.ComponentResource):
    """One generation of the root CA.

    Attributes:
        generation: number that its resource names carry.
        source: generated, imported or purchased.
        certificate_pem: the certificate; None for a purchased CA, which is in CAS only.
        private_key_pem: the key as a secret; None unless generated.
        key_file: path of the key of an imported CA, read only when something is signed; None when there is none.
        ca_identifier: of a purchased CA in CAS; None otherwise.
        not_after: end of the certificate, ISO 8601; None for a purchased CA.
        between_pem: what its clients send between their own certificate and the root; None for nothing.
        cross: its key, certified by the generation before; None outside of a rollover.
        above_cross_pem: what stands between that generation and its root; None for nothing.
    """

    certificate_pem: pulumi.Output[str] | None
    private_key_pem: pulumi.Output[str] | None
    fingerprint: pulumi.Output[str] | None
    not_after: pulumi.Output[str] | None
    cross: CrossCertificate | None = None
    above_cross_pem: str | None = None

    def __init__(self, name: str, args: RootCaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the generation."""
        super().__init__("alb-mtls:index:RootCa", name, {}, opts)
        settings = args.settings
        self.generation = settings.generation
        self.source = settings.source
        self.key_file = settings.key_file
        self.ca_identifier = settings.identifier
        self.between_pem = settings.between_pem
        self.certificate_pem = self.private_key_pem = self.fingerprint = self.not_after = None
        if settings.source != "purchased":
            # A preview makes nothing, and what is registered at once starts the provider process while the program
            # still looks (docs/decisions/2026-11-25-a-preview-looks-while-providers-start.md).
            after = [] if pulumi.runtime.is_dry_run() and not args.in_order else list(args.after)
            options = pulumi.ResourceOptions(parent=self, protect=settings.protect, depends_on=after)
            certificate = RootCertificate(name, options, **vars(inputs_of(settings)))
            self.certificate_pem = certificate.certificatePem
            self.fingerprint = certificate.fingerprint
            self.not_after = certificate.notAfter
            if settings.source == "generated":
                self.private_key_pem = certificate.privateKeyPem
        self.register_outputs({"fingerprint": self.fingerprint, "notAfter": self.not_after})

    @property
    def sent_pem(self) -> pulumi.Input[str | None]:
        """What its clients send after their own certificate, in that order; None for nothing."""
        if self.cross is None:
            return self.between_pem
        before, behind = self.between_pem or "", self.above_cross_pem or ""
        return self.cross.crossPem.apply(lambda cross: (f"{before}{cross}{behind}" if cross else before) or None)
