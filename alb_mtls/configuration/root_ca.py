"""Reading `rootCa`: generated here, imported from files, or purchased and in CAS already."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from alb_mtls.certificate_resources import RootCaSource
from alb_mtls.configuration.context import ReadContext
from alb_mtls.configuration.model import ClientSettings, RootCaSettings
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.configuration.subjects import KEY_KEYS, SUBJECT_KEYS, read_key, read_subject
from alb_mtls.imports import import_turn
from alb_mtls.pki.duration import format_duration, length_of
from alb_mtls.pki.errors import shown
from alb_mtls.pki.inventory import shortest_life
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.subject import Subject

MIN_VALIDITY, MAX_VALIDITY = "30m", "36500d"

# Which keys mean something for which source; the others would be ignored without a word.
_KEYS_OF_SOURCE: dict[RootCaSource, tuple[str, ...]] = {
    "generated": ("subject", "key", "validity"),
    "imported": ("certificateFile", "keyFile", "keyPassphrase"),
    "purchased": ("identifier",),
}
# What describes one generation: of `rootCa` itself, or of an entry of `generations`.
GENERATION_KEYS = ("source", *(key for keys in _KEYS_OF_SOURCE.values() for key in keys))

_DEFAULT_VALIDITY = "3650d"
_LONGEST_COMMON_NAME = 64  # ub-common-name, RFC 5280 appendix A.1; cryptography counts octets
_REQUIRED_SUBJECT = ("country", "state", "locality", "organization", "organizationalUnit", "commonName")


@dataclass(frozen=True, kw_only=True)
class Described:
    """What one or several generations are described by.

    Attributes:
        number: of each of them.
        reader: at the object with the description.
    """

    numbers: tuple[int, ...]
    reader: ObjectReader


def read_root_cas(
    described: Described, *, default_common_name: str, protect: bool, context: ReadContext
) -> tuple[RootCaSettings, ...]:
    """Read the generations that share one description.

    Args:
        described: where it stands; only generated ones can share it.
        default_common_name: the commonName of a generated root when none is given.
        protect: against a deletion from the state.
        context: what an imported root's files are checked with.
    """
    reader, first = described.reader, described.numbers[0]
    source = _source(reader)
    for owner, keys in _KEYS_OF_SOURCE.items():
        for name in keys:
            if owner != source and reader.has(name):
                reader.problem(name, f"goes with source {owner}, but the source is {source}; remove one of them")
    generated, imported = source == "generated", source == "imported"
    subjects = _subjects(reader, described.numbers, default_common_name) if generated else {}
    key = read_key(reader.object("key", KEY_KEYS)) if generated else KeySpec()
    key_file = reader.path("keyFile") if imported else None
    certificate_pem, permits_no_ca = None, False
    if imported:
        with import_turn:
            from alb_mtls.configuration import root_ca_files

        certificate_pem = root_ca_files.read_imported(reader, key_file, first, context)
        permits_no_ca = certificate_pem is not None and root_ca_files.permits_no_ca(certificate_pem)
    root_ca = RootCaSettings(
        source=source,
        generation=first,
        subject=None,
        named_after_stack=False,
        key=key,
        validity=reader.duration("validity", _DEFAULT_VALIDITY, minimum=MIN_VALIDITY, maximum=MAX_VALIDITY),
        certificate_pem=certificate_pem,
        key_file=key_file,
        identifier=_identifier(reader) if source == "purchased" else None,
        protect=protect and source != "purchased",
        permits_no_ca=permits_no_ca,
        described_at=reader.key_of("")[:-1],
    )
    if not generated:
        return (root_ca,)
    return tuple(
        replace(
            root_ca,
            generation=number,
            subject=subject,
            named_after_stack=subject.common_name in {default_common_name, f"{default_common_name} G{number}"},
        )
        for number, subject in subjects.items()
    )


def refuse_short_life(
    reader: ObjectReader, root_ca: RootCaSettings, clients: Sequence[ClientSettings], context: ReadContext
) -> None:
    """Record a root CA that ends before the certificates that it has to sign would have lived long enough."""
    needed = max((shortest_life(length_of(c.validity)) for c in clients if c.certificate_pem is None), default=None)
    if needed is None:
        return
    if root_ca.source == "generated" and length_of(root_ca.validity) < 2 * needed:
        reader.problem(
            "validity",
            f"is {root_ca.validity}, but the certificates of its clients need a root CA of at least "
            f"{format_duration(2 * needed)}",
        )
    elif root_ca.certificate_pem is not None:
        with import_turn:
            from alb_mtls.configuration.root_ca_files import refuse_early_end

        refuse_early_end(reader, root_ca.certificate_pem, needed, context)


def _source(reader: ObjectReader) -> RootCaSource:
    source = reader.choice("source", tuple(_KEYS_OF_SOURCE), "generated")
    return next(known for known in _KEYS_OF_SOURCE if known == source)


def _subjects(reader: ObjectReader, numbers: Sequence[int], default_common_name: str) -> dict[int, Subject]:
    """Return the subject of each generation: a DN of its own, for clients tell CAs of one DN apart by the key alone."""
    subject_reader = reader.object("subject", SUBJECT_KEYS)
    given = subject_reader.text("commonName", default_common_name)
    subject = read_subject(subject_reader, required=_REQUIRED_SUBJECT, default_common_name=default_common_name)
    subjects = {}
    for number in numbers:
        suffix = "" if number == 1 else f" G{number}"
        common_name = f"{given}{suffix}"
        octets = len(common_name.encode())
        if suffix and octets > _LONGEST_COMMON_NAME:
            unit = "characters" if octets == len(common_name) else "octets in UTF-8"
            subject_reader.problem(
                "commonName",
                f"with {suffix!r} of its generation has {octets} {unit}, but at most {_LONGEST_COMMON_NAME} are "
                "allowed",
            )
            continue
        subjects[number] = replace(subject, common_name=common_name)
    return subjects or {numbers[0]: subject}


def _identifier(reader: ObjectReader) -> str | None:
    identifier = reader.text("identifier", required="a purchased root CA is named by its identifier in CAS")
    if identifier is not None and any(character.isspace() for character in identifier):
        reader.problem("identifier", f"{shown(identifier)} holds a blank, which no identifier in CAS does")
    return identifier
