"""The two users of the lab's Kubernetes API."""

import secrets
from dataclasses import dataclass, field

ADMIN = "lab-admin"
PROGRAM = "alb-mtls"


def _token() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, kw_only=True)
class Users:
    """Bearer tokens, made anew for each lab.

    Attributes:
        admin: may do everything.
        program: has the rights of `rbac/cluster-role.yaml`.
    """

    admin: str = field(default_factory=_token, repr=False)
    program: str = field(default_factory=_token, repr=False)

    def token_file(self) -> str:
        """Content of kube-apiserver's `--token-auth-file`: token, user, uid, groups."""
        return f'{self.admin},{ADMIN},{ADMIN},"system:masters"\n{self.program},{PROGRAM},{PROGRAM}\n'

    def names(self) -> dict[str, str]:
        """User names by token."""
        return {self.admin: ADMIN, self.program: PROGRAM}
