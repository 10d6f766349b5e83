"""docs/how-to/deny-list.md works: nginx behind a listener of the lab denies what is on the list, and nothing else."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from alb_mtls.pki.encoding import fingerprint, load_certificate
from lab.dataplane import Route
from tests.helpers.client_identities import authority, client
from tests.helpers.data_plane import RunningDataPlane, running_data_plane
from tests.helpers.lab import wait_until
from tests.helpers.needed import need
from tests.helpers.nginx import RunningNginx, running_nginx
from tests.helpers.page_commands import run, steps
from tests.helpers.serving import serving
from tests.helpers.tls_clients import curl
from tests.helpers.tls_servers import HOST

PAGE = "how-to/deny-list.md"
NOT_RUN = {"it needs a cluster", "it needs a stack"}
CA = authority("root")
HEADER = "X-Forwarded-Clientcert-fingerprint"
PAGE_STEPS = list(steps(PAGE))


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """The example of the page, deployed: its reader's folder, listener and nginx."""

    folder: Path
    address: str
    server_ca: str
    nginx: RunningNginx

    def follow(self, section: str) -> None:
        """Do what a section says."""
        replaced = {HOST: self.address.replace("127.0.0.1", "localhost")}
        for step in PAGE_STEPS:
            if step.section == section:
                run(step, folder=self.folder, replaced=replaced, environment={"CURL_CA_BUNDLE": self.server_ca})

    def answer_to(self, name: str, *options: str) -> str:
        """Return status and body of what a client is answered through the listener."""
        own = self.folder / name / name
        identity = ("--cacert", self.server_ca, "--cert", f"{own}.crt", "--key", f"{own}.key")
        answer = curl(f"https://{self.address.replace('127.0.0.1', 'localhost')}/", *identity, *options)
        return f"{answer.status} {answer.body}".strip()

    def fingerprint(self, name: str) -> str:
        """Return the fingerprint of a client's certificate as the listener sends it."""
        return fingerprint(load_certificate((self.folder / name / f"{name}.crt").read_text()))


class _Application(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"old\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        """Print nothing."""


@contextlib.contextmanager
def _application() -> Iterator[str]:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), _Application)) as server:
        yield f"127.0.0.1:{server.server_port}"


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDataPlane]:
    with running_data_plane(tmp_path_factory.mktemp("data-plane")) as started:
        yield started


@pytest.fixture
def deployed(plane: RunningDataPlane, tmp_path: Path) -> Iterator[Deployed]:
    """The page, followed until nginx runs with an empty list."""
    need("kubectl", "openssl")
    for name in ("alice", "bob"):
        (tmp_path / name).mkdir()
        certificate, _ = client(CA).write(tmp_path / name, name)
        (tmp_path / name / f"{name}.chain.pem").write_bytes(certificate.read_bytes())
    (tmp_path / "bob.crt").write_bytes((tmp_path / "bob" / "bob.crt").read_bytes())
    (tmp_path / "deny.txt").touch()
    (tmp_path / "deny.map").touch()
    with _application() as application:

        def configured(port: int) -> str:
            replaced = {
                "listen 8080;": f"listen 127.0.0.1:{port};",
                "127.0.0.1:8000": application,
                "/etc/nginx/conf.d/deny.map": str(tmp_path / "deny.map"),
            }
            for step in PAGE_STEPS:
                if step.file:
                    run(step, folder=tmp_path, replaced=replaced, environment={})
            return (tmp_path / "deny.conf").read_text()

        with running_nginx(tmp_path, configured) as nginx:
            plane.behaviour.backend = f"127.0.0.1:{nginx.port}"
            plane.route(Route(host="localhost"), listeners=("443/HTTPS",))
            address = plane.listener(
                "HTTPS",
                ca_enabled=True,
                ca_certificate_ids=[plane.trust(CA)],
                x_forwarded_for={"XForwardedForClientCertFingerprintEnabled": True},
            )
            yield Deployed(folder=tmp_path, address=address, server_ca=str(plane.server_ca), nginx=nginx)


@pytest.fixture
def with_bob_denied(deployed: Deployed) -> Deployed:
    deployed.follow("Write the list")
    deployed.nginx.reload()
    wait_until(lambda: deployed.answer_to("bob").startswith("403"), "the list was read again")
    return deployed


def test_everybody_is_answered_while_the_list_is_empty(deployed: Deployed) -> None:
    assert deployed.answer_to("alice") == "200 old"
    assert deployed.answer_to("bob") == "200 old"


def test_the_page_can_be_followed_until_only_the_named_certificate_is_denied(with_bob_denied: Deployed) -> None:
    with_bob_denied.follow("Try it")


def test_a_denied_client_cannot_call_itself_another_through_the_listener(with_bob_denied: Deployed) -> None:
    header = f"{HEADER}: {with_bob_denied.fingerprint('alice')}"
    assert with_bob_denied.answer_to("bob", "--header", header).startswith("403")


def test_who_comes_past_the_listener_is_denied_without_the_header_and_believed_with_it(
    with_bob_denied: Deployed,
) -> None:
    address = f"http://127.0.0.1:{with_bob_denied.nginx.port}/"
    assert curl(address).status == HTTPStatus.FORBIDDEN
    # Why the page says that no other way may lead to this backend.
    header = f"{HEADER}: {with_bob_denied.fingerprint('alice')}"
    assert curl(address, "--header", header).body == "old\n"


def test_a_header_in_a_form_that_the_list_cannot_match_denies_everybody(deployed: Deployed) -> None:
    address, known = f"http://127.0.0.1:{deployed.nginx.port}/", deployed.fingerprint("alice")
    pairs = ":".join(known[at : at + 2] for at in range(0, len(known), 2))
    for value in (pairs, known[:40], f"{known}, {deployed.fingerprint('bob')}"):
        assert curl(address, "--header", f"{HEADER}: {value}").status == HTTPStatus.FORBIDDEN
    assert curl(address, "--header", f"{HEADER}: {known.upper()}").body == "old\n"


def test_health_checks_need_no_certificate(with_bob_denied: Deployed) -> None:
    assert curl(f"http://127.0.0.1:{with_bob_denied.nginx.port}/healthz").body == "ok\n"


def test_the_case_of_a_fingerprint_does_not_matter(deployed: Deployed) -> None:
    (deployed.folder / "deny.map").write_text(f"{deployed.fingerprint('bob').upper()} 1;\n")
    deployed.nginx.reload()
    wait_until(lambda: deployed.answer_to("bob").startswith("403"), "the list was read again")
    assert deployed.answer_to("alice") == "200 old"


def test_the_configmap_holds_the_list_and_the_configuration(with_bob_denied: Deployed) -> None:
    made = yaml.safe_load((with_bob_denied.folder / "deny-list.yaml").read_text())
    assert made["kind"] == "ConfigMap"
    assert made["data"]["deny.map"] == f"{with_bob_denied.fingerprint('bob')} 1;\n"
    assert "map_hash_bucket_size" in made["data"]["deny.conf"]


def test_what_of_the_page_is_run_by_nobody_says_why() -> None:
    assert {step.not_run for step in PAGE_STEPS if step.not_run} == NOT_RUN
