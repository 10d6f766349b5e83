"""The credential that a command of the kubeconfig gives (`exec`), with the true cause when it gives none.

The package kubernetes logs what fails and goes on without a credential, so that the API server takes the request as
anonymous and an RBAC grant would seem to be missing.
"""

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from kubernetes.client import Configuration
from kubernetes.config import ConfigException
from kubernetes.config.dateutil import parse_rfc3339
from kubernetes.config.exec_provider import ExecProvider
from kubernetes.config.kube_config import ConfigNode

from alb_mtls.cluster.kubeconfig_choice import Choice, is_token
from alb_mtls.cluster.kubeconfig_files import bad
from alb_mtls.redaction import hide, quoted

_EXIT = re.compile(r"exec: process returned (-?\d+)(?:\. (?P<output>.*))?", re.DOTALL)
_VERSION = re.compile(r"exec: plugin api version (\S{1,80}) does not match (\S{1,80})")
# What may be a credential, in the words of a command that failed.
_LONG_WORD = re.compile(r"[A-Za-z0-9+/=_%.~-]{32,}")
_LONGEST_LINE = 200
# A token that ends while a request is on its way is of no use.
_EARLIER = timedelta(seconds=10)


# As shipped, without types.
_node: Any = ConfigNode
_provider: Any = ExecProvider
_time: Any = parse_rfc3339


class ExecPlugin:
    """The command of a user, run when a credential is needed and again when that has ended."""

    def __init__(self, choice: Choice) -> None:
        """Remember the command; nothing is run."""
        self._choice = choice
        self._ends: datetime | None = None

    def credential(self) -> dict[str, Any]:
        """Run the command; return what the user of a kubeconfig has then.

        Raises:
            BadKubeconfig: names the command, its exit code and its last line.
        """
        command = self._choice.user.get("exec")
        if not isinstance(command, dict):
            self._stop("must be an object with apiVersion and command")
        try:
            nodes = [_node("exec", command), _node("cluster", self._choice.cluster)]
            status = _provider(nodes[0], str(self._choice.folder), nodes[1]).run()
        except ConfigException as error:
            self._stop(_reason(str(error)))
        except OSError as error:
            self._stop(f"cannot be started ({error.strerror or type(error).__name__})")
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if isinstance(error, AttributeError) and sys.stdout.isatty():
                # On a terminal the package leaves standard error to the command, and stumbles over having none of it.
                self._stop("ended with an exit code other than 0; what it printed stands above")
            self._stop("has values of a wrong type")
        return self._taken(status)

    def renew(self, configuration: Configuration) -> None:
        """Run the command again when its credential has ended; the client calls this before each request."""
        if self._ends is not None and datetime.now(UTC) >= self._ends - _EARLIER:
            user = self.credential()
            if "token" in user:
                configuration.api_key["BearerToken"] = f"Bearer {user['token']}"

    def _taken(self, status: Any) -> dict[str, Any]:
        if not isinstance(status, dict):
            self._stop("printed an ExecCredential whose status is no object")
        ends = status.get("expirationTimestamp")
        try:
            self._ends = _time(ends) if ends else None
        except (ValueError, TypeError, AttributeError):
            self._stop("printed an expirationTimestamp that is no time")
        if token := status.get("token"):
            hide([str(token)])
            if not is_token(str(token)):
                self._stop("printed a token with a character that no token has, such as a line end")
            return {"token": str(token)}
        certificate, key = status.get("clientCertificateData"), status.get("clientKeyData")
        if not certificate or not key:
            self._stop("printed an ExecCredential without token, and without certificate and key")
        return {"certificate": str(certificate), "key": str(key)}

    def _stop(self, reason: str) -> NoReturn:
        command = self._choice.user.get("exec")
        name = command.get("command") if isinstance(command, dict) else None
        named = f"command {name}" if isinstance(name, str) and name else "exec"
        raise bad(self._choice.source, f"{named} of user {self._choice.user_name} {reason}") from None


def _reason(text: str) -> str:
    """Return what the package kubernetes says of a command, without what the command may have printed of secrets."""
    if found := _EXIT.fullmatch(text):
        lines = (found["output"] or "").strip().splitlines()
        last = _LONG_WORD.sub("…", quoted(lines[-1], _LONGEST_LINE)) if lines else ""
        return f"ended with exit code {found[1]}" + (f": {last}" if last else " and printed nothing")
    if found := _VERSION.fullmatch(text):
        return f"speaks apiVersion {found[1]}, and the kubeconfig says {found[2]}"
    if "missing key" in text and "request" in text:
        return "needs apiVersion and command"
    return "printed no ExecCredential"
