"""What CAS takes as a CA certificate, and what it makes of the same one twice."""

import contextlib
import re
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import (
    BasicConstraints,
    CertificateBuilder,
    Version,
    load_pem_x509_certificate,
    random_serial_number,
)

from lab.behaviour import DuplicateUpload, UniqueNames
from tests.helpers.certificates import ClientCredential, make_client, make_root
from tests.helpers.cloud_sdk import CasUser, pem, refused
from tests.helpers.simulated_cloud import SimulatedCloud

IDENTIFIER_SHAPES = [
    r"[0-9a-f]{8}-[0-9a-f]{4}-6[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}",
    r"[0-9a-f]{14}",
    r"[0-9a-f]{32}",
    r"[0-9a-f]{18}",
]


def private_key_of(identity: ClientCredential) -> str:
    return identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_a_root_ca_is_taken_and_shown_as_it_was_sent(cas: CasUser, number: int, root: ClientCredential) -> None:
    described = cas.describe(cas.upload(pem(root), number, name="for people"))

    assert described.content == pem(root)
    assert described.common_name == "root"
    assert described.fingerprint == root.certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303  # the service's own fingerprint
    assert "for people" not in str(described.to_map())


def test_a_ca_with_its_chain_is_taken_whole(cas: CasUser, number: int, root: ClientCredential) -> None:
    chain = pem(root, make_root())

    assert cas.describe(cas.upload(chain, number)).content == chain


def test_a_version_1_ca_of_the_recipe_by_hand_is_taken(cas: CasUser, number: int, tmp_path: Path) -> None:
    key, request, made = tmp_path / "ca.key", tmp_path / "ca.csr", tmp_path / "ca.crt"
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=by hand"]
    subprocess.run(["openssl", "req", *new, "-keyout", key, "-out", request], check=True, capture_output=True)
    sign = ["openssl", "x509", "-req", "-in", str(request), "-signkey", str(key), "-out", str(made)]
    subprocess.run(sign, check=True, capture_output=True)

    # The recipe by hand is worse than it looks (docs/facts/x509-and-tls.md, Version 1).
    assert load_pem_x509_certificate(made.read_bytes()).version is Version.v1
    assert cas.describe(cas.upload(made.read_text(), number)).common_name == "by hand"


def test_a_client_certificate_is_no_ca(cas: CasUser, number: int, root: ClientCredential) -> None:
    with refused("-1008"):
        cas.upload(pem(make_client(root)), number)
    assert cas.certificates() == []


def test_a_client_certificate_is_taken_where_that_is_assumed(
    simulated: SimulatedCloud, cas: CasUser, number: int, root: ClientCredential
) -> None:
    simulated.cloud.behaviour.leaf_upload_rejected = False

    cas.upload(pem(make_client(root)), number)

    assert [one.cert_type for one in cas.certificates()] == ["CERT"]


def test_a_key_that_is_neither_rsa_nor_ecc_is_rejected(cas: CasUser, number: int, root: ClientCredential) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    certificate = (
        CertificateBuilder()
        .subject_name(root.certificate.subject)
        .issuer_name(root.certificate.subject)
        .not_valid_before(root.certificate.not_valid_before_utc)
        .not_valid_after(root.certificate.not_valid_after_utc)
        .serial_number(random_serial_number())
        .public_key(key.public_key())
        .add_extension(BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, None)
    )

    with refused("-1008"):
        cas.upload(certificate.public_bytes(Encoding.PEM).decode(), number)


@pytest.mark.parametrize(
    ("options", "taken"),
    [
        (["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"], True),
        (["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"], False),
        (["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"], False),
        (["-newkey", "rsa:2048"], True),
        (["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"], False),
        (["-newkey", "rsa:2048", "-set_serial", "5"], True),
        (["-newkey", "rsa:2048", "-set_serial", "-5"], False),
    ],
    ids=["P-384", "explicit parameters", "another curve", "RSA", "RSASSA-PSS", "serial 5", "serial -5"],
)
def test_a_ca_that_no_listener_can_load_is_rejected(
    cas: CasUser, number: int, tmp_path: Path, options: list[str], taken: bool
) -> None:
    made = tmp_path / "ca.crt"
    request = ["openssl", "req", "-x509", *options, "-nodes", "-subj", "/CN=root", "-keyout", str(tmp_path / "ca.key")]
    subprocess.run([*request, "-out", str(made)], check=True, capture_output=True)

    with contextlib.nullcontext() if taken else refused("-1008"):
        cas.upload(made.read_text(), number)

    assert len(cas.certificates()) == taken


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "garbage",
        lambda text: text.replace("\n", ""),
        lambda text: text.replace("\n", " "),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.removesuffix("-----END CERTIFICATE-----\n"),
        lambda text: "subject=CN = root\n" + text,
        lambda text: re.sub(r"\n.{64}\n", "\n", text, count=1),
    ],
    ids=["garbage", "one line", "blanks for line ends", "empty lines", "no end", "text before", "a line lost"],
)
def test_spoiled_pem_is_a_format_error(cas: CasUser, number: int, root: ClientCredential, spoil: object) -> None:
    assert callable(spoil)

    with refused("-1008") as refusal:
        cas.upload(spoil(pem(root)), number)

    assert refusal.body["Message"].startswith("证书格式异常，请检查输入内容。")  # noqa: RUF001  # the cloud's comma
    assert "MII" not in str(refusal.body)


