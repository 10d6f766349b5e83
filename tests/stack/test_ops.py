"""`python -m ops` against a deployed stack: one stack for the whole module, put back after each test that disturbs it.

Its two listeners have no bypass, so that "nothing to find" can be shown as well as every finding.
"""

import subprocess
from pathlib import Path
from typing import Any

import yaml

from alb_mtls.pki.encoding import certificate_pem
from tests.helpers.certificates import make_root
from tests.helpers.cloud_sdk import CasUser
from tests.helpers.lab import LabHandle, wait_until
from tests.helpers.ops_command import ops
from tests.helpers.stack import Stack
from tests.helpers.state_as_shown import assert_what_is_read_is_what_pulumi_shows

HOST = "two.alb.ingress.top"


def _set(lab: LabHandle, index: int, field: str, value: object) -> None:
    operation = {"op": "add", "path": f"/spec/listeners/{index}/{field}", "value": value}
    lab.patch_albconfig("alb-two", [operation], api=lab.admin)


def _upload_another_ca(lab: LabHandle) -> str:
    cas = CasUser(lab.cas)
    # Into the stack's own repository: a new one would not be listed at once.
    number = int(cas.repositories()[0].wh_id)
    return cas.upload(certificate_pem(make_root().certificate), number)


def _bound(lab: LabHandle) -> list[str]:
    listener = lab.listener("alb-two", "8443/HTTPS")
    settled = listener.listener_status == "Running"
    return [one.certificate_id for one in listener.ca_certificates or []] if settled else []


def _with(stack: Stack, folder: Path, keys: dict[str, Any]) -> str:
    """Return the path of a copy of the stack's configuration with some keys changed."""
    content = yaml.safe_load(stack.config_file.read_text("utf-8"))
    path = folder / "changed.yaml"
    path.write_text(yaml.safe_dump({**content, "config": {**content["config"], **keys}}), "utf-8")
    return str(path)


