"""The configuration of a stack on a lab, and what a client finds at its listener."""

import subprocess
from pathlib import Path
from typing import Any

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from lab.environment import file_backend, path_entries, variables
from ops.state_records import ClientRecord
from tests.helpers.certificates import ClientCredential
from tests.helpers.lab import LabHandle
from tests.helpers.warm_python import warm_environment

HOST = "demo.alb.ingress.top"
HOSTS = {"alb": HOST, "alb-two": "two.alb.ingress.top"}
P256 = {"algorithm": "ecdsa", "curve": "P-256"}
WITHOUT_HANDSHAKES = {"mode": "api"}
"""The proof of stacks whose test is not about proofs: each handshake costs time, and a test asks with curl itself."""


def stack_config(lab: LabHandle, **overrides: Any) -> dict[str, Any]:
    """Return a configuration that works on `lab`; `overrides` replace whole keys of the namespace alb-mtls."""
    endpoints = lab.status["endpoints"]
    keys: dict[str, Any] = {
        "rootCa": {
            "subject": {
                "country": "CN",
                "state": "bj",
                "locality": "bj",
                "organization": "alibaba",
                "organizationalUnit": "test",
                "commonName": "root",
            },
            "key": P256,
        },
        "clients": [{"name": "alice", "key": P256}],
        "cas": {"endpoint": f"http://{endpoints['cas']}"},
        "alb": {"endpoint": f"http://{endpoints['alb']}"},
        "listeners": [listener(lab, "alb", 443)],
        # Without a host each listener is asked for the first one that is routed over it.
        "proof": {"deadlineSeconds": 30, "connections": 50, "serverCa": str(lab.paths.server_ca)},
        **overrides,
    }
    return {
        "alicloud:region": "ap-southeast-1",
        "kubernetes:kubeconfig": lab.status["kubeconfig"]["program"],
        "kubernetes:context": "lab",
        **{f"alb-mtls:{key}": value for key, value in keys.items()},
    }


def stack_environment(lab: LabHandle, folder: Path) -> dict[str, str]:
    """Return the environment of stacks on `lab`, whose state and home lie in `folder`."""
    state = folder / "state"
    state.mkdir(parents=True)
    return {
        **variables(lab.paths, lab.status),
        "PULUMI_BACKEND_URL": file_backend(state),
        "PULUMI_HOME": str(folder / "home"),
        # A twelfth of what the CLI computes in an operation is for memory that is there.
        "GOGC": "400",
        "PULUMI_PYTHON_CMD": str(warm_environment() / "bin" / "python3"),
        "PATH": ":".join([*path_entries(), "/usr/local/bin", "/usr/bin", "/bin"]),
    }


def listener(lab: LabHandle, albconfig: str, port: int, **options: Any) -> dict[str, Any]:
    """Return the entry of a listener, reached where the lab has put it."""
    address = lab.address(albconfig, f"{port}/HTTPS")
    return {"albConfig": albconfig, "port": port, "connectTo": address, **options}


def held(name: str, client: ClientCredential) -> ClientRecord:
    """Return what a client holds that no stack has issued."""
    pem = certificate_pem(client.certificate)
    return ClientRecord(
        name=name, certificate_pem=pem, chain_pem=pem, private_key_pem=private_key_pem(client.key), renewal=None
    )


def ask(lab: LabHandle, *, client: ClientRecord | None = None, folder: Path, albconfig: str = "alb") -> str:
    """Ask the listener as curl does; return the body, or `refused` when the handshake was."""
    words = ["curl", "--http1.1", "--silent", "--show-error", "--max-time", "10", "--cacert", str(lab.paths.server_ca)]
    host = HOSTS[albconfig]
    words += ["--connect-to", f"{host}:443:{lab.address(albconfig, '443/HTTPS')}", f"https://{host}/"]
    if client is not None:
        certificate, key = folder / "client.pem", folder / "client.key"
        certificate.write_text(client.chain_pem, "utf-8")
        key.write_text(client.private_key_pem or "", "utf-8")
        words += ["--cert", str(certificate), "--key", str(key)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode == 0:
        return done.stdout.strip()
    # curl's codes for an alert, a reset, or an end, be it in the middle of the handshake or instead of a reply: with
    # TLS 1.3 a client is refused after its handshake, and the alert can be lost (docs/facts/x509-and-tls.md,
    # Rejections).
    assert done.returncode in (35, 52, 55, 56), done.stderr
    return "refused"
