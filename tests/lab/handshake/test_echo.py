"""The echo of identity headers behind real listeners: what a backend gets passes, and what a client forges does not."""

from collections.abc import Iterator
from typing import Any

import pytest

from alb_mtls.handshake.credentials import ClientCredential
from alb_mtls.handshake.echo import prove_echo
from alb_mtls.handshake.errors import EchoFailed
from alb_mtls.handshake.pace import Pace
from alb_mtls.handshake.target import Target
from lab.behaviour import DataPlaneBehaviour, FingerprintForm
from lab.dataplane import Route
from tests.helpers.client_identities import authority, client
from tests.helpers.data_plane import HOST, RunningDataPlane, running_data_plane

CA = authority("root")
NAMES = {"subject_dn": "x-subject", "issuer_dn": "x-issuer", "fingerprint": "x-print", "client_verify": "x-verify"}
_PARTS = ("SubjectDN", "IssuerDN", "Fingerprint", "ClientVerify")
ON = {
    **{f"XForwardedForClientCert{part}Enabled": True for part in _PARTS},
    **{f"XForwardedForClientCert{part}Alias": alias for part, alias in zip(_PARTS, NAMES.values(), strict=True)},
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDataPlane]:
    with running_data_plane(tmp_path_factory.mktemp("data-plane")) as started:
        started.route(Route(host=HOST), listeners=("443/HTTPS",))
        yield started


@pytest.fixture
def plane(shared: RunningDataPlane) -> RunningDataPlane:
    """A data plane, its switches at their defaults."""
    vars(shared.behaviour).update(vars(DataPlaneBehaviour()))
    return shared


def _echo(plane: RunningDataPlane, *, path: str = "/_lab/headers", **headers: Any) -> dict[str, str]:
    identifiers = [plane.trust(CA)]
    address = plane.listener(
        "HTTPS", ca_enabled=True, ca_certificate_ids=identifiers, x_forwarded_for={**ON, **headers}
    )
    plane.wait_current()
    ours = client(CA)
    target = Target(address=address, port=443, host=HOST, server_ca=str(plane.server_ca))
    credential = ClientCredential(chain=[ours.certificate], key=ours.key)
    return prove_echo([target], credential, NAMES, path=path, deadline_seconds=1, pace=Pace())


def test_what_the_backend_gets_is_that_of_the_certificate_and_its_form_is_named(plane: RunningDataPlane) -> None:
    assert _echo(plane) == {
        "subject_dn": "separated by commas, last part first (RFC 4514)",
        "issuer_dn": "separated by commas, last part first (RFC 4514)",
        "fingerprint": "sha256, hexadecimal in lower case",
        "client_verify": "verified ('SUCCESS')",
    }


def test_another_digest_in_another_case_is_named_too(plane: RunningDataPlane) -> None:
    plane.behaviour.second_server, plane.behaviour.fingerprint = ("*",), FingerprintForm.SHA1_UPPER
    assert _echo(plane)["fingerprint"] == "sha1, hexadecimal in upper case"


@pytest.mark.parametrize("patterns", [(), ("*",)], ids=["Caddy", "second server"])
def test_a_header_that_a_client_forged_fails_it(plane: RunningDataPlane, patterns: tuple[str, ...]) -> None:
    plane.behaviour.forged_headers_pass, plane.behaviour.second_server = True, patterns
    with pytest.raises(EchoFailed, match="the backend gets the header x-subject that a client sends itself"):
        _echo(plane)


@pytest.mark.parametrize(
    ("switched", "problem"),
    [
        ({"XForwardedForClientCertFingerprintEnabled": False}, "gets the header x-print that a client sends itself"),
        ({"XForwardedForClientCertSubjectDNAlias": "x-other"}, "gets the header x-subject that a client sends itself"),
    ],
)
def test_a_header_that_the_listener_does_not_set_fails_it_as_forged(
    plane: RunningDataPlane, switched: dict[str, Any], problem: str
) -> None:
    with pytest.raises(EchoFailed, match=problem):
        _echo(plane, **switched)


@pytest.mark.parametrize(
    ("path", "problem"),
    [("/", "shows no headers"), ("/_lab/nothing", "answers HTTP 404; name a path in proof.echoPath")],
)
def test_a_path_that_echoes_nothing_fails_it(plane: RunningDataPlane, path: str, problem: str) -> None:
    with pytest.raises(EchoFailed, match=problem):
        _echo(plane, path=path)


def test_nobody_that_answers_fails_it() -> None:
    ours = client(CA)
    credential = ClientCredential(chain=[ours.certificate], key=ours.key)
    target = Target(address="127.0.0.1:1", port=443, host=HOST, server_ca="insecure")
    with pytest.raises(EchoFailed, match="no answer"):
        prove_echo([target], credential, NAMES, path="/", deadline_seconds=0.1, pace=Pace())