def test_an_exported_bundle_opens_the_listener(deployed: Stack, shared_lab: LabHandle, tmp_path: Path) -> None:
    printed = ops(deployed, "export", "alice", "--out", str(tmp_path / "alice"), "--legacy")
    assert printed.code == 0, printed.err
    folder = tmp_path / "alice"
    address = shared_lab.address("alb-two", "443/HTTPS")
    asked = subprocess.run(
        [
            *("curl", "--silent", "--show-error", "--max-time", "10", "--cacert", str(shared_lab.paths.server_ca)),
            *("--cert", str(folder / "alice.chain.pem"), "--key", str(folder / "alice.key")),
            *("--connect-to", f"{HOST}:443:{address}", f"https://{HOST}/"),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert asked.stdout.strip() == "old", asked.stderr
    password = f"file:{folder / 'alice.p12.password'}"
    opened = subprocess.run(
        ["openssl", "pkcs12", "-in", str(folder / "alice.p12"), "-passin", password, "-nokeys", "-info"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert opened.stdout.count("BEGIN CERTIFICATE") == 2, opened.stderr
    assert "3-KeyTripleDES" in opened.stderr


def test_status_finds_nothing_on_a_stack_that_is_as_it_was_left(deployed: Stack) -> None:
    printed = ops(deployed, "status", "--json")
    assert (printed.code, printed.codes, printed.document["unknown"]) == (0, [], [])
    assert set(printed.document["listeners"]) == {"alb-two/443", "alb-two/8443"}
    assert all(one["requestsCertificates"] for one in printed.document["listeners"].values())
    assert all(one["lockedOut"] == [HOST] for one in printed.document["listeners"].values())
    assert {(one["name"], one["accepted"]) for one in printed.document["clients"]} == {
        ("alice", True),
        ("device", True),
    }


def test_status_prints_the_same_for_people_in_plain_lines(deployed: Stack) -> None:
    printed = ops(deployed, "status")
    assert printed.code == 0
    assert f"{HOST} (default/two-ingress)" in printed.out
    assert printed.out.splitlines()[1].startswith("443/HTTPS of alb-two: enforced, proven ")
    assert "\x1b" not in printed.out
    assert "findings: none" in printed.out


def test_verify_proves_both_listeners_and_finds_no_bypass(deployed: Stack) -> None:
    printed = ops(deployed, "verify", "--json")
    assert (printed.code, printed.codes, printed.document["unknown"]) == (0, [], [])
    for one in printed.document["listeners"].values():
        assert one["proof"]["proven"]
        assert all(check["passed"] for check in one["proof"]["checks"])


def test_a_report_shows_what_verify_proves_and_holds_no_secret_of_the_stack(deployed: Stack) -> None:
    # What lies in the folder of a stack is scanned for every secret of the lab and of the state.
    page = deployed.folder / "report.html"
    printed = ops(deployed, "report", "--verify", "--json", "--out", str(page))
    assert (printed.code, printed.document["notKnown"]) == (0, []), printed.err
    [stack] = printed.document["stacks"]
    assert {one["verdict"] for one in stack["listeners"]} == {"enforced and proven"}
    assert {one["proof"] for one in stack["listeners"]} == {"proven for this report"}
    assert {row["asItMust"] for proof in stack["proofs"] for row in proof["rows"]} == {"yes"}
    assert {one["allowed"] for one in stack["permissions"]} == {"yes"}
    assert {one["client"] for one in stack["inventory"]["certificates"]} == {"alice", "device"}
    text = page.read_text("utf-8")
    assert "Mutual TLS is enforced and proven" in text
    assert "50 right answers in a row" in text


def test_doctor_finds_everything_fine(deployed: Stack) -> None:
    printed = ops(deployed, "doctor", "--json")
    assert printed.code == 0, printed.out
    topics = {line["topic"] for line in printed.document["lines"] if line["health"] == "fine"}
    assert topics >= {
        "stack",
        "cluster",
        "controller",
        "permissions",
        "events",
        "credentials",
        "CAS",
        "ALB",
        "preflight",
    }
    assert printed.document["summary"]["upStops"] is False


def test_a_listener_opened_by_hand_and_another_ca_are_found_by_status_and_by_handshakes(
    deployed: Stack, shared_lab: LabHandle
) -> None:
    opened, rebound = (f"listener {port}/HTTPS of AlbConfig alb-two" for port in (443, 8443))
    other = _upload_another_ca(shared_lab)
    _set(shared_lab, 0, "caEnabled", value=False)
    _set(shared_lab, 1, "caCertificates", [{"CertificateId": other}])
    wait_until(lambda: not shared_lab.listener("alb-two", "443/HTTPS").ca_enabled, "the ALB stops asking")
    wait_until(lambda: _bound(shared_lab) == [other], "the ALB takes the other CA")
    status, verified = ops(deployed, "status", "--json"), ops(deployed, "verify", "--json")
    said = deployed.fails("up", "--yes", "--skip-preview", "--stack", deployed.name)
    # Who bound it gives the listener up, and the `up` writes both of its fields again.
    _set(shared_lab, 1, "caEnabled", value=False)
    _set(shared_lab, 1, "caCertificates", [])
    deployed.up()
    assert f"takeOver: {other}" in said
    assert (status.code, verified.code) == (1, 1)
    expected = {(opened, "NOT_ENFORCED"), (rebound, "UNEXPECTED_CA")}
    for printed in (status, verified):
        found = {(one["subject"], one["code"]) for one in printed.document["findings"]}
        assert found >= expected
        assert (rebound, "NOT_ENFORCED") not in found
    assert "OTHER_WRITER" in status.codes
    assert status.document["listeners"]["alb-two/443"]["lockedOut"] == []
    shown = [f"{one['subject']} {one['code']}: {one['evidence']}" for one in verified.document["findings"]]
    for start, evidence in (
        (f"{opened} NOT_ENFORCED: ", "accepted a client without a certificate"),
        (f"{rebound} UNEXPECTED_CA: ", "rejected a client with a valid certificate"),
    ):
        assert any(each.startswith(start) and evidence in each for each in shown), shown


def test_a_broken_backend_and_a_silent_address_are_no_finding_about_the_listener(
    deployed: Stack, shared_lab: LabHandle, tmp_path: Path
) -> None:
    # Port 9 on loopback: nobody listens there.
    listeners = [{**deployed.config()["alb-mtls:listeners"][0], "connectTo": "127.0.0.1:9"}]
    listeners += deployed.config()["alb-mtls:listeners"][1:]
    elsewhere = _with(deployed, tmp_path, {"alb-mtls:listeners": listeners})
    shared_lab.management.patch("/behaviour", json={"data_plane": {"backend_works": False}}).raise_for_status()
    printed = ops(deployed, "verify", "--json", "--config-file", elsewhere)
    shared_lab.management.patch("/behaviour", json={"data_plane": {"backend_works": True}}).raise_for_status()
    assert (printed.code, printed.codes) == (2, [])
    silent, broken = printed.document["unknown"]
    assert "does not answer" in silent
    assert "HTTP 502: the backend fails" in broken
    shown = printed.document["listeners"]["alb-two/8443"]
    assert shown["failed"]
    assert {check["result"] for check in shown["proof"]["checks"] if not check["passed"]} == {"accepted (HTTP 502)"}
    assert any(check["caNames"] for check in shown["proof"]["checks"])


def test_without_the_cluster_status_and_verify_say_that_the_result_is_unknown(deployed: Stack, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    content = yaml.safe_load(Path(str(deployed.environment["KUBECONFIG"])).read_text("utf-8"))
    # Port 9 on loopback: nobody listens there.
    content["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:9"
    kubeconfig.write_text(yaml.safe_dump(content), "utf-8")
    config_file = _with(deployed, tmp_path, {"kubernetes:kubeconfig": str(kubeconfig)})
    status = ops(deployed, "status", "--json", "--config-file", config_file)
    assert (status.code, status.codes) == (2, [])
    assert "nothing accepts connections" in status.document["unknown"][0]
    doctor = ops(deployed, "doctor", "--config-file", config_file)
    assert doctor.code == 1
    assert "problem: cluster: " in doctor.out


def test_a_stack_that_cannot_be_read_is_reported_in_a_sentence(deployed: Stack) -> None:
    printed = ops(deployed, "status", VAULT_SERVER_URL="http://127.0.0.1:1")
    assert (printed.code, printed.out) == (2, "")
    assert "or log in to its secrets provider (pulumi: " in printed.err
    assert "127.0.0.1:1: connect: connection refused" in printed.err


def test_what_tests_read_of_a_state_is_what_pulumi_shows(deployed: Stack) -> None:
    assert_what_is_read_is_what_pulumi_shows(deployed)


def test_doctor_names_the_ram_action_that_is_missing_and_a_cli_that_is_set_to_log_everything(
    deployed: Stack, shared_lab: LabHandle, tmp_path: Path
) -> None:
    fault = {"service": "cas", "api": "ListCert", "kind": "access-denied", "times": 5}
    shared_lab.management.post("/faults", json=fault).raise_for_status()
    log = tmp_path / "grpc.log"
    printed = ops(deployed, "doctor", PULUMI_DEBUG_GRPC=str(log))
    shared_lab.management.delete("/faults").raise_for_status()
    assert printed.code == 1
    assert "problem: CAS: " in printed.out
    assert "yundun-cert:ListCert" in printed.out
    assert "problem: logging: PULUMI_DEBUG_GRPC is set" in printed.out
    assert not log.exists()
