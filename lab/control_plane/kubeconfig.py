"""Kubeconfigs of the lab's two users, and the same as a curl config for machines without kubectl."""

import base64
import json
from typing import TYPE_CHECKING

from lab.files import write_private

if TYPE_CHECKING:
    from pathlib import Path

CONTEXT = "lab"


def write_kubeconfig(file: "Path", *, server: str, ca: "Path", user: str, token: str) -> None:
    """Write a kubeconfig, mode 0600, with the CA inside and the context `lab`."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": CONTEXT,
                "cluster": {
                    "server": server,
                    "certificate-authority-data": base64.b64encode(ca.read_bytes()).decode(),
                },
            }
        ],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": user}}],
        "current-context": CONTEXT,
    }
    # JSON is YAML, and needs no quoting rules of its own.
    write_private(file, json.dumps(content, indent=2) + "\n")


def write_curl_config(file: "Path", *, ca: "Path", token: str) -> None:
    """Write what `curl --config` reads: trust anchor and token, which then stands in no command line."""
    write_private(file, f'silent\nshow-error\ncacert = "{ca}"\nheader = "Authorization: Bearer {token}"\n')
