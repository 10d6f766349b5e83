"""docs/how-to/purchased-ca.md can be followed: CAS issues, clients bring, `status` reads the ends, a swap is hard."""

from dataclasses import replace
from pathlib import Path

from alibabacloud_cas20200407.models import RevokeWHClientCertificateRequest

from ops.state_records import ClientRecord
from tests.helpers.lab import LabHandle
from tests.helpers.ops_command import ops
from tests.helpers.page_commands import run, steps
from tests.helpers.stack import Stack
from tests.helpers.stack_config import WITHOUT_HANDSHAKES, ask
from tests.stack.conftest import MakeStack

PAGE = "how-to/purchased-ca.md"
NOT_RUN = {"it needs an account"}
IN_PAGE = "0e40dda998174723af39d37fcaf00000"


def _bought(lab: LabHandle, common_name: str) -> str:
    answer = lab.management.post("/private-authorities", json={"common_name": common_name})
    return str(answer.raise_for_status().json()["identifier"])


def _follow(lab: LabHandle, folder: Path, identifier: str, *sections: str) -> None:
    endpoint = lab.status["endpoints"]["cas"]
    replaced = {
        'endpoint="cas.ap-southeast-1.aliyuncs.com"': f'endpoint="{endpoint}", protocol="http"',
        IN_PAGE: identifier,
    }
    # A RAM user of whoever issues clients, and not that of the program.
    credentials = lab.status["accessKeys"]["admin"]
    environment = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": credentials["accessKeyId"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": credentials["accessKeySecret"],
    }
    for step in steps(PAGE):
        if step.section in sections:
            run(step, folder=folder, replaced=replaced, environment=environment)


def _device(stack: Stack, key: Path) -> ClientRecord:
    """Return what the page hands to the client."""
    chain = key.with_name("device-7.chain.pem").read_text()
    return replace(stack.clients()["device-7"], chain_pem=chain, private_key_pem=key.read_text())


def _accepted(lab: LabHandle, stack: Stack, folder: Path, *, key: Path) -> bool:
    return ask(lab, client=_device(stack, key), folder=folder) == "old"


def test_clients_of_a_purchased_ca_are_issued_watched_and_moved_to_the_next_one_as_the_page_says(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    first = _bought(lab, "example clients")
    _follow(lab, tmp_path, first, "Find the identifier", "Issue a client")
    certificate, key = tmp_path / "device-7.pem", tmp_path / "device-7.key"
    clients = [{"name": "device-7", "certificateFile": str(certificate)}]
    stack = make_stack(rootCa={"source": "purchased", "identifier": first}, clients=clients, proof=WITHOUT_HANDSHAKES)
    stack.up()
    assert _accepted(lab, stack, tmp_path, key=key)

    soon = ops(stack, "status", "--json", "--within", "30d")
    ends = {one["name"]: one for one in soon.document["certificates"]}
    assert set(ends) == {f"{first} in CAS", "device-7"}
    assert 88 <= ends["device-7"]["daysLeft"] <= 90
    assert "CLIENT_EXPIRING" not in soon.codes
    assert "CLIENT_EXPIRING" in ops(stack, "status", "--json", "--within", "100d").codes

    issued = (tmp_path / "device-7.id").read_text().strip()
    lab.cas.revoke_whclient_certificate(RevokeWHClientCertificateRequest(identifier=issued))
    assert _accepted(lab, stack, tmp_path, key=key), "the page says that no listener hears of it"

    former = _device(stack, key)
    second = _bought(lab, "next clients")
    _follow(lab, tmp_path, second, "Issue a client")
    generations = [{"number": n, "source": "purchased", "identifier": id_} for n, id_ in ((1, first), (2, second))]
    stack.set("rootCa", {"generations": generations, "trusted": 2})
    assert "confirm it: rootCa.abandoned: [1]" in stack.fails("preview", "--stack", stack.name)
    stack.set("rootCa", {"generations": generations, "trusted": 2, "abandoned": [1]})
    stack.up()
    assert _accepted(lab, stack, tmp_path, key=key)
    assert ask(lab, client=former, folder=tmp_path) == "refused"


def test_what_of_the_page_is_run_by_nobody_says_why() -> None:
    assert {step.not_run for step in steps(PAGE) if step.not_run} == NOT_RUN
