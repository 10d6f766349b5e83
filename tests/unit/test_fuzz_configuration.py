"""Whatever stands in a stack file or in a file that it names, settings or one list of mistakes come out, no traceback.

The trees are steered towards the keys of the configuration, because pure noise would not get past the first of them.
"""

import base64
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from alb_mtls.configuration.accepted import ACCEPT_KEYS
from alb_mtls.configuration.clients import CLIENT_KEYS
from alb_mtls.configuration.fleets import FLEET_KEYS
from alb_mtls.configuration.generations import ROOT_CA_KEYS
from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.parse import TOP_KEYS, parse_settings
from alb_mtls.configuration.problems import SettingsError
from alb_mtls.configuration.proof import PROOF_KEYS
from alb_mtls.configuration.subjects import KEY_KEYS, SUBJECT_KEYS
from alb_mtls.configuration.targets import LISTENER_KEYS
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.pki.renewal import RenewBefore
from alb_mtls.pki.san import parse_san
from alb_mtls.pki.subject import to_name
from tests.helpers.certificates import make_client, make_root, signing_request
from tests.helpers.examples import examples
from tests.helpers.stack_file import surroundings

ROOT = make_root()
CLIENT = make_client(ROOT)
SOUND = {
    "ca.pem": certificate_pem(ROOT.certificate).encode(),
    "ca.key": private_key_pem(ROOT.key).encode(),
    "alice.pem": certificate_pem(CLIENT.certificate).encode(),
    "alice.key": private_key_pem(CLIENT.key).encode(),
    "alice.csr": signing_request(CLIENT.key, "alice").public_bytes(Encoding.PEM),
}
KEYS = sorted({
    *TOP_KEYS, *ROOT_CA_KEYS, *CLIENT_KEYS, *FLEET_KEYS, *LISTENER_KEYS, *PROOF_KEYS, *SUBJECT_KEYS, *KEY_KEYS,
    *ACCEPT_KEYS,
    "endpoint", "repository", "namespace",
})  # fmt: skip
WORDS = (
    "generated", "imported", "purchased", "rsa", "ecdsa", "P-256", "china", "international", "http://127.0.0.1:1",
    "HTTPS", "QUIC", "patch", "none", "required", "api", "off", "warn", "fail", "system", "true", "33%", "30d",
    "HTTP_FORWARDS", "2027-03-31", "2027-03-31 00:00:00 +0000 UTC", "*.a.example",
    "dns:a.example", "email:a@ali.example", "uri:spiffe://a.example/b", "alice", "CN", "443", "[::1]:443",
    "", " ", "\0", "\ud800", "ß", "a\nb", "x" * 300, "../x", *SOUND,
)  # fmt: skip

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, 1, 2, 443, 3072, 4096, 65535, 65536, 3650]),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(max_size=80),
)
keys = st.one_of(st.sampled_from(KEYS), st.text(max_size=20))
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=6)),
    max_leaves=25,
)


