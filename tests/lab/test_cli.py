"""What the commands print about a lab that runs: `status --json` and `env` are for scripts."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_cas20200407 import models as cas_models

from tests.helpers.client_identities import authority
from tests.helpers.lab import LabHandle, lab_command


def _run(lab: LabHandle, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return lab_command(command, "--name", lab.name, *arguments)


@pytest.fixture(scope="module")
def status(shared_lab: LabHandle) -> dict[str, Any]:
    """What `status --json` prints of a new lab."""
    shared_lab.reset()
    printed = _run(shared_lab, "status", "--json")
    assert printed.returncode == 0, printed.stderr
    parsed: dict[str, Any] = json.loads(printed.stdout)
    return parsed


def test_status_has_exactly_the_keys_that_scripts_rely_on(status: dict[str, Any]) -> None:
    assert status.keys() == {"pid", "kubeconfig", "credentials", "accessKeys", "endpoints", "albconfigs"}
    assert status["kubeconfig"].keys() == {"admin", "program", "preview", "operations", "onCall"}
    assert status["credentials"] == status["accessKeys"]["up"]
    assert status["accessKeys"].keys() == {"admin", "up", "preview", "operations"}
    for each in status["accessKeys"].values():
        assert each.keys() == {"accessKeyId", "accessKeySecret", "securityToken"}
    assert status["endpoints"].keys() == {"cas", "alb", "management"}
    assert status["albconfigs"]["alb"].keys() == {"loadBalancerId", "listeners"}
    assert status["albconfigs"]["alb"]["listeners"]["443/HTTPS"].keys() == {"listenerId", "address"}


def test_status_names_every_listener_with_an_address_on_loopback(status: dict[str, Any]) -> None:
    listeners = {name: set(details["listeners"]) for name, details in status["albconfigs"].items()}
    assert listeners == {
        "alb": {"80/HTTP", "443/HTTPS"},
        "alb-quic": {"443/HTTPS", "443/QUIC"},
        "alb-two": {"443/HTTPS", "8443/HTTPS"},
        "alb-basic": {"443/HTTPS"},
    }
    addresses = [
        listener["address"] for details in status["albconfigs"].values() for listener in details["listeners"].values()
    ]
    assert all(address.startswith("127.0.0.1:") for address in addresses)
    assert len(set(addresses)) == len(addresses)


def test_status_gives_absolute_paths_and_endpoints_without_a_scheme(status: dict[str, Any]) -> None:
    assert all(Path(file).is_absolute() and Path(file).is_file() for file in status["kubeconfig"].values())
    for endpoint in status["endpoints"].values():
        host, _, port = endpoint.partition(":")
        assert host == "127.0.0.1"
        assert port.isdecimal()


def test_status_for_people_holds_no_secret_and_no_decoration_when_piped(lab: LabHandle) -> None:
    printed = _run(lab, "status")
    assert printed.returncode == 0
    assert lab.address("alb", "443/HTTPS") in printed.stdout
    assert lab.status["credentials"]["accessKeySecret"] not in printed.stdout
    assert printed.stdout.isascii()
    assert "\x1b" not in printed.stdout


def test_logs_prints_each_component_or_the_one_that_is_named_and_names_them_to_who_mistakes_one(lab: LabHandle) -> None:
    everything = _run(lab, "logs").stdout
    for component in ("daemon", "etcd", "kube-apiserver", "caddy-a", "caddy-b"):
        assert f"{component}.log:" in everything
    one = _run(lab, "logs", "etcd").stdout
    assert "etcd.log:" in one
    assert "kube-apiserver.log:" not in one
    refused = _run(lab, "logs", "nginx")
    assert refused.returncode == 1
    assert "there are caddy-a, caddy-b, daemon, etcd, kube-apiserver" in refused.stderr


def test_each_upload_ca_prints_an_identifier_of_its_own_and_all_go_into_one_repository(
    lab: LabHandle, tmp_path: Path
) -> None:
    pem = authority("root").pem
    (tmp_path / "ca.crt").write_text(pem)
    identifiers = {_run(lab, "upload-ca", str(tmp_path / "ca.crt")).stdout.strip() for _ in range(2)}
    assert len(identifiers) == 2
    assert len(lab.cas.list_warehouse(cas_models.ListWarehouseRequest()).body.data) == 1
    for identifier in identifiers:
        request = cas_models.DescribeWarehouseCertRequest(cert_identifier=identifier)
        assert lab.cas.describe_warehouse_cert(request).body.content == pem


def test_upload_ca_of_something_else_prints_the_error_of_the_service(lab: LabHandle, tmp_path: Path) -> None:
    (tmp_path / "garbage.crt").write_text("not a certificate")
    refused = _run(lab, "upload-ca", str(tmp_path / "garbage.crt"))
    assert refused.returncode == 1
    assert "garbage.crt could not be uploaded: " in refused.stderr
    assert refused.stdout == ""


def test_a_name_that_cannot_be_a_lab_is_rejected_before_anything_else() -> None:
    refused = lab_command("up", "--name", "../elsewhere")
    assert refused.returncode == 1
    assert "lab name '../elsewhere' is not usable" in refused.stderr
