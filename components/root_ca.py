"""The root CA: generated here, imported from files, or purchased and in CAS already."""

from dataclasses import asdict, dataclass
from typing import Any

import pulumi

from alb_mtls.configuration.model import RootCaSettings
from components.providers.root_certificate import RootCertificate


@dataclass(frozen=True, kw_only=True)
class RootCaArgs:
    """What a root CA is made of; plain, because a generation never changes."""

    settings: RootCaSettings


class RootCa(pulumi.ComponentResource):
    """One generation of the root CA.

    Attributes:
        generation: number that its resource names carry.
        source: generated, imported or purchased.
        certificate_pem: the certificate; None for a purchased CA, which is in CAS only.
        private_key_pem: the key as a secret; None unless generated.
        key_file: path of the key of an imported CA, read only when something is signed; None when there is none.
        identifier: of a purchased CA in CAS; None otherwise.
        not_after: end of the certificate, ISO 8601; None for a purchased CA.
    """

    certificate_pem: pulumi.Output[str] | None
    private_key_pem: pulumi.Output[str] | None
    fingerprint: pulumi.Output[str] | None
    not_after: pulumi.Output[str] | None

    def __init__(self, name: str, args: RootCaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the generation.

        Args:
            name: `root-ca-<generation>`.
            args: see RootCaArgs.
            opts: Pulumi's resource options.
        """
        super().__init__("alb-mtls:index:RootCa", name, {}, opts)
        settings = args.settings
        self.generation = settings.generation
        self.source = settings.source
        self.key_file = settings.key_file
        self.identifier = settings.identifier
        self.certificate_pem = self.private_key_pem = self.fingerprint = self.not_after = None
        if settings.source != "purchased":
            options = pulumi.ResourceOptions(parent=self, protect=settings.protect)
            certificate = RootCertificate(name, _properties(settings), options)
            self.certificate_pem = certificate.certificatePem
            self.fingerprint = certificate.fingerprint
            self.not_after = certificate.notAfter
            if settings.source == "generated":
                self.private_key_pem = certificate.privateKeyPem
        self.register_outputs({"fingerprint": self.fingerprint, "notAfter": self.not_after})


def _properties(settings: RootCaSettings) -> dict[str, Any]:
    common: dict[str, Any] = {"source": settings.source, "generation": settings.generation}
    if settings.source == "imported" or settings.subject is None:
        return {**common, "certificatePem": settings.certificate_pem}
    return {
        **common,
        "subject": without_none(asdict(settings.subject)),
        "key": without_none(asdict(settings.key)),
        "validityDays": settings.validity_days,
    }


def without_none(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that are there: Pulumi drops None, and what comes back must compare equal."""
    return {key: value for key, value in values.items() if value is not None}
