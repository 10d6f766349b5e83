"""The users of the lab's Kubernetes API: their tokens, kubeconfigs, and the same for curl without kubectl."""

import base64
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab.files import write_private
from lab.principal_name import PrincipalName

if TYPE_CHECKING:
    from pathlib import Path

ADMIN = "lab-admin"
# As rbac/cluster-role-binding.yaml has it.
PROGRAM = "alb-mtls-up"
CONTEXT = "lab"


def user_of(name: PrincipalName) -> str:
    """Return the Kubernetes user of a principal."""
    return ADMIN if name is PrincipalName.ADMIN else f"alb-mtls-{name}"


def _token() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, kw_only=True)
class Users:
    """Bearer tokens, new for each lab.

    Attributes:
        admin: may do everything.
        program: has the rights of `rbac/cluster-role-up.yaml`.
        preview: has those of `rbac/cluster-role-preview.yaml`.
        operations: has those of `rbac/cluster-role-operations.yaml`.
        on_call: has those of `rbac/cluster-role-on-call.yaml`.
    """

    admin: str = field(default_factory=_token, repr=False)
    program: str = field(default_factory=_token, repr=False)
    preview: str = field(default_factory=_token, repr=False)
    operations: str = field(default_factory=_token, repr=False)
    on_call: str = field(default_factory=_token, repr=False)

    def token_file(self) -> str:
        """Content of kube-apiserver's `--token-auth-file`: token, user, uid, groups."""
        groups = {self.admin: ',"system:masters"'}
        return "".join(f"{token},{name},{name}{groups.get(token, '')}\n" for token, name in self.names().items())

    def names(self) -> dict[str, str]:
        """User names by token."""
        return {self.token_of(name): user_of(name) for name in PrincipalName}

    def token_of(self, name: PrincipalName) -> str:
        """Return the token of a principal."""
        return {
            PrincipalName.ADMIN: self.admin,
            PrincipalName.UP: self.program,
            PrincipalName.PREVIEW: self.preview,
            PrincipalName.OPERATIONS: self.operations,
            PrincipalName.ON_CALL: self.on_call,
        }[name]


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
