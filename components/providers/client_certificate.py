"""A client certificate signed by the root CA. Module path and class names are frozen: they stand in the state."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, Resource, UpdateResult
from pulumi.output import Unknown

from components.pki.client import SHORTEST_LIFE, issue_client
from components.pki.csr import load_csr
from components.pki.encoding import certificate_pem, fingerprint, load_certificate, serial_hex
from components.pki.errors import PkiError
from components.pki.imported import key_matches
from components.pki.keys import KeySpec, PrivateKey, generate_private_key, load_private_key, private_key_pem
from components.pki.renewal import RenewBefore, renewal_due, renewal_time
from components.pki.san import parse_san
from components.pki.subject import Subject
from components.providers.base import OperationFailed, Properties, Provider, changed, in_sentences, own

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
        news = own(news)
        path = news.get("issuerKeyFile")
        signs = not _olds or bool(changed(_olds, news, _REISSUING))
        if not signs or not isinstance(path, str) or not Path(path).exists():
            return CheckResult(news, [])
        try:
            _issuer_key(news)
        except (OperationFailed, PkiError) as error:
            return CheckResult(news, [CheckFailure("", str(error))])
        return CheckResult(news, [])

    @in_sentences
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

    @in_sentences
    def create(self, props: Properties) -> CreateResult:
        """Issue the first certificate of this client. Pulumi calls this in up."""
        return CreateResult(props["name"], _issue(props))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return what the state holds: a certificate lives nowhere else. Pulumi calls this in refresh."""
        return ReadResult(id_, own(props))

    @in_sentences
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Issue a new certificate when an input or the calendar asks for it. Pulumi calls this in up."""
        if changed(_olds, _news, _REISSUING) or _renewal_reason({**_olds, **_news}, datetime.now(UTC)):
            return UpdateResult(_issue(_news))
        return UpdateResult({**own(_olds), "renewBefore": _news["renewBefore"]})

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
    if isinstance(issuer, str) and not _gains_by_renewal(end, load_certificate(issuer).not_valid_after_utc, now):
        return None
    return (
        f"client {certificate['name']}: its certificate is renewed, because it ends on {end:%Y-%m-%d} and its renewal "
        f"window ({certificate['renewBefore']} before the end) began on {since:%Y-%m-%d}"
    )


def _gains_by_renewal(end: datetime, end_of_issuer: datetime, now: datetime) -> bool:
    """Tell whether a renewed certificate would last longer, and can be issued at all.

    One clamped to a root that ends itself would be renewed again and again to the same end. Of a root that is about to
    end, or has ended, nothing can be issued, and that must not stop an `up` that opens the door for who is locked out.
    """
    return end < end_of_issuer and now + SHORTEST_LIFE <= end_of_issuer


def _issue(props: Properties) -> Properties:
    issuer_certificate = load_certificate(props["issuerCertificatePem"])
    key: PrivateKey | None = None
    if props.get("csrPem"):
        public_key: Any = load_csr(props["csrPem"]).public_key()
    else:
        key = generate_private_key(_key_spec(props["key"]))
        public_key = key.public_key()
    certificate = issue_client(
        issuer_certificate=issuer_certificate,
        issuer_key=_issuer_key(props),
        public_key=public_key,
        subject=Subject(**props["subject"]),
        sans=[parse_san(san) for san in props.get("sans") or ()],
        validity_days=int(props["validityDays"]),
        now=datetime.now(UTC),
    )
    # The issuer's key is an input only: a second copy in the outputs of every client serves nobody.
    outputs = {name: value for name, value in own(props).items() if name != "issuerPrivateKeyPem"}
    outputs |= {
        "certificatePem": certificate_pem(certificate),
        "privateKeyPem": None if key is None else private_key_pem(key),
        "fingerprint": fingerprint(certificate),
        "serialNumber": serial_hex(certificate),
        "notBefore": certificate.not_valid_before_utc.isoformat(),
        "notAfter": certificate.not_valid_after_utc.isoformat(),
    }
    return outputs


def _key_spec(props: Properties) -> KeySpec:
    size = props.get("size")
    return KeySpec(algorithm=props["algorithm"], size=None if size is None else int(size), curve=props.get("curve"))


def _issuer_key(props: Properties) -> PrivateKey:
    path = props.get("issuerKeyFile")
    if not path:
        return load_private_key(props["issuerPrivateKeyPem"])
    name = props["name"]
    try:
        key = load_private_key(Path(path).read_text("utf-8"))
    except UnicodeDecodeError:
        sentence = f"client {name}: rootCa.keyFile {path} is not text; give the PEM form, not DER"
        raise OperationFailed(sentence) from None
    except OSError as error:
        sentence = f"client {name}: cannot read rootCa.keyFile {path}: {error.strerror}; signing needs it"
        raise OperationFailed(sentence) from None
    except PkiError as error:
        sentence = f"client {name}: rootCa.keyFile {path}: {error}"
        raise OperationFailed(sentence) from None
    issuer = props.get("issuerCertificatePem")
    if not isinstance(issuer, Unknown) and not key_matches(load_certificate(str(issuer)), key):
        sentence = f"client {name}: rootCa.keyFile {path} is not the key of rootCa.certificateFile"
        raise OperationFailed(sentence)
    return key


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