def shaped(names: tuple[str, ...], **known: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return objects with some of the keys of the configuration, each mostly of its own shape."""
    members = {name: st.one_of(known.get(name, scalars), trees) for name in names}
    return st.fixed_dictionaries({}, optional=members)


subjects = shaped(SUBJECT_KEYS)
key_specs = shaped(KEY_KEYS)
configurations = shaped(
    TOP_KEYS,
    rootCa=shaped(ROOT_CA_KEYS, subject=subjects, key=key_specs, generations=st.lists(scalars, max_size=3)),
    clients=st.lists(
        shaped(
            CLIENT_KEYS,
            subject=subjects,
            key=key_specs,
            sans=st.lists(scalars, max_size=3),
            kubernetesSecret=shaped(("namespace", "name")),
        ),
        max_size=3,
    ),
    cas=shaped(("endpoint", "repository")),
    alb=shaped(("endpoint",)),
    listeners=st.lists(shaped(LISTENER_KEYS, hosts=st.lists(scalars, max_size=3)), max_size=3),
    accept=st.lists(shaped(ACCEPT_KEYS), max_size=3),
    proof=shaped(PROOF_KEYS, client=shaped(("certificateFile", "keyFile"))),
)


def read(values: Any, files: dict[str, bytes]) -> Settings | None:
    """Return settings, or None when there was a list of mistakes that makes sense; let everything else through."""

    def read_file(path: str) -> str:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory")
        return files[path].decode("utf-8")

    try:
        return parse_settings(values, surroundings(read_file=read_file))
    except SettingsError as error:
        mistakes = error
    assert mistakes.problems
    assert all(": " in line and len(line) < 10_000 for line in mistakes.problems)
    # What cannot be printed would be a traceback after all.
    str(mistakes).encode()
    return None


@settings(max_examples=examples(400), deadline=None)
@given(configurations)
def test_any_configuration_becomes_settings_or_mistakes_by_key(values: Any) -> None:
    read(values, SOUND)


@settings(max_examples=examples(200), deadline=None)
@given(st.dictionaries(keys, trees, max_size=8))
def test_any_object_at_all_becomes_settings_or_mistakes_by_key(values: Any) -> None:
    read(values, SOUND)


WORKING: dict[str, Any] = {
    "rootCa": {"source": "imported", "certificateFile": "ca.pem", "keyFile": "ca.key"},
    "clients": [{"name": "alice", "csrFile": "alice.csr"}],
    "cas": {"endpoint": "china"},
    "listeners": [{"albConfig": "alb", "port": 443}],
    "proof": {"client": {"certificateFile": "alice.pem", "keyFile": "alice.key"}, "serverCa": "ca.pem"},
}


def test_the_files_that_are_broken_below_are_taken_when_they_are_whole() -> None:
    assert read(WORKING, SOUND) is not None


def broken(data: bytes) -> st.SearchStrategy[bytes]:
    """Return what remains of a file when some of its bytes were replaced, and some lost."""
    places = st.lists(st.tuples(st.integers(0, len(data) - 1), st.binary(max_size=3)), min_size=1, max_size=4)

    def damaged(edits: list[tuple[int, bytes]]) -> bytes:
        text = data
        for place, piece in edits:
            text = text[:place] + piece + text[place + 1 :]
        return text

    return places.map(damaged)


@settings(max_examples=examples(300), deadline=None)
@given(st.sampled_from(sorted(SOUND)).flatmap(lambda name: st.tuples(st.just(name), broken(SOUND[name]))))
def test_any_damage_to_a_file_becomes_a_mistake_or_does_not_matter(damage: tuple[str, bytes]) -> None:
    name, content = damage
    read(WORKING, {**SOUND, name: content})


@settings(max_examples=examples(150), deadline=None)
@given(st.sampled_from(sorted(SOUND)), st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_content_in_place_of_a_file_becomes_a_mistake(name: str, content: bytes) -> None:
    assert name == "ca.key" or read(WORKING, {**SOUND, name: content}) is None


def der_as_pem(kind: str, der: bytes) -> bytes:
    """Return bytes in the PEM of a kind, so that the damage lies in the DER and not in the base64."""
    return b"-----BEGIN %b-----\n%b\n-----END %b-----\n" % (kind.encode(), base64.b64encode(der), kind.encode())


@settings(max_examples=examples(300), deadline=None)
@given(broken(ROOT.certificate.public_bytes(Encoding.DER)))
def test_any_damage_to_the_der_of_a_root_becomes_a_mistake_or_does_not_matter(der: bytes) -> None:
    read(WORKING, {**SOUND, "ca.pem": der_as_pem("CERTIFICATE", der)})


@settings(max_examples=examples(300), deadline=None)
@given(broken(signing_request(CLIENT.key, "alice").public_bytes(Encoding.DER)))
def test_any_damage_to_the_der_of_a_request_becomes_a_mistake(der: bytes) -> None:
    read(WORKING, {**SOUND, "alice.csr": der_as_pem("CERTIFICATE REQUEST", der)})


@settings(max_examples=examples(300), deadline=None)
@given(
    st.fixed_dictionaries({"name": st.just("alice")}, optional={
        "subject": subjects, "sans": st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=30)), max_size=3),
        "renewBefore": st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), "rotateKey": st.booleans(),
    })
)  # fmt: skip
def test_what_passes_for_a_client_can_be_issued(client: dict[str, Any]) -> None:
    taken = read({**WORKING, "clients": [client]}, SOUND)
    if taken is None:
        return
    [alice] = taken.clients
    to_name(alice.subject).public_bytes()
    assert len([parse_san(san) for san in alice.sans]) == len(alice.sans)
    RenewBefore.parse(alice.renew_before)
