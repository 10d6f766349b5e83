"""Error codes of the Certificate Management Service. It publishes none; `NotFound` is what Terraform expects."""

from lab.cloud.exceptions import CloudFault

_FORMAT_ERROR = "证书格式异常，请检查输入内容。"  # noqa: RUF001  # the cloud's own words and comma


class NotFound(CloudFault):
    """There is no such repository or certificate at this site."""

    code = "NotFound"
    http_status = 404

    def __init__(self, what: str) -> None:
        super().__init__(f"The specified {what} does not exist.")


class CertificateFormatError(CloudFault):
    """What was uploaded is no certificate that the service takes."""

    code = "-1008"

    def __init__(self, why: str) -> None:
        super().__init__(f"{_FORMAT_ERROR} (certificate format error: {why})")


class PrivateKeyRejected(CloudFault):
    """A private key was sent. The cloud takes it; the lab does not, so that none is sent unnoticed."""

    code = "PrivateKey.RejectedByLab"
    effect = "rejected a private key, which must never be sent; nothing of it was kept"

    def __init__(self) -> None:
        super().__init__("The lab rejects private keys: upload the certificate only.")


class CertificateAlreadyExists(CloudFault):
    """The repository holds this certificate."""

    code = "CertificateAlreadyExists"

    def __init__(self) -> None:
        super().__init__("The certificate already exists in the repository.")


class CertificateInUse(CloudFault):
    """A listener refers to the certificate."""

    code = "OperationDenied.CertificateInUse"

    def __init__(self, identifier: str) -> None:
        super().__init__(f"The certificate {identifier} is associated with a listener.")


class WarehouseNotEmpty(CloudFault):
    """The repository holds certificates."""

    code = "OperationDenied.WarehouseNotEmpty"

    def __init__(self, count: int) -> None:
        super().__init__(f"The repository holds {count} certificates: delete them first.")


class QuotaExceeded(CloudFault):
    """The account has no room for another certificate."""

    code = "QuotaExceeded.Certificate"

    def __init__(self, quota: int) -> None:
        super().__init__(f"The quota of {quota} certificates is used up.")
