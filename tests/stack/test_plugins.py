"""What needs a provider plugin, on the real one where it is installed; elsewhere test_components.py stands for it.

No package registry carries these plugins (docs/facts/pulumi.md, Plugins), so that their absence is no failure, not in
CI either.
"""

import os
import shutil
from pathlib import Path

import pytest
from kubernetes import client as kubernetes_client

from tests.helpers.lab import LabHandle
from tests.helpers.stack_config import P256, WITHOUT_HANDSHAKES
from tests.stack.conftest import MakeStack

PLUGIN = shutil.which("pulumi-resource-kubernetes")


@pytest.mark.skipif(PLUGIN is None, reason="pulumi-resource-kubernetes is not on PATH")
def test_a_bundle_becomes_a_tls_secret_and_goes_with_the_stack(lab: LabHandle, make_stack: MakeStack) -> None:
    bundle = {"namespace": "default", "name": "alice-tls"}
    stack = make_stack(clients=[{"name": "alice", "key": P256, "kubernetesSecret": bundle}], proof=WITHOUT_HANDSHAKES)
    # The stack has a PATH of its own, on which the plugin need not be.
    stack.environment["PATH"] += f"{os.pathsep}{Path(str(PLUGIN)).parent}"
    # The program's user may not touch Secrets; rbac/secrets-role.yaml would let it.
    stack.configure({**stack.config(), "kubernetes:kubeconfig": lab.status["kubeconfig"]["admin"]})
    stack.up()
    secrets = kubernetes_client.CoreV1Api(lab.admin)
    secret = secrets.read_namespaced_secret("alice-tls", "default")
    assert secret.type == "kubernetes.io/tls"
    assert set(secret.data or {}) == {"tls.crt", "tls.key", "ca.crt"}
    stack.destroy()
    with pytest.raises(kubernetes_client.ApiException, match="404"):
        secrets.read_namespaced_secret("alice-tls", "default")
