"""A client's certificate: issued here with a key or for a CSR, or brought ready made."""

from dataclasses import asdict, dataclass
from typing import Any

import pulumi

from alb_mtls.configuration.model import ClientSettings
from components.providers.issued_certificates import IssuedCertificate
from components.root_ca import RootCa, without_none


@dataclass(frozen=True, kw_only=True)
class ClientCertificateArgs:
    """Who the client is and which root CA signs."""

    settings: ClientSettings
    root_ca: RootCa
    kubeconfig: pulumi.Input[str] | None = None


class ClientCertificate(pulumi.ComponentResource):
    """One client that the listener lets in.

    Attributes:
        name: of the client, as configured.
        certificate_pem: the client's own certificate.
        chain_pem: the certificate and whatever a client must send with it, in that order.
        private_key_pem: as a secret; None when the client keeps its key.
        not_after: end of the certificate, ISO 8601.
    """

    certificate_pem: pulumi.Output[str]
    chain_pem: pulumi.Output[str]
    private_key_pem: pulumi.Output[Any] | None
    fingerprint: pulumi.Output[str]
    not_after: pulumi.Output[str]

    def __init__(self, name: str, args: ClientCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the client.

        Args:
            name: `client-<client name>`.
            args: see ClientCertificateArgs.
            opts: Pulumi's resource options.
        """
        super().__init__("alb-mtls:index:ClientCertificate", name, {}, opts)
        settings = args.settings
        self.name = settings.name
        if settings.certificate_pem is not None:
            self._bring(settings.certificate_pem)
        else:
            self._issue(name, settings, args.root_ca)
        self.chain_pem = self.certificate_pem
        if settings.kubernetes_secret is not None and self.private_key_pem is not None:
            # Imported only when asked for: pulumi-kubernetes costs half a second and a plugin.
            from components.kubernetes_secret import client_secret

            client_secret(
                name,
                secret=settings.kubernetes_secret,
                chain_pem=self.chain_pem,
                private_key_pem=self.private_key_pem,
                ca_pem=args.root_ca.certificate_pem,
                kubeconfig=args.kubeconfig,
                parent=self,
            )
        self.register_outputs({"fingerprint": self.fingerprint, "notAfter": self.not_after})

    def _bring(self, certificate_pem: str) -> None:
        from alb_mtls.pki.encoding import fingerprint, load_certificate

        certificate = load_certificate(certificate_pem)
        self.certificate_pem = pulumi.Output.from_input(certificate_pem)
        self.private_key_pem = None
        self.fingerprint = pulumi.Output.from_input(fingerprint(certificate))
        self.not_after = pulumi.Output.from_input(certificate.not_valid_after_utc.isoformat())

    def _issue(self, name: str, settings: ClientSettings, root_ca: RootCa) -> None:
        issuer: dict[str, Any] = {"issuerCertificatePem": root_ca.certificate_pem}
        if root_ca.key_file is not None:
            issuer["issuerKeyFile"] = root_ca.key_file
        else:
            issuer["issuerPrivateKeyPem"] = root_ca.private_key_pem
        key = {"csrPem": settings.csr_pem} if settings.csr_pem else {"key": without_none(asdict(settings.key))}
        issued = IssuedCertificate(
            name,
            {
                "name": settings.name,
                "subject": without_none(asdict(settings.subject)),
                "sans": list(settings.sans),
                "validityDays": settings.validity_days,
                "renewBefore": settings.renew_before,
                **key,
                **issuer,
            },
            pulumi.ResourceOptions(parent=self),
        )
        self.certificate_pem = issued.certificatePem
        self.private_key_pem = None if settings.csr_pem else issued.privateKeyPem
        self.fingerprint = issued.fingerprint
        self.not_after = issued.notAfter
