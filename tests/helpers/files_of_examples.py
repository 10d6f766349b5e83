"""The files that the examples of the documents name, made when they are read, by the folder they stand in."""

from dataclasses import replace
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from alb_mtls.configuration.folders import FolderFile
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import generate_private_key, private_key_pem
from tests.helpers.certificates import P256, ROOT_SUBJECT, ClientCredential, make_client, make_root, signing_request


class FilesOfExamples:
    """`pki/*` is one CA and its key, `pki/*-2.*` the next one.

    `certificates/*` are clients of it and theirs, `csr/*.pem` requests of others.

    So is what `csr/devices` holds; a file of names is a text beside the stack file.
    """

    def __init__(self) -> None:
        """Start without a file."""
        self._made: dict[str, str] = {}
        self._clients: dict[str, ClientCredential] = {}

    @cached_property
    def _root(self) -> ClientCredential:
        return make_root()

    @cached_property
    def _next_root(self) -> ClientCredential:
        return make_root(subject=replace(ROOT_SUBJECT, common_name="root G2"))

    def read(self, path: str) -> str:
        """Return the text of a file, the same each time."""
        if path not in self._made:
            self._made[path] = self._make(path)
        return self._made[path]

    def list_folder(self, path: str) -> list[FolderFile]:
        """Return what lies in a folder of requests."""
        if path != "csr/devices":
            raise FileNotFoundError(2, "No such file or directory")
        return [FolderFile(name=name, path=f"{path}/{name}", octets=400) for name in ("sn-1.pem", "sn-2.pem")]

    def _make(self, path: str) -> str:
        folder, _, file = path.rpartition("/")
        name, _, kind = file.rpartition(".")
        match folder, kind:
            case "pki", "pem":
                return certificate_pem(self._root_of(name).certificate)
            case "pki", "key":
                return private_key_pem(self._root_of(name).key)
            case "certificates", "pem":
                return certificate_pem(self._client(name).certificate)
            case "certificates", "key":
                return private_key_pem(self._client(name).key)
            case "", "txt":
                return "a-1\na-2\n"
            case "csr" | "csr/devices", "pem":
                return _pem(signing_request(generate_private_key(P256), name))
        raise FileNotFoundError(2, "No such file or directory")

    def _root_of(self, name: str) -> ClientCredential:
        return self._next_root if name.endswith("-2") else self._root

    def _client(self, name: str) -> ClientCredential:
        if name not in self._clients:
            self._clients[name] = make_client(self._root, name=name, days=90)
        return self._clients[name]


def _pem(request: x509.CertificateSigningRequest) -> str:
    return request.public_bytes(Encoding.PEM).decode("ascii")
