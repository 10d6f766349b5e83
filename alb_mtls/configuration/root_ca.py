"""Reading `rootCa`: generated here, imported from files, or purchased and in CAS already."""

from dataclasses import replace

from alb_mtls.configuration.context import ReadContext
from alb_mtls.configuration.model import RootCaSettings, RootCaSource
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.configuration.subjects import KEY_KEYS, SUBJECT_KEYS, read_key, read_subject
from alb_mtls.pki.errors import shown
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.subject import Subject

ROOT_CA_KEYS = (
    "source",
    "subject",
    "key",
    "validityDays",
    "generations",
    "trusted",
    "certificateFile",
    "keyFile",
    "identifier",
    "protect",
)
MAX_VALIDITY_DAYS = 36500

# Its clients live a day at least, and are made later.
_SHORTEST_LIFE_DAYS = 2
_LAST_GENERATION = 1_000_000
_LONGEST_COMMON_NAME = 64  # ub-common-name, RFC 5280 appendix A.1; cryptography counts octets

_REQUIRED_SUBJECT = ("country", "state", "locality", "organization", "organizationalUnit", "commonName")
# Which keys mean something for which source; the others would be ignored without a word.
_KEYS_OF_SOURCE: dict[str, tuple[str, ...]] = {
    "generated": ("subject", "key", "validityDays"),
    "imported": ("certificateFile", "keyFile"),
    "purchased": ("identifier",),
}


def read_root_ca(reader: ObjectReader, *, default_common_name: str, judging: ReadContext) -> RootCaSettings:
    """Read the root CA of this stack.

    Args:
        reader: at the key `rootCa`.
        default_common_name: the commonName of a generated root when none is given.
        judging: what an imported root's files are judged with.
    """
    source = _source(reader)
    for owner, keys in _KEYS_OF_SOURCE.items():
        for name in keys:
            if owner != source and reader.has(name):
                reader.problem(name, f"goes with source {owner}, but the source is {source}; remove one of them")
    generation = _generation(reader)
    subject = _subject(reader, generation, default_common_name) if source == "generated" else None
    key = read_key(reader.object("key", KEY_KEYS)) if source == "generated" else KeySpec()
    key_file = reader.text("keyFile") if source == "imported" else None
    certificate_pem = None
    if source == "imported":
        from alb_mtls.configuration.root_ca_files import read_imported

        certificate_pem = read_imported(reader, key_file, judging)
    protect = reader.boolean("protect", default=False)
    if protect and source == "purchased":
        reader.problem("protect", "guards what is in the state, and a purchased root CA is in CAS only; remove it")
    return RootCaSettings(
        source=source,
        generation=generation,
        subject=subject,
        key=key,
        validity_days=reader.integer(
            "validityDays", 3650, minimum=_SHORTEST_LIFE_DAYS, maximum=MAX_VALIDITY_DAYS, unit="days"
        ),
        certificate_pem=certificate_pem,
        key_file=key_file,
        identifier=_identifier(reader) if source == "purchased" else None,
        protect=protect,
    )


def _source(reader: ObjectReader) -> RootCaSource:
    source = reader.choice("source", ("generated", "imported", "purchased"), "generated")
    if source == "imported":
        return "imported"
    return "purchased" if source == "purchased" else "generated"


def _generation(reader: ObjectReader) -> int:
    generations = reader.array("generations") or [1]
    numbers = [int(g) for g in generations if _is_whole(g) and 1 <= g <= _LAST_GENERATION]
    if len(numbers) != len(generations):
        reader.problem("generations", f"must be a list of whole numbers between 1 and {_LAST_GENERATION}")
        return 1
    if len(numbers) > 1:
        reader.problem("generations", "more than one generation (a rollover) is not available yet; keep one")
    trusted = reader.integer("trusted", numbers[0], minimum=1, maximum=_LAST_GENERATION)
    if trusted not in numbers:
        reader.problem("trusted", f"is {trusted}, but must be one of the generations {numbers}")
        return numbers[0]
    return trusted


def _is_whole(value: object) -> bool:
    # Pulumi hands every number on as a float.
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())


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
