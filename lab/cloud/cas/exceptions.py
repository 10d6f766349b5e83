"""Error codes of the Certificate Management Service. It publishes none; `NotFound` is what Terraform expects."""

from lab.cloud.exceptions import CloudFault


class NotFound(CloudFault):
    """There is no such repository or certificate at this site."""

    code = "NotFound"
    http_status = 404
    words = "The specified {} does not exist."


class CertificateFormatError(CloudFault):
    """What was uploaded is no certificate that the service takes."""

    code = "-1008"
    # The first half is the cloud's own words and comma.
    words = "证书格式异常，请检查输入内容。 (certificate format error: {})"  # noqa: RUF001


class PrivateKeyRejected(CloudFault):
    """A private key was sent. The cloud takes it; the lab does not, so that none is sent unnoticed."""

    code = "PrivateKey.RejectedByLab"
    effect = "rejected a private key, which must never be sent; nothing of it was kept"
    words = "The lab rejects private keys: upload the certificate only."


class CertificateAlreadyExists(CloudFault):
    """The repository holds this certificate."""

    code = "CertificateAlreadyExists"
    words = "The certificate already exists in the repository."


class CertificateInUse(CloudFault):
    """A listener refers to the certificate."""

    code = "OperationDenied.CertificateInUse"
    words = "The certificate {} is associated with a listener."


class WarehouseNotEmpty(CloudFault):
    """The repository holds certificates."""

    code = "OperationDenied.WarehouseNotEmpty"
    words = "The repository holds {} certificates: delete them first."


class QuotaExceeded(CloudFault):
    """The account has no room for another certificate."""

    code = "QuotaExceeded.Certificate"
    words = "The quota of {} certificates is used up."
