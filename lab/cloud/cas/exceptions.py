"""Error codes of the Certificate Management Service. It publishes none; `NotFound` is what Terraform expects."""

from lab.cloud.exceptions import fault

NotFound = fault("NotFound", "The specified {} does not exist.", http_status=404)
CertificateFormatError = fault("-1008", "证书格式异常，请检查输入内容。 (certificate format error: {})")  # noqa: RUF001
# A private key was sent. The cloud takes it; the lab does not, so that none is sent unnoticed.
PrivateKeyRejected = fault(
    "PrivateKey.RejectedByLab",
    "The lab rejects private keys: upload the certificate only.",
    effect="rejected a private key, which must never be sent; nothing of it was kept",
)
CertificateAlreadyExists = fault("CertificateAlreadyExists", "The certificate already exists in the repository.")
RepositoryNameTaken = fault("NameAlreadyExist", "The name {} already exists.")
CertificateNameTaken = fault("NameRepeat", "The name {} is repeated.")
CertificateInUse = fault("OperationDenied.CertificateInUse", "The certificate {} is associated with a listener.")
WarehouseNotEmpty = fault(
    "OperationDenied.WarehouseNotEmpty", "The repository holds {} certificates: delete them first."
)
QuotaExceeded = fault("QuotaExceeded.Certificate", "The quota of {} certificates is used up.")
