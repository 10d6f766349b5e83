"""The whole job by hand, without the program: openssl, the official SDK, a JSON patch, curl.

What is shown here is what the program has to do by itself; nothing of it is used.
"""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from alibabacloud_cas20200407 import models as cas_models

from lab.paths import PROJECT
from lab.procedure import ANSWERS, HOST
from tests.helpers.lab import LabHandle, lab_command, wait_until

# curl's exit codes of a handshake that the server ended: while it was made, while the request was sent, before the answer.
_REFUSALS = {35, 55, 56}
CA_EXTENSIONS = """
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""
CLIENT_EXTENSIONS = """
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def _openssl(folder: Path, *arguments: str) -> str:
    run = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def _make_identity(folder: Path, name: str, extensions: str, *signed_by: str) -> None:
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", f"{name}.key")
    subject = f"/C=CN/ST=bj/L=bj/O=alibaba/OU=test/CN={name}"
    _openssl(folder, "req", "-new", *key, "-subj", subject, "-out", f"{name}.csr")
    (folder / f"{name}.ext").write_text(extensions)
    signer = signed_by or ("-signkey", f"{name}.key")
    files = ("-in", f"{name}.csr", "-extfile", f"{name}.ext", "-out", f"{name}.crt")
    _openssl(folder, "x509", "-req", "-days", "3650", *files, *signer)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A root CA `root` and its client `client`, and a client of another CA, made by the openssl command line."""
    _make_identity(tmp_path, "root", CA_EXTENSIONS)
    _make_identity(tmp_path, "client", CLIENT_EXTENSIONS, "-CA", "root.crt", "-CAkey", "root.key")
    _make_identity(tmp_path, "other-root", CA_EXTENSIONS)
    _make_identity(tmp_path, "foreigner", CLIENT_EXTENSIONS, "-CA", "other-root.crt", "-CAkey", "other-root.key")
    _openssl(tmp_path, "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "root.crt", "client.crt")
    return tmp_path


Ask = Callable[..., str]


@pytest.fixture
def ask(lab: LabHandle, keys: Path) -> Ask:
    """Ask the listener with curl, as a client or as nobody; the answer's body, or `refused`."""

    def curl(client: str | None = None) -> str:
        identity = ["--cert", f"{client}.crt", "--key", f"{client}.key"] if client else []
        connect = ["--connect-to", f"{HOST}:443:{lab.address('alb', '443/HTTPS')}"]
        options = ["--silent", "--show-error", "--max-time", "10", "--cacert", str(lab.paths.server_ca)]
        run = subprocess.run(
            ["curl", *options, *connect, *identity, f"https://{HOST}/"],
            cwd=keys,
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode in _REFUSALS:
            return "refused"
        assert run.returncode == 0, f"curl failed with exit code {run.returncode}, which is no refusal: {run.stderr}"
        return run.stdout.strip()

    return curl


def _upload(lab: LabHandle, certificate: str) -> str:
    """Make a repository and upload into it, with no more than the official SDK."""
    lab.cas.create_warehouse(cas_models.CreateWarehouseRequest(name="by-hand", type="uploadedAuthorityCertificate"))
    listed: list[int] = []

    def is_listed() -> bool:
        request = cas_models.ListCertWarehouseRequest(name="by-hand")
        listed.extend(each.wh_id for each in lab.cas.list_cert_warehouse(request).body.cert_warehouse_list or [])
        return bool(listed)

    # Ten calls of an API in a second are the most that the cloud takes.
    wait_until(is_listed, "the new repository is listed", every=0.25)
    request = cas_models.UploadPCACertRequest(cert=certificate, warehouse_id=listed[0], name="root")
    return str(lab.cas.upload_pcacert(request).body.identifier)


def _patch(lab: LabHandle, *changes: tuple[str, object]) -> None:
    element = lab.albconfig("alb")["spec"]["listeners"][1]
    guard = {"op": "test", "path": "/spec/listeners/1", "value": element}
    operations = [{"op": "add", "path": f"/spec/listeners/1/{field}", "value": value} for field, value in changes]
    lab.patch_albconfig("alb", [guard, *operations])


def test_the_job_by_hand_shuts_the_door_and_opens_it_again(lab: LabHandle, keys: Path, ask: Ask) -> None:
    assert ask() == "old"
    identifier = _upload(lab, (keys / "root.crt").read_text())
    _patch(lab, ("caEnabled", True), ("caCertificates", [{"CertificateId": identifier}]))
    wait_until(lambda: ask() == "refused", "nobody gets in without a certificate")
    assert lab.listener("alb", "443/HTTPS").ca_enabled is True
    assert ask("client") == "old"
    assert ask("foreigner") == "refused"
    assert ask() == "refused"
    _patch(lab, ("caEnabled", False))
    wait_until(lambda: ask() == "old", "everybody gets in again")
    listener = lab.albconfig("alb")["spec"]["listeners"][1]
    assert listener["caEnabled"] is False
    assert listener["caCertificates"] == [{"CertificateId": identifier}]


def test_the_least_privileged_user_s_patch_is_in_the_journal_and_no_key_or_certificate_is(
    lab: LabHandle, keys: Path
) -> None:
    identifier = _upload(lab, (keys / "root.crt").read_text())
    _patch(lab, ("caEnabled", True), ("caCertificates", [{"CertificateId": identifier}]))
    journal = lab.management.get("/journal").text
    assert '"patch albconfigs"' in journal
    assert '"UploadPCACert"' in journal
    assert "BEGIN CERTIFICATE" not in journal
    assert lab.status["credentials"]["accessKeySecret"] not in journal


def test_the_openssl_recipe_that_this_replaces_makes_a_version_1_ca(tmp_path: Path) -> None:
    """design.md 1: the recipe by hand is worse than it looks."""
    _openssl(tmp_path, "req", "-new", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=root", "-keyout", "k", "-out", "r")
    _openssl(tmp_path, "x509", "-req", "-in", "r", "-signkey", "k", "-out", "c")
    assert "Version: 1 (0x0)" in _openssl(tmp_path, "x509", "-in", "c", "-noout", "-text")


def test_the_printed_procedure_pasted_into_bash_answers_as_it_promises(lab: LabHandle) -> None:
    printed = lab_command("procedure", "--name", lab.name)
    assert printed.returncode == 0, printed.stderr
    promised = re.findall(rf"^{ANSWERS}(.*)$", printed.stdout, flags=re.MULTILINE)
    pasted = subprocess.run(
        ["bash", "--noprofile", "--norc"],
        input=printed.stdout,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert pasted.stdout.splitlines() == promised, pasted.stderr
    assert promised.count("refused") == 1
    assert promised.count("old") == 3
    assert pasted.returncode == 0
