"""Reading `clients`: each with a key made here, a CSR of its own, or a certificate it brings."""

import re
from typing import TYPE_CHECKING

from alb_mtls.addresses import is_kubernetes_label, is_kubernetes_name
from alb_mtls.configuration.context import ReadContext
from alb_mtls.configuration.model import ClientSettings, Generations, SecretName
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.configuration.root_ca import MAX_VALIDITY
from alb_mtls.configuration.subjects import KEY_KEYS, SUBJECT_KEYS, read_key, read_subject
from alb_mtls.configuration.unique import ReadClient, Unique
from alb_mtls.imports import import_turn
from alb_mtls.pki.errors import PkiError, shown
from alb_mtls.pki.renewal import RenewBefore
from alb_mtls.pki.same_name import comparable_subject
from alb_mtls.pki.san import san_problem

if TYPE_CHECKING:
    from alb_mtls.configuration.client_files import Brought

CLIENT_KEYS = (
    "name",
    "subject",
    "sans",
    "key",
    "validity",
    "renewBefore",
    "rotateKey",
    "csrFile",
    "certificateFile",
    "kubernetesSecret",
)
# The shortest life in whose second half an `up` that runs every few minutes still renews twice.
MIN_CLIENT_VALIDITY = "10m"
DEFAULT_RENEW_BEFORE = "33%"
DEFAULT_VALIDITY = "365d"

_NAME = re.compile(r"[a-z0-9-]{1,40}")


def read_name(reader: ObjectReader, *, what: str) -> str:
    """Return the name of a client or a fleet, empty when there is none."""
    name = reader.text("name", "", required=f"each {what} needs a name") or ""
    if name and not _NAME.fullmatch(name):
        capitals = _NAME.fullmatch(name.lower())
        where = "; capitals and blanks belong into subject.commonName" if what == "client" else ""
        hint = f", such as {name.lower()}{where}" if capitals else where
        reader.problem("name", f"is {shown(name)}, but may hold only a-z, 0-9 and -, and at most 40 of them{hint}")
    return name


def read_renew_before(reader: ObjectReader) -> str:
    """Return how long before its end a certificate is renewed, as it was written."""
    text = reader.text("renewBefore", DEFAULT_RENEW_BEFORE) or DEFAULT_RENEW_BEFORE
    try:
        RenewBefore.parse(text)
    except PkiError as error:
        reader.problem("renewBefore", str(error))
        return DEFAULT_RENEW_BEFORE
    return text


def read_clients(
    readers: list[ObjectReader], *, generations: Generations, unique: Unique, context: ReadContext
) -> tuple[ClientSettings, ...]:
    """Read every client; what two of them share and must not is recorded at the second."""
    clients = []
    for reader in readers:
        read = _Client(reader, generations, context).read()
        unique.check(reader, read)
        clients.append(read.settings)
    return tuple(clients)


class _Client:
    """Reads one client; holds what its parts are checked against."""

    def __init__(self, reader: ObjectReader, generations: Generations, context: ReadContext) -> None:
        self._reader = reader
        self._generations, self._issuer = generations, generations.newest
        self._context = context

    def read(self) -> ReadClient:
        """Return the client."""
        reader = self._reader
        name = read_name(reader, what="client")
        self._refuse_combinations()
        csr, certificate = self._csr(), self._certificate()
        sans = reader.texts("sans")
        for index, text in enumerate(sans):
            problem = san_problem(text)
            if problem is not None:
                reader.problem(f"sans[{index}]", problem)
        client = ClientSettings(
            name=name,
            subject=read_subject(
                reader.object("subject", SUBJECT_KEYS), required=("commonName",), default_common_name=name or "client"
            ),
            sans=tuple(sans),
            key=read_key(reader.object("key", KEY_KEYS)),
            validity=reader.duration("validity", DEFAULT_VALIDITY, minimum=MIN_CLIENT_VALIDITY, maximum=MAX_VALIDITY),
            renew_before=read_renew_before(reader),
            rotate_key=reader.boolean("rotateKey", default=True),
            csr_pem=None if csr is None else csr.pem,
            certificate_pem=None if certificate is None else certificate.pem,
            kubernetes_secret=self._kubernetes_secret(),
        )
        if not reader.has("certificateFile"):
            self._check_issued(client)
        brought = csr or certificate
        return ReadClient(
            settings=client,
            public_key=None if brought is None else brought.public_key,
            subject=(None if brought is None else brought.subject) or comparable_subject(client.subject),
        )

    def _check_issued(self, client: ClientSettings) -> None:
        ca_pem = self._issuer.certificate_pem
        if ca_pem is not None:
            with import_turn:
                from alb_mtls.configuration.client_files import check_issued

            check_issued(self._reader, client, ca_pem, self._context)

    def _refuse_combinations(self) -> None:
        reader = self._reader
        given = [name for name in ("key", "csrFile", "certificateFile") if reader.has(name)]
        for name in given[1:]:
            reader.problem(name, f"cannot be given together with {given[0]}; keep one of them")
        if reader.has("certificateFile"):
            for name in ("subject", "sans", "validity", "renewBefore", "rotateKey"):
                if reader.has(name):
                    reader.problem(name, "cannot be set for a certificate that is brought ready made")
            return
        if reader.has("csrFile") and reader.has("rotateKey"):
            reader.problem("rotateKey", "is for keys that are made here; this client's key changes with its csrFile")
        if not self._issuer.can_issue:
            missing = "certificateFile"
            reason = (
                "with a purchased root CA clients bring their certificates"
                if self._issuer.source == "purchased"
                else f"without {self._issuer.described_at}.keyFile nothing can be signed, so clients bring theirs"
            )
            reader.problem(missing, f"{reason}; give the file, or a root CA that can sign")

    def _csr(self) -> "Brought | None":
        path = self._reader.path("csrFile")
        if not path:
            return None
        with import_turn:
            from alb_mtls.configuration.client_files import read_csr

        return read_csr(self._reader, path, self._issuer, self._context)

    def _certificate(self) -> "Brought | None":
        path = self._reader.path("certificateFile")
        if not path:
            return None
        with import_turn:
            from alb_mtls.configuration.client_files import read_own_certificate

        return read_own_certificate(self._reader, path, self._generations, self._context)

    def _kubernetes_secret(self) -> SecretName | None:
        if not self._reader.has("kubernetesSecret"):
            return None
        if self._reader.has("csrFile") or self._reader.has("certificateFile"):
            self._reader.problem(
                "kubernetesSecret", "needs the client's private key, which stays with a client that brings its own"
            )
        secret = self._reader.object("kubernetesSecret", ("namespace", "name"))
        values = {}
        for part, is_name, allowed in (
            ("namespace", is_kubernetes_label, "a-z, 0-9 and -, at most 63"),
            ("name", is_kubernetes_name, "a-z, 0-9, - and ., at most 253"),
        ):
            value = secret.text(part, "", required="is needed to place the Secret") or ""
            if value and not is_name(value):
                secret.problem(part, f"{shown(value)} is no Kubernetes {part} (RFC 1123: {allowed})")
            values[part] = value
        return SecretName(namespace=values["namespace"], name=values["name"])
