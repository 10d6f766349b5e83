"""A client certificate signed by the root CA. Module path and class names are frozen: they stand in the state."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from alb_mtls.errors import OperationFailed
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.renewal import RenewBefore, renewal_due, renewal_time
from components.providers.base import Properties, Provider, changed, user_facing_errors, without_internal

# A change of one of these makes a new certificate; renewBefore alone only moves the window.
_REISSUING = ("subject", "sans", "key", "csrPem", "validityDays", "issuerCertificatePem")


class ClientCertificateProvider(Provider):
    """Issues and renews one client's certificate; the key is made here unless the client sent a CSR."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Find out before anything is touched whether the key file of an imported root is the right one.

        Pulumi calls this in preview and up. The file is read only when something will be signed; it need not be where
        previews of pull requests run. An up without it fails in create, before CAS and listener are touched: they wait
        for every client.
        """
        news = without_internal(news)
        path = news.get("issuerKeyFile")
        signs = not _olds or bool(changed(_olds, news, _REISSUING))
        if not signs or not isinstance(path, str) or not Path(path).exists():
            return CheckResult(news, [])
        from alb_mtls.pki.issuing import issuer_key

        try:
            issuer_key(news)
        except (OperationFailed, PkiError) as error:
            return CheckResult(news, [CheckFailure("", str(error))])
        return CheckResult(news, [])

    @user_facing_errors
    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Find changed inputs and a certificate inside its renewal window.

        Pulumi calls this in preview and up. A dynamic diff carries no reason, so the reason is printed.
        """
        different = changed(_olds, _news, (*_REISSUING, "renewBefore"))
        if not different:
            reason = _renewal_reason(_olds, datetime.now(UTC))
            if reason is not None:
                print(reason, flush=True)  # noqa: T201 - what a provider prints, Pulumi shows beside the resource
                return DiffResult(changes=True)
        return DiffResult(changes=bool(different))

    @user_facing_errors
    def create(self, props: Properties) -> CreateResult:
        """Issue the first certificate of this client. Pulumi calls this in up."""
        from alb_mtls.pki.issuing import issued

        return CreateResult(props["name"], issued(props))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return what the state holds: a certificate lives nowhere else. Pulumi calls this in refresh."""
        return ReadResult(id_, without_internal(props))

    @user_facing_errors
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Issue a new certificate when an input or the calendar asks for it. Pulumi calls this in up."""
        if changed(_olds, _news, _REISSUING) or _renewal_reason({**_olds, **_news}, datetime.now(UTC)):
            from alb_mtls.pki.issuing import issued

            return UpdateResult(issued(_news))
        return UpdateResult({**without_internal(_olds), "renewBefore": _news["renewBefore"]})

    def delete(self, _id: str, _props: Properties) -> None:
        """Forget the certificate; it stays valid until its end, since the ALB knows no revocation.

        Pulumi calls this in destroy and when the client left the configuration.
        """


def _renewal_reason(certificate: Properties, now: datetime) -> str | None:
    not_before, not_after = certificate.get("notBefore"), certificate.get("notAfter")
    if not isinstance(not_before, str) or not isinstance(not_after, str):
        return None
    start, end = datetime.fromisoformat(not_before), datetime.fromisoformat(not_after)
    window = RenewBefore.parse(certificate["renewBefore"])
    if not renewal_due(start, end, window, now):
        return None
    since = renewal_time(start, end, window)
    issuer = certificate.get("issuerCertificatePem")
    if isinstance(issuer, str) and not _gains_by_renewal(end, issuer, now):
        return None
    return (
        f"client {certificate['name']}: its certificate is renewed, because it ends on {end:%Y-%m-%d} and its renewal "
        f"window ({certificate['renewBefore']} before the end) began on {since:%Y-%m-%d}"
    )


def _gains_by_renewal(end: datetime, issuer_pem: str, now: datetime) -> bool:
    """Tell whether a renewed certificate would last longer, and can be issued at all.

    One clamped to a root that ends itself would be renewed again and again to the same end. Of a root that is about to
    end, or has ended, nothing can be issued, and that must not stop an `up` that opens the door for who is locked out.
    """
    from alb_mtls.pki.client import SHORTEST_LIFE
    from alb_mtls.pki.encoding import load_certificate

    end_of_issuer = load_certificate(issuer_pem).not_valid_after_utc
    return end < end_of_issuer and now + SHORTEST_LIFE <= end_of_issuer


class IssuedCertificate(Resource, module="pki", name="ClientCertificate"):
    """A client's certificate in the state; `privateKeyPem` is a secret and absent when the client sent a CSR."""

    certificatePem: pulumi.Output[str]  # noqa: N815 - the name of the property in the state
    privateKeyPem: pulumi.Output[str | None]  # noqa: N815 - the name of the property in the state
    fingerprint: pulumi.Output[str]
    notAfter: pulumi.Output[str]  # noqa: N815 - the name of the property in the state

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the certificate.

        Args:
            name: `client-<client name>`.
            props: name, subject, sans, key or csrPem, validityDays, renewBefore, issuerCertificatePem, and either
                issuerPrivateKeyPem (a secret) or issuerKeyFile.
            opts: Pulumi's resource options.
        """
        names = ("certificatePem", "privateKeyPem", "fingerprint", "serialNumber", "notBefore", "notAfter")
        secret = pulumi.ResourceOptions(additional_secret_outputs=["privateKeyPem"])
        super().__init__(
            ClientCertificateProvider(),
            name,
            {**dict.fromkeys(names), **props},
            pulumi.ResourceOptions.merge(opts, secret),
        )
