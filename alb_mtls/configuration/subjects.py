"""Reading the parts that a root CA and a client have in common: subject and key."""

from collections.abc import Collection

from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.subject import Subject, subject_problems

SUBJECT_KEYS = (
    "country",
    "state",
    "locality",
    "organization",
    "organizationalUnit",
    "commonName",
    "email",
)
KEY_KEYS = ("algorithm", "size", "curve")


def read_subject(reader: ObjectReader, *, required: Collection[str], default_common_name: str) -> Subject:
    """Read a distinguished name; each attribute that breaks a bound of RFC 5280 is recorded by its key."""
    subject = Subject(
        country=reader.text("country"),
        state=reader.text("state"),
        locality=reader.text("locality"),
        organization=reader.text("organization"),
        organizational_unit=reader.text("organizationalUnit"),
        common_name=reader.text("commonName", default_common_name),
        email=reader.text("email"),
    ).normalised()
    for problem in subject_problems(subject, required=required):
        # What was given, and could not be read, has been recorded already.
        if not (problem.missing and reader.has(problem.field)):
            reader.problem(problem.field, problem.message)
    return subject


def read_key(reader: ObjectReader, *, default: str = "rsa") -> KeySpec:
    """Read which kind of key to make: RSA 4096, or P-256, unless the configuration says another size or curve."""
    algorithm = reader.choice("algorithm", ("rsa", "ecdsa"), default)
    if algorithm == "ecdsa":
        if reader.has("size"):
            reader.problem("size", "goes with algorithm rsa; an ecdsa key has a curve instead")
        curve = reader.choice("curve", ("P-256", "P-384"), "P-256")
        return KeySpec(algorithm="ecdsa", size=None, curve=curve)
    if reader.has("curve"):
        reader.problem("curve", "goes with algorithm ecdsa; an rsa key has a size instead")
    size = reader.integer("size", 4096, minimum=3072, maximum=4096, unit="bits")
    if size not in (3072, 4096):
        reader.problem("size", f"is {size} bits, but must be 3072 or 4096")
        size = 4096
    return KeySpec(algorithm="rsa", size=size, curve=None)
