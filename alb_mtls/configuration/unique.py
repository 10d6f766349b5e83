"""What no two clients of a stack may share, whether they stand in `clients` or in a fleet."""

from dataclasses import dataclass

from alb_mtls.configuration.model import ClientSettings, SecretName
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.pki.same_name import ComparableName


@dataclass(frozen=True, kw_only=True)
class ReadClient:
    """One client as it was read.

    Attributes:
        public_key: SHA-256 of the key that it brings, if it brings one.
        subject: of its certificate.
    """

    settings: ClientSettings
    public_key: str | None
    subject: ComparableName


class Unique:
    """What no two clients may share, and who has it; recorded at the second, once for each client."""

    def __init__(self) -> None:
        """Begin without a client."""
        self._names: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._subjects: dict[ComparableName, str] = {}
        self._secrets: dict[SecretName, str] = {}

    def check(self, reader: ObjectReader, read: ReadClient) -> None:
        """Record what another client before this one has already."""
        client = read.settings
        secret = client.kubernetes_secret
        if secret is not None and self._secrets.setdefault(secret, client.name) != client.name:
            first = self._secrets[secret]
            reader.problem("kubernetesSecret", f"is the Secret of client {first!r} too; each needs its own")
        if client.name in self._names:
            reader.problem("name", f"{client.name!r} is the name of {self._names[client.name]} too; each needs its own")
        elif read.public_key is not None and read.public_key in self._keys:
            reader.problem(
                "csrFile" if client.csr_pem else "certificateFile",
                f"holds the same key as client {self._keys[read.public_key]!r}; one key under two names is one client",
            )
        elif client.name and read.subject in self._subjects:
            reader.problem(
                "certificateFile" if client.certificate_pem else "subject",
                f"is the subject of client {self._subjects[read.subject]!r} too, and backends that read the subject "
                "cannot tell the two apart; give one of them another",
            )
        if client.name:
            self._names.setdefault(client.name, reader.key_of("")[:-1])
            self._subjects.setdefault(read.subject, client.name)
        if read.public_key is not None:
            self._keys.setdefault(read.public_key, client.name)

    def refuse_fleet(self, reader: ObjectReader, name: str) -> None:
        """Record a fleet with the name of a client or of another fleet: files of both would stand in one folder."""
        if name in self._names:
            reader.problem("name", f"{name!r} is the name of {self._names[name]} too; each needs its own")
        elif name:
            self._names[name] = reader.key_of("")[:-1]

    def problem_in_fleet(self, read: ReadClient) -> str | None:
        """Return what another client, of another entry, has already; record what this one has if nobody has."""
        if read.public_key is not None and read.public_key in self._keys:
            return (
                f"holds the same key as client {self._keys[read.public_key]!r}; one key under two names is one client"
            )
        if read.subject in self._subjects:
            return (
                f"its subject is that of client {self._subjects[read.subject]!r} too, and backends that read the "
                "subject cannot tell the two apart"
            )
        self._subjects[read.subject] = read.settings.name
        if read.public_key is not None:
            self._keys[read.public_key] = read.settings.name
        return None