def test_line_ends_of_windows_and_none_at_the_end_are_taken(cas: CasUser, number: int, root: ClientCredential) -> None:
    cas.upload(pem(root).replace("\n", "\r\n"), number)
    cas.upload(pem(root).rstrip("\n"), number)


def test_a_private_key_is_rejected_and_journalled_but_never_kept(
    simulated: SimulatedCloud, cas: CasUser, number: int, root: ClientCredential
) -> None:
    key = private_key_of(root)

    with refused("PrivateKey.RejectedByLab"):
        cas.upload(pem(root), number, private_key=key)
    with refused("PrivateKey.RejectedByLab"):
        cas.upload(pem(root) + key, number)

    assert cas.certificates() == []
    effects = simulated.effects("UploadPCACert")
    assert [effect.startswith("rejected a private key") for effect in effects] == [True, True]
    assert "PRIVATE" not in "".join(effects)


@pytest.mark.parametrize("missing", ["cert", "warehouse_id"])
def test_an_upload_needs_a_certificate_and_a_repository(
    cas: CasUser, number: int, root: ClientCredential, missing: str
) -> None:
    given = {"cert": pem(root), "warehouse_id": number} | {missing: None}

    with refused("MissingCert" if missing == "cert" else "MissingWarehouseId"):
        cas.upload(given["cert"], given["warehouse_id"])  # type: ignore[arg-type]  # None leaves it out


def test_an_upload_into_no_repository_is_rejected(cas: CasUser, number: int, root: ClientCredential) -> None:
    with refused("NotFound"):
        cas.upload(pem(root), number + 1)


@pytest.mark.parametrize(
    ("assumed", "identifiers"), [(DuplicateUpload.NEW_IDENTIFIER, 2), (DuplicateUpload.SAME_IDENTIFIER, 1)]
)
def test_the_same_certificate_twice_gets_as_many_identifiers_as_is_assumed(
    simulated: SimulatedCloud,
    cas: CasUser,
    number: int,
    root: ClientCredential,
    assumed: DuplicateUpload,
    identifiers: int,
) -> None:
    simulated.cloud.behaviour.duplicate_upload = assumed

    given = {cas.upload(pem(root), number), cas.upload(pem(root), number)}

    assert len(given) == identifiers
    assert {one.identifier for one in cas.certificates()} == given


def test_the_same_certificate_twice_is_rejected_where_that_is_assumed(
    simulated: SimulatedCloud, cas: CasUser, number: int, root: ClientCredential
) -> None:
    simulated.cloud.behaviour.duplicate_upload = DuplicateUpload.REJECTED
    cas.upload(pem(root), number)

    with refused("CertificateAlreadyExists"):
        cas.upload(pem(root), number)
    other = cas.number_of(cas.create_repository("another"))
    cas.upload(pem(root), other)


def test_a_name_is_given_to_one_certificate_of_the_account_and_free_again_with_it(
    cas: CasUser, number: int, root: ClientCredential
) -> None:
    first = cas.upload(pem(root), number, name="ours")
    other = cas.number_of(cas.create_repository("another"))

    with refused("NameRepeat"):
        cas.upload(pem(make_root()), other, name="ours")
    assert [one.identifier for one in cas.certificates()] == [first]

    cas.upload(pem(make_root()), other)
    cas.upload(pem(make_root()), other)
    cas.delete(first)
    cas.upload(pem(make_root()), other, name="ours")


def test_two_certificates_may_have_one_name_where_that_is_assumed(
    simulated: SimulatedCloud, cas: CasUser, number: int, root: ClientCredential
) -> None:
    simulated.cloud.behaviour.names_unique = UniqueNames.NONE
    cas.upload(pem(root), number, name="ours")

    cas.upload(pem(make_root()), number, name="ours")

    assert len(cas.certificates()) == 2


def test_identifiers_come_in_every_shape_that_the_documents_show(
    cas: CasUser, number: int, root: ClientCredential
) -> None:
    identifiers = [cas.upload(pem(root), number) for _ in IDENTIFIER_SHAPES]

    for shape, identifier in zip(IDENTIFIER_SHAPES, identifiers, strict=True):
        assert re.fullmatch(shape, identifier)


def test_the_quota_is_reported_and_enforced(
    simulated: SimulatedCloud, cas: CasUser, number: int, root: ClientCredential
) -> None:
    simulated.cloud.behaviour.certificate_quota = 1
    cas.upload(pem(root), number)

    with refused("QuotaExceeded.Certificate"):
        cas.upload(pem(root), number)

    quota = cas.client.get_cert_warehouse_quota().body
    assert (quota.app_total_quota, quota.app_use_count) == (1, 1)


def test_a_new_certificate_may_be_shown_later(
    simulated: SimulatedCloud, cas: CasUser, number: int, root: ClientCredential
) -> None:
    simulated.cloud.timings.certificate_shown_after_seconds = 3600.0
    identifier = cas.upload(pem(root), number)
    assert cas.certificates() == []
    with refused("NotFound"):
        cas.describe(identifier)

    simulated.cloud.timings.certificate_shown_after_seconds = 0.0
    assert cas.describe(identifier).content == pem(root)
