"""Reading `rootCa`: generated here, imported from files, or purchased and in CAS already."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from cryptography import x509

from components.configuration.model import RootCaSettings, RootCaSource
from components.configuration.reader import ObjectReader
from components.configuration.subjects import KEY_KEYS, SUBJECT_KEYS, read_key, read_subject
from components.pki.encoding import load_certificate, normalise_certificate_pem
from components.pki.errors import PkiError
from components.pki.imported import imported_ca_findings
from components.pki.keys import KeySpec
from components.pki.subject import Subject

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

_LAST_GENERATION = 1_000_000

_REQUIRED_SUBJECT = ("country", "state", "locality", "organization", "organizationalUnit", "commonName")
# Which keys mean something for which source; the others would be ignored without a word.
_KEYS_OF_SOURCE: dict[str, tuple[str, ...]] = {
    "generated": ("subject", "key", "validityDays"),
    "imported": ("certificateFile", "keyFile"),
    "purchased": ("identifier",),
}

ReadFile = Callable[[str], str]


def read_root_ca(
    reader: ObjectReader, *, default_common_name: str, read_file: ReadFile, now: datetime, warnings: list[str]
) -> RootCaSettings:
    """Read the root CA of this stack.

    Args:
        reader: at the key `rootCa`.
        default_common_name: the commonName of a generated root when none is given.
        read_file: gives the text of a file, or raises OSError or UnicodeDecodeError.
        now: against which an imported certificate's life is judged.
        warnings: what works but should be known is appended here.
    """
    source = _source(reader)
    for owner, keys in _KEYS_OF_SOURCE.items():
        for name in keys:
            if owner != source and reader.has(name):
                reader.problem(name, f"goes with source {owner}, but the source is {source}; remove one of them")
    generation = _generation(reader)
    subject = _subject(reader, generation, default_common_name) if source == "generated" else None
    key = read_key(reader.object("key", KEY_KEYS)) if source == "generated" else KeySpec()
    certificate_pem = None
    if source == "imported":
        certificate_pem = _imported_certificate(reader, read_file, now, warnings)
    needs_identifier = "a purchased root CA is named by its identifier in CAS" if source == "purchased" else None
    return RootCaSettings(
        source=source,
        generation=generation,
        subject=subject,
        key=key,
        validity_days=reader.integer("validityDays", 3650, minimum=1, maximum=MAX_VALIDITY_DAYS, unit="days"),
        certificate_pem=certificate_pem,
        key_file=reader.text("keyFile") if source == "imported" else None,
        identifier=reader.text("identifier", required=needs_identifier) if source == "purchased" else None,
        protect=reader.boolean("protect", default=False),
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
    if suffix and len(common_name) > 64:  # noqa: PLR2004 - ub-common-name, RFC 5280 appendix A.1
        subject_reader.problem(
            "commonName",
            f"with {suffix!r} of its generation has {len(common_name)} characters, but at most 64 are allowed",
        )
        return subject
    return replace(subject, common_name=common_name)


def _imported_certificate(reader: ObjectReader, read_file: ReadFile, now: datetime, warnings: list[str]) -> str | None:
    path = reader.text("certificateFile", required="an imported root CA needs the file of its certificate")
    if path is None:
        return None
    certificate = read_certificate_file(reader, "certificateFile", path, read_file)
    if certificate is None:
        return None
    pem, parsed = certificate
    findings = imported_ca_findings(parsed, now=now)
    for error in findings.errors:
        reader.problem("certificateFile", f"{path}: {error}")
    warnings.extend(f"{reader.key_of('certificateFile')}: {path}: {warning}" for warning in findings.warnings)
    return pem


def read_certificate_file(
    reader: ObjectReader, name: str, path: str, read_file: ReadFile
) -> tuple[str, x509.Certificate] | None:
    """Return the one certificate of a file, normalised and parsed, or record at `name` why there is none."""
    text = read_text_file(reader, name, path, read_file)
    if text is None:
        return None
    try:
        pem = normalise_certificate_pem(text)
        return pem, load_certificate(pem)
    except PkiError as error:
        reader.problem(name, f"{path}: {error}")
        return None


def read_text_file(reader: ObjectReader, name: str, path: str, read_file: ReadFile) -> str | None:
    """Return the text of a file, or record at `name` why it cannot be read."""
    try:
        return read_file(path)
    except UnicodeDecodeError:
        reader.problem(name, f"{path} is not text; give the PEM form, not DER")
    except OSError as error:
        reader.problem(name, f"cannot read {path}: {error.strerror or type(error).__name__}")
    return None
