"""Reading `rootCa`: generated here, imported from files, or purchased and in CAS already."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from alb_mtls.certificate_resources import RootCaSource
from alb_mtls.configuration.context import ReadContext
from alb_mtls.configuration.model import ClientSettings, RootCaSettings
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.configuration.subjects import KEY_KEYS, SUBJECT_KEYS, read_key, read_subject
from alb_mtls.pki.duration import format_duration, length_of
from alb_mtls.pki.errors import shown
from alb_mtls.pki.inventory import shortest_life
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.subject import Subject

MIN_VALIDITY, MAX_VALIDITY = "30m", "36500d"

# Which keys mean something for which source; the others would be ignored without a word.
_KEYS_OF_SOURCE: dict[RootCaSource, tuple[str, ...]] = {
    "generated": ("subject", "key", "validity"),
    "imported": ("certificateFile", "keyFile"),
    "purchased": ("identifier",),
}
# What describes one generation: of `rootCa` itself, or of an entry of `generations`.
_GENERATION_KEYS = ("source", *(key for keys in _KEYS_OF_SOURCE.values() for key in keys))
ROOT_CA_KEYS = (*_GENERATION_KEYS, "generations", "trusted", "protect")
LATER_ROOT_CA_KEYS = ("compromised", "abandoned", "keyPassphrase")

_DEFAULT_VALIDITY = "3650d"
_LAST_GENERATION = 1_000_000
_LONGEST_COMMON_NAME = 64  # ub-common-name, RFC 5280 appendix A.1; cryptography counts octets
_REQUIRED_SUBJECT = ("country", "state", "locality", "organization", "organizationalUnit", "commonName")


def read_root_ca(
    reader: ObjectReader, *, default_common_name: str, context: ReadContext
) -> tuple[RootCaSettings, ObjectReader]:
    """Read the root CA of this stack; return it with the reader of the object that describes its generation.

    Args:
        reader: at the key `rootCa`.
        default_common_name: the commonName of a generated root when none is given.
        context: what an imported root's files are checked with.
    """
    number, generation = _generation(reader)
    source = _source(generation)
    for owner, keys in _KEYS_OF_SOURCE.items():
        for name in keys:
            if owner != source and generation.has(name):
                generation.problem(name, f"goes with source {owner}, but the source is {source}; remove one of them")
    generated, imported = source == "generated", source == "imported"
    subject = _subject(generation, number, default_common_name) if generated else None
    key = read_key(generation.object("key", KEY_KEYS)) if generated else KeySpec()
    key_file = generation.path("keyFile") if imported else None
    certificate_pem = None
    if imported:
        from alb_mtls.configuration.root_ca_files import read_imported

        certificate_pem = read_imported(generation, key_file, context)
    protect = reader.boolean("protect", default=False)
    if protect and source == "purchased":
        reader.problem("protect", "guards what is in the state, and a purchased root CA is in CAS only; remove it")
    settings = RootCaSettings(
        source=source,
        generation=number,
        subject=subject,
        named_after_stack=subject is not None
        and subject.common_name in {default_common_name, f"{default_common_name} G{number}"},
        key=key,
        validity=generation.duration("validity", _DEFAULT_VALIDITY, minimum=MIN_VALIDITY, maximum=MAX_VALIDITY),
        certificate_pem=certificate_pem,
        key_file=key_file,
        identifier=_identifier(generation) if source == "purchased" else None,
        protect=protect,
    )
    return settings, generation


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
        from alb_mtls.configuration.root_ca_files import refuse_early_end

        refuse_early_end(reader, root_ca.certificate_pem, needed, context)


def _generation(reader: ObjectReader) -> tuple[int, ObjectReader]:
    """Return the number of the one generation, and the reader of the object that describes it."""
    entries = reader.array("generations") or [1]
    readers: dict[int, ObjectReader] = {}
    for index, entry in enumerate(entries):
        described = reader
        number: Any = entry
        if isinstance(entry, Mapping):
            described = reader.item("generations", index, entry, ("number", *_GENERATION_KEYS))
            number = (
                described.integer("number", 0, minimum=1, maximum=_LAST_GENERATION) if described.has("number") else 0
            )
        if not _is_whole(number) or not 1 <= number <= _LAST_GENERATION:
            reader.problem(
                "generations",
                f"must be a list of whole numbers between 1 and {_LAST_GENERATION}, or of objects with such a number",
            )
            return 1, reader
        readers[int(number)] = described
    if len(entries) > 1:
        reader.problem("generations", "more than one generation (a rollover) is not available yet; keep one")
    trusted = reader.integer("trusted", next(iter(readers)), minimum=1, maximum=_LAST_GENERATION)
    if trusted not in readers:
        reader.problem("trusted", f"is {trusted}, but must be one of the generations {list(readers)}")
        trusted = next(iter(readers))
    if readers[trusted] is not reader:
        for name in _GENERATION_KEYS:
            if reader.has(name):
                reader.problem(
                    name, "stands beside generations that are described by themselves; move it into its entry"
                )
    return trusted, readers[trusted]


def _is_whole(value: object) -> bool:
    # Pulumi hands every number on as a float.
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())


def _source(reader: ObjectReader) -> RootCaSource:
    source = reader.choice("source", tuple(_KEYS_OF_SOURCE), "generated")
    return next(known for known in _KEYS_OF_SOURCE if known == source)


def _subject(reader: ObjectReader, generation: int, default_common_name: str) -> Subject:
    subject_reader = reader.object("subject", SUBJECT_KEYS)
    # A DN of its own for each generation: clients tell CAs of one DN apart by nothing but the key.
    suffix = "" if generation == 1 else f" G{generation}"
    given = subject_reader.text("commonName", default_common_name)
    subject = read_subject(subject_reader, required=_REQUIRED_SUBJECT, default_common_name=default_common_name)
    common_name = f"{given}{suffix}"
    octets = len(common_name.encode())
    if suffix and octets > _LONGEST_COMMON_NAME:
        unit = "characters" if octets == len(common_name) else "octets in UTF-8"
        subject_reader.problem(
            "commonName",
            f"with {suffix!r} of its generation has {octets} {unit}, but at most {_LONGEST_COMMON_NAME} are allowed",
        )
        return subject
    return replace(subject, common_name=common_name)


def _identifier(reader: ObjectReader) -> str | None:
    identifier = reader.text("identifier", required="a purchased root CA is named by its identifier in CAS")
    if identifier is not None and any(character.isspace() for character in identifier):
        reader.problem("identifier", f"{shown(identifier)} holds a blank, which no identifier in CAS does")
    return identifier
