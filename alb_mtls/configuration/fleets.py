"""Reading `fleets`: many clients of one shape, from a folder of signing requests or from a file of names."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count

from alb_mtls.configuration.clients import DEFAULT_VALIDITY, MIN_CLIENT_VALIDITY, read_name, read_renew_before
from alb_mtls.configuration.context import ReadContext
from alb_mtls.configuration.fleet_sources import Member, SourceError, members_in_file, members_in_folder
from alb_mtls.configuration.model import ClientSettings, FleetSettings, Generations
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.configuration.root_ca import MAX_VALIDITY
from alb_mtls.configuration.subjects import KEY_KEYS, SUBJECT_KEYS, read_key
from alb_mtls.configuration.unique import ReadClient, Unique
from alb_mtls.imports import import_turn
from alb_mtls.pki.errors import bare
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.same_name import comparable_subject
from alb_mtls.pki.san import san_problem
from alb_mtls.pki.subject import Subject, subject_problems
from alb_mtls.properties import camel_case

FLEET_KEYS = (
    "name",
    "csrFolder",
    "namesFile",
    "subject",
    "sans",
    "key",
    "validity",
    "renewBefore",
    "rotateKey",
    "onBadRequest",
)
_NAME = "{name}"
# What a template is tried with: whatever is wrong with it then is wrong for every client.
_ANY = "a"
_BRACES = re.compile(r"\{[^{}]*\}?|\}")
_MOST_WARNINGS = 10


def read_fleets(
    readers: list[ObjectReader], *, generations: Generations, unique: Unique, context: ReadContext
) -> tuple[FleetSettings, ...]:
    """Read every fleet; what a client of it must not share with one read before is recorded."""
    return tuple(_Fleet(reader, generations, unique, context).read() for reader in readers)


@dataclass(frozen=True, kw_only=True)
class _Template:
    """What the clients of a fleet have in common; their names are put into subject and SANs."""

    subject: Subject
    sans: tuple[str, ...]
    client: ClientSettings

    def filled(self, fleet: str, member: Member) -> ClientSettings:
        name = member.name or ""
        given = {field: value.replace(_NAME, name) for field, value in vars(self.subject).items() if value is not None}
        return replace(
            self.client,
            name=f"{fleet}/{name}",
            subject=Subject(**given),
            sans=tuple(one.replace(_NAME, name) for one in self.sans),
            csr_pem=member.csr_pem,
        )

    def problem(self, client: ClientSettings) -> str | None:
        """Return what the name of a client breaks in its certificate, or None."""
        for found in subject_problems(client.subject, required=("commonName",)):
            return f"its {found.field} {found.message}"
        changed = (one for one, template in zip(client.sans, self.sans, strict=True) if one != template)
        return next((problem for one in changed if (problem := san_problem(one)) is not None), None)


class _Fleet:
    """Reads one fleet; holds what its parts are checked against."""

    def __init__(self, reader: ObjectReader, generations: Generations, unique: Unique, context: ReadContext) -> None:
        self._reader = reader
        self._issuer = generations.newest
        self._unique = unique
        self._context = context
        self._usable = True
        self._bad: list[str] = []
        self._kept: list[str] = []

    def read(self) -> FleetSettings:
        """Return the fleet."""
        reader = self._reader
        name = read_name(reader, what="fleet")
        self._unique.refuse_fleet(reader, name)
        skips = reader.choice("onBadRequest", ("stop", "skip"), "stop") == "skip"
        template = self._template()
        self._refuse_without_signer()
        key, members = self._members(name)
        clients = [client for one in members if (client := self._client(name, template, one)) is not None]
        if self._usable:
            clients = self._accepted(clients)
        self._report(key, skips=skips)
        return FleetSettings(name=name, clients=tuple(clients), kept=tuple(self._kept))

    def _refuse_without_signer(self) -> None:
        if not self._issuer.can_issue:
            self._reader.problem(
                "name",
                f"nothing can be signed with a purchased root CA, or without {self._issuer.described_at}.keyFile; list "
                "the clients with the certificates that they bring under clients, or give a root CA that can sign",
            )

    def _template(self) -> _Template:
        reader = self._reader
        subject_reader = reader.object("subject", SUBJECT_KEYS)
        given = {name: subject_reader.text(name) for name in SUBJECT_KEYS}
        subject = Subject(
            country=given["country"],
            state=given["state"],
            locality=given["locality"],
            organization=given["organization"],
            organizational_unit=given["organizationalUnit"],
            common_name=given["commonName"] or _NAME,
            email=given["email"],
        ).normalised()
        sans = tuple(reader.texts("sans"))
        template = _Template(
            subject=subject,
            sans=sans,
            client=ClientSettings(
                name="",
                subject=subject,
                sans=sans,
                key=self._key(),
                validity=reader.duration(
                    "validity", DEFAULT_VALIDITY, minimum=MIN_CLIENT_VALIDITY, maximum=MAX_VALIDITY
                ),
                renew_before=read_renew_before(reader),
                rotate_key=reader.boolean("rotateKey", default=True),
                csr_pem=None,
                certificate_pem=None,
                kubernetes_secret=None,
            ),
        )
        self._usable = self._is_usable(template, subject_reader)
        return template

    def _is_usable(self, template: _Template, subject_reader: ObjectReader) -> bool:
        """Record what is wrong for every client, which is then not reported again for each."""
        tried = template.filled("", Member(place="", name=_ANY))
        wrong = {(subject_reader, one.field): one.message for one in subject_problems(tried.subject)}
        for index, text in enumerate(tried.sans):
            problem = _placeholder_problem(text) or san_problem(text)
            if problem is not None:
                wrong[self._reader, f"sans[{index}]"] = problem
        attributes = {camel_case(name): one for name, one in vars(template.subject).items() if one is not None}
        for name, value in attributes.items():
            left = _placeholder_problem(value.replace(_NAME, _ANY))
            if left is not None:
                wrong[subject_reader, name] = left
        if not any(_NAME in one for one in attributes.values()):
            wrong[subject_reader, "commonName"] = (
                f"must hold {_NAME}, or another attribute must; else all clients of the fleet have one subject"
            )
        for (reader, name), sentence in wrong.items():
            reader.problem(name, sentence)
        return not wrong

    def _key(self) -> KeySpec:
        reader = self._reader
        for name in ("key", "rotateKey"):
            if reader.has(name) and reader.has("csrFolder"):
                reader.problem(name, "cannot be given with csrFolder, whose clients have their own keys; remove it")
        return read_key(reader.object("key", KEY_KEYS), default="ecdsa")

    def _members(self, fleet: str) -> tuple[str, list[Member]]:
        """Return the key that names where the clients come from, and the clients."""
        reader = self._reader
        folder, file = reader.path("csrFolder"), reader.path("namesFile")
        key = "namesFile" if file is not None and folder is None else "csrFolder"
        if (folder is None) == (file is None):
            given = "both are given" if folder is not None else "none is"
            reader.problem(key, f"a fleet has either csrFolder or namesFile, but {given}")
            return key, []
        try:
            if folder is not None:
                return key, members_in_folder(folder, self._context)
            return key, members_in_file(str(file), self._context)
        except SourceError as error:
            # Whose requests are missing is not known. Without them all would be forgotten.
            self._kept.append(f"{fleet}/*")
            self._context.while_enabled(reader, key, str(error))
            return key, []

    def _client(self, fleet: str, template: _Template, member: Member) -> ClientSettings | None:
        """Return a client, or note why it cannot be used."""
        problem = member.problem
        if problem is None:
            client = template.filled(fleet, member)
            if not self._usable:
                return client
            problem = template.problem(client)
        if problem is None:
            read = ReadClient(settings=client, public_key=member.public_key, subject=comparable_subject(client.subject))
            problem = self._problem_beside_others(read)
        if problem is None:
            return client
        self._bad.append(f"{member.place}: {problem}")
        self._kept.append(f"{fleet}/{member.name or '*'}")
        return None

    def _problem_beside_others(self, read: ReadClient) -> str | None:
        issuer_pem = self._issuer.certificate_pem
        if issuer_pem is not None and read.public_key is not None and read.public_key == _key_of(issuer_pem):
            return "it carries the root CA's own key; make the client a key of its own"
        return self._unique.problem_in_fleet(read)

    def _accepted(self, clients: list[ClientSettings]) -> list[ClientSettings]:
        """Return the clients whose certificates servers would accept, or all, and note why they would not be.

        What an imported root CA issues to one is judged as what it issues to another, unless it constrains names.
        """
        ca_pem = self._issuer.certificate_pem
        if ca_pem is None or not clients:
            return clients
        with import_turn:
            from alb_mtls.configuration.client_files import rejections
            from alb_mtls.configuration.proof_client import permits_certain_names

        if not permits_certain_names(ca_pem):
            for problem in rejections(clients[0], ca_pem, self._context.now):
                self._context.while_enabled(self._reader, "sans" if clients[0].sans else "subject", problem)
            return clients
        accepted = []
        for client in clients:
            problems = rejections(client, ca_pem, self._context.now)
            self._bad.extend(f"{client.name}: {problem}" for problem in problems)
            if problems:
                self._kept.append(client.name)
            else:
                accepted.append(client)
        return accepted

    def _report(self, key: str, *, skips: bool) -> None:
        """Record all that cannot be used; skipped, or while nobody may be rejected for it, a few and their number."""
        if not skips and self._context.enabled:
            for sentence in self._bad:
                self._reader.problem(key, sentence)
            return
        for number, sentence in zip(count(1), self._bad, strict=False):
            if number > _MOST_WARNINGS:
                self._context.warn(
                    self._reader,
                    key,
                    f"{len(self._bad)} requests are skipped, of which {_MOST_WARNINGS} are named here; a preview with "
                    "onBadRequest: stop names them all",
                )
                return
            self._context.warn(self._reader, key, f"{sentence} (skipped: this client keeps what it has)")


def _placeholder_problem(text: str) -> str | None:
    found = _BRACES.search(text)
    return None if found is None else f"holds {bare(found[0])}, but {_NAME} alone is put in"


@lru_cache(maxsize=1)
def _key_of(certificate_pem: str) -> str:
    with import_turn:
        from alb_mtls.pki.ca_chain import signing_certificate
        from alb_mtls.pki.keys import spki_sha256

    return spki_sha256(signing_certificate(certificate_pem).public_key())
