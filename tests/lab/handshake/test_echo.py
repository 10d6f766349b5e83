"""The echo of identity headers behind real listeners: what a backend gets passes, and what a client forges does not."""

import hashlib
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from alb_mtls.handshake.credentials import ClientCredential
from alb_mtls.handshake.echo import prove_echo
from alb_mtls.handshake.errors import EchoFailed
from alb_mtls.handshake.pace import Pace
from alb_mtls.handshake.target import Target
from lab.behaviour import DataPlaneBehaviour, FingerprintForm
from lab.dataplane import Route
from tests.helpers.certificates import ClientCredential as Authority
from tests.helpers.client_identities import authority, client
from tests.helpers.data_plane import HOST, RunningDataPlane, running_data_plane
from tests.helpers.tls_servers import ServerFiles, plain_server

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
    form = _echo(plane)["fingerprint"]
    # That server takes names with `_` for others, and lets them through.
    assert form == ("sha1, hexadecimal in upper case; x_print reaches it as a client sends that, so let it read none")


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


Sent = list[tuple[str, str]]


@contextmanager
def _backend(files: ServerFiles, answer: Callable[[Sent], bytes]) -> Iterator[int]:
    """Serve behind a listener that takes away the names that it sets, and those alone; yield the port.

    What `answer` gets are the names and values that are left, in lower case, and x-print of the listener.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    assert files.client_authority is not None
    context.load_verify_locations(files.client_authority)
    context.verify_mode = ssl.CERT_REQUIRED

    def talk(connected: socket.socket) -> None:
        with connected, context.wrap_socket(connected, server_side=True) as secured:
            lines = secured.recv(65536).decode().split("\r\n\r\n")[0].lower().split("\r\n")[1:]
            sent = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
            certificate = secured.getpeercert(binary_form=True)
            assert certificate is not None
            own = ("x-print", hashlib.sha256(certificate).hexdigest())
            secured.sendall(answer([*(one for one in sent if one[0] != "x-print"), own]))

    with plain_server(talk) as port:
        yield port


def _ok(sent: Sent) -> bytes:
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + json.dumps(dict(sent)).encode()


def _as_wsgi(sent: Sent) -> bytes:
    folded: dict[str, str] = {}
    for name, value in sent:
        key = name.replace("_", "-")
        folded[key] = f"{folded[key]},{value}" if key in folded else value
    return _ok(list(folded.items()))


def _as_nginx(sent: Sent) -> bytes:
    return _ok([one for one in sent if "_" not in one[0]])


def _rejecting(sent: Sent) -> bytes:
    return b"HTTP/1.1 400 Bad Request\r\n\r\n" if any("_" in name for name, _ in sent) else _ok(sent)


def _asked(files: ServerFiles, root: Authority, answer: Callable[[Sent], bytes]) -> str:
    ours = client(root)
    credential = ClientCredential(chain=[ours.certificate], key=ours.key)
    with _backend(files, answer) as port:
        target = Target(address=f"127.0.0.1:{port}", port=443, host=HOST, server_ca=str(files.authority))
        names = {"fingerprint": "x-print"}
        return prove_echo([target], credential, names, path="/", deadline_seconds=0.1, pace=Pace())["fingerprint"]


def test_a_backend_that_takes_an_underscore_for_a_hyphen_gets_what_a_client_forges(
    files: ServerFiles, root: Authority
) -> None:
    with pytest.raises(EchoFailed, match="x-print that a client sends itself, or as x_print, which its server takes"):
        _asked(files, root, _as_wsgi)


@pytest.mark.parametrize("answer", [_as_nginx, _rejecting])
def test_a_backend_that_takes_no_name_with_an_underscore_passes(
    files: ServerFiles, root: Authority, answer: Callable[[Sent], bytes]
) -> None:
    assert _asked(files, root, answer) == "sha256, hexadecimal in lower case"


def test_a_backend_with_two_names_for_them_passes_and_that_is_listed(files: ServerFiles, root: Authority) -> None:
    assert "; x_print reaches it as a client sends that" in _asked(files, root, _ok)
