"""From a kubeconfig to a pool of connections and the headers that say who is calling.

Most kubeconfigs have a server, certificates, and a token or a client certificate. For these urllib3 does what the
package kubernetes would do with it, and the package is not loaded, which costs every preview more than its requests
(docs/decisions/2026-11-28-what-program-and-provider-load.md). Whatever else one has is left to the package: commands,
auth providers, passwords, proxies, and values of another type.
"""

import base64
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies

import urllib3

from alb_mtls.cluster.kubeconfig_choice import Choice, choose
from alb_mtls.cluster.kubeconfig_files import read_kubeconfig
from alb_mtls.cluster.tls_context import failures_named, tls_context
from alb_mtls.imports import import_turn
from alb_mtls.version import USER_AGENT

_CLUSTER: Final[Mapping[str, type]] = {
    "server": str,
    "certificate-authority": str,
    "certificate-authority-data": str,
    "insecure-skip-tls-verify": bool,
    "tls-server-name": str,
}
_USER: Final[Mapping[str, type]] = {
    "client-certificate": str,
    "client-certificate-data": str,
    "client-key": str,
    "client-key-data": str,
    "token": str,
    "as": str,
}
# As the package kubernetes has it.
_CONNECTIONS_PER_CORE: Final = 5


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A cluster that can be called.

    Attributes:
        host: URL of its API server, without a slash at its end.
        pool: of connections to it.
        headers: returns those of a request; a credential that has ended is fetched again.
    """

    host: str
    pool: urllib3.PoolManager
    headers: Callable[[], dict[str, str]]


def connect(kubeconfig: str | None, context: str | None) -> Connection:
    """Make what a kubeconfig describes; nothing connects yet.

    Args:
        kubeconfig: a path, or the content itself, in base64 too, as pulumi-kubernetes takes it; None means KUBECONFIG,
            which may name several files, then `~/.kube/config`.
        context: None means the kubeconfig's current one.

    Raises:
        BadKubeconfig: names the file and what is wrong with it, and never quotes it.
    """
    choice = choose(read_kubeconfig(kubeconfig), context)
    return _plain(choice) if _is_plain(choice) else _by_package(choice)


def _is_plain(choice: Choice) -> bool:
    scheme, proxies = urlsplit(choice.cluster["server"]).scheme, getproxies()
    return (
        _has_only(choice.cluster, _CLUSTER)
        and _has_only(choice.user, _USER)
        and not (proxies.get(scheme) or proxies.get("all"))
    )


def _has_only(body: Mapping[str, Any], kinds: Mapping[str, type]) -> bool:
    return all(name in kinds and type(value) is kinds[name] for name, value in body.items())


def _plain(choice: Choice) -> Connection:
    cluster, user = choice.cluster, choice.user
    host = cluster["server"].rstrip("/")
    verify = not cluster.get("insecure-skip-tls-verify", False)
    # Of a server without TLS the certificates do not matter.
    names = (cluster, user) if host.startswith("https") else ({}, {})
    with failures_named(choice), tempfile.TemporaryDirectory(prefix="alb-mtls-") as folder:
        context = tls_context(
            verify=verify,
            authority=_file(names[0], "certificate-authority", folder),
            certificate=_file(names[1], "client-certificate", folder),
            key=_file(names[1], "client-key", folder),
        )
    server_name = cluster.get("tls-server-name")
    # Own retries know which call may be repeated; urllib3's would repeat three times without a pause.
    pool = urllib3.PoolManager(
        ssl_context=context,
        cert_reqs=context.verify_mode,
        retries=False,
        maxsize=_CONNECTIONS_PER_CORE * (os.cpu_count() or 1),
        **({"server_hostname": server_name} if server_name else {}),
    )
    headers = {"User-Agent": USER_AGENT}
    if choice.impersonates is not None:
        headers["Impersonate-User"] = choice.impersonates
    if user.get("token"):
        headers["authorization"] = f"Bearer {user['token']}"
    return Connection(host=host, pool=pool, headers=lambda: dict(headers))


def _file(body: Mapping[str, Any], name: str, folder: str) -> str | None:
    """Return a file with a certificate or key: OpenSSL takes a key from files alone."""
    data: str | None = body.get(f"{name}-data")
    if data is None:
        return body.get(name)
    if not data:
        return None
    file = Path(folder) / name
    # The folder is closed to others as well.
    file.touch(mode=0o600)
    # Encoded, as a blank that is no ASCII may stand in it, copied from a page.
    file.write_bytes(base64.standard_b64decode(data.encode()))
    return str(file)


def _by_package(choice: Choice) -> Connection:
    with import_turn:
        from alb_mtls.cluster.kubeconfig import api_client_of

    client = api_client_of(choice)

    def headers() -> dict[str, str]:
        found = dict(client.default_headers)
        client.update_params_for_auth(found, [], ["BearerToken"], "", "", None)
        return found

    return Connection(host=client.configuration.host, pool=client.rest_client.pool_manager, headers=headers)
