"""The root CA and the clients of a new stack, as a person gives them."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from alb_mtls.configuration.problems import Problems, SettingsError
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.configuration.subjects import SUBJECT_KEYS, read_subject
from ops.init.draft import Client, RootCa
from ops.init.questions import Check, Questions, Unusable

CERTIFICATE_FILE: Final = "pki/root-ca.pem"
KEY_FILE: Final = "pki/root-ca.key"
MAKE_ROOT_CA: Final = (
    "mkdir -p pki && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 "
    f"-keyout {KEY_FILE} -out {CERTIFICATE_FILE} "
    "-subj '/C=SG/ST=Singapore/L=Singapore/O=Example/OU=Platform/CN=Example clients' "
    "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign"
)
_SUBJECT: Final = {
    "C": "country",
    "ST": "state",
    "L": "locality",
    "O": "organization",
    "OU": "organizationalUnit",
    "CN": "commonName",
    "emailAddress": "email",
}
_QUESTIONS: Final = {
    "country": "Country of the root CA, two letters",
    "state": "State or province",
    "locality": "City",
    "organization": "Organization",
    "organizationalUnit": "Organizational unit",
}
# A part of a subject as openssl takes it; a slash in a value stands behind a backslash.
_PART: Final = re.compile(r"/(?P<key>[A-Za-z]+)=(?P<value>(?:\\.|[^/\\])*)")
_NAME: Final = re.compile(r"[a-z0-9-]{1,40}")
_SOURCES: Final = ("imported", "generated")


def choose_root_ca(
    questions: Questions,
    *,
    source: str | None,
    certificate_file: str | None,
    key_file: str | None,
    subject: str | None,
) -> RootCa | None:
    """Return where the root CA comes from; None when something is missing, which is remembered."""
    if source is None and (certificate_file is not None or key_file is not None):
        source = "imported"
    if source is None and subject is not None:
        source = "generated"

    def known(text: str) -> str:
        if text not in _SOURCES:
            message = f"must be {' or '.join(_SOURCES)}"
            raise Unusable(message)
        return text

    chosen = questions.value(
        "--root-ca",
        "Root CA, imported or generated",
        given=source,
        default="imported",
        missing="",
        check=known,
        hint=(
            "The root CA signs the clients. imported: its key stays in a file, right for production. generated: its "
            "key is kept in the state of the stack, encrypted, right for a first try."
        ),
    )
    if chosen == "generated":
        return _generated(questions, subject)
    if chosen == "imported":
        return _imported(questions, certificate_file, key_file)
    return None


def _imported(questions: Questions, certificate_file: str | None, key_file: str | None) -> RootCa | None:

    def there(text: str) -> str:
        if not Path(text).expanduser().is_file():
            message = f"there is no file {text}; give yours, or --root-ca generated, or make one: `{MAKE_ROOT_CA}`"
            raise Unusable(message)
        return _as_configured(text)

    certificate = questions.value(
        "--certificate-file",
        "File of its certificate",
        given=certificate_file,
        default=CERTIFICATE_FILE,
        missing="",
        check=there,
    )
    if certificate is None:
        # One command makes both files.
        return None
    key = questions.value(
        "--key-file",
        "File of its key",
        given=key_file,
        default=str(Path(certificate).with_suffix(".key")),
        missing="",
        check=_existing,
    )
    return None if key is None else RootCa(certificate_file=certificate, key_file=key)


def _generated(questions: Questions, subject: str | None) -> RootCa | None:
    if subject is None and questions.terminal:
        answers = {
            key: questions.value("--subject", question, given=None, default=None, missing="", check=_attribute(key))
            or ""
            for key, question in _QUESTIONS.items()
        }
        return RootCa(subject=answers)
    example = "such as '/C=SG/ST=Singapore/L=Singapore/O=Example/OU=Platform'"
    if subject is None:
        questions.refuse("--subject", f"a generated root CA needs its name, {example}")
        return None
    parts = list(_PART.finditer(subject))
    unknown = [one["key"] for one in parts if one["key"] not in _SUBJECT]
    if not parts or "".join(one[0] for one in parts) != subject or unknown:
        questions.refuse("--subject", f"{subject!r} is no name of {', '.join(_SUBJECT)}, {example}")
        return None
    values = {_SUBJECT[one["key"]]: re.sub(r"\\(.)", r"\1", one["value"]) for one in parts}
    absent = [short for short, key in _SUBJECT.items() if key in _QUESTIONS and not values.get(key)]
    if absent:
        questions.refuse("--subject", f"lacks {', '.join(absent)}; give them all, {example}")
        return None
    return RootCa(subject=values)


def choose_clients(questions: Questions, given: Sequence[str]) -> tuple[Client, ...]:
    """Return the clients; what is wrong with one of them is remembered.

    Args:
        questions: asks for one after the other, unless some were given.
        given: each a name, or a name and a file: `device-7=csr/device-7.pem`.
    """
    if given or not questions.terminal:
        return _distinct(questions, [one for text in given if (one := _client_given(questions, text)) is not None])
    found: list[Client] = []
    hint = (
        "Clients: a name of a-z, 0-9 and -, whose key is made here; or NAME=FILE with its signing request, so that its "
        "key stays where it is."
    )
    while True:

        def usable(text: str) -> str:
            if text:
                name = _client(text).name
                if name in {one.name for one in found}:
                    message = f"client {name} is there already"
                    raise Unusable(message)
            return text

        answer = questions.value(
            "--client",
            "Next client, empty for no more" if found else "Client, empty for none yet",
            given=None,
            default="",
            missing="",
            check=usable,
            hint="" if found else hint,
        )
        if not answer:
            return tuple(found)
        found.append(_client(answer))


def _client_given(questions: Questions, text: str) -> Client | None:
    try:
        return _client(text)
    except Unusable as error:
        questions.refuse("--client", str(error))
        return None


def _distinct(questions: Questions, clients: Iterable[Client]) -> tuple[Client, ...]:
    found: dict[str, Client] = {}
    for one in clients:
        if one.name in found:
            questions.refuse("--client", f"{one.name} is given twice; give each client a name of its own")
        found[one.name] = one
    return tuple(found.values())


def _client(text: str) -> Client:
    name, separator, file = text.partition("=")
    if _NAME.fullmatch(name) is None:
        message = f"{name!r} is no name of a client: at most 40 of a-z, 0-9 and -; capitals belong into its subject"
        raise Unusable(message)
    if not separator:
        return Client(name=name)
    path = Path(file).expanduser()
    try:
        content = path.read_bytes()
    except OSError:
        message = (
            f"there is no file {file or 'after ='}; whoever is {name} makes a key and a request with `openssl req -new "
            f"-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {file or f'csr/{name}.pem'} "
            f"-subj /CN={name}`"
        )
        raise Unusable(message) from None
    if b"-----BEGIN CERTIFICATE-----" in content:
        return Client(name=name, certificate_file=_as_configured(file))
    return Client(name=name, csr_file=_as_configured(file))


def _existing(text: str) -> str:
    if not Path(text).expanduser().is_file():
        message = f"there is no file {text}; give that of the root CA's key"
        raise Unusable(message)
    return _as_configured(text)


def _attribute(key: str) -> Check:
    """Return what checks an attribute of the subject as the configuration does, while a person can answer again."""

    def check(text: str) -> str:
        if not text:
            message = "it must not be empty"
            raise Unusable(message)
        problems = Problems()
        reader = ObjectReader({key: text}, "", SUBJECT_KEYS, problems)
        read_subject(reader, required=(), default_common_name="clients")
        try:
            problems.raise_if_any()
        except SettingsError as error:
            raise Unusable("; ".join(one.removeprefix(f"{key}: ") for one in error.problems)) from None
        return text

    return check


def _as_configured(text: str) -> str:
    """Return a path as the program reads it: it knows no `~`."""
    return os.path.expanduser(text)  # noqa: PTH111 - pathlib would change how the rest is spelled
