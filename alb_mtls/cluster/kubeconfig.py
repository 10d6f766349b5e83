"""From a kubeconfig to an API client of the official kubernetes package, for what `connection` leaves to it."""

import base64
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kubernetes import config
from kubernetes.client import ApiClient, Configuration
from kubernetes.config import kube_config

from alb_mtls.cluster.exec_plugin import ExecPlugin
from alb_mtls.cluster.kubeconfig_choice import Choice, choose, usable_proxy
from alb_mtls.cluster.kubeconfig_files import read_kubeconfig
from alb_mtls.cluster.tls_context import failures_named, tls_context
from alb_mtls.version import USER_AGENT

# The loader remembers its files for the whole process.
_loading = threading.Lock()
_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


def api_client(kubeconfig: str | None, context: str | None) -> ApiClient:
    """Build the client; arguments and failures are those of `connection.connect`."""
    return api_client_of(choose(read_kubeconfig(kubeconfig), context))


def api_client_of(choice: Choice) -> ApiClient:
    """Build the client of what a kubeconfig chooses.

    Raises:
        BadKubeconfig: names the file and what is wrong with it, and never quotes it.
    """
    # Own retries know which call may be repeated; urllib3's would repeat three times without a pause.
    configuration = Configuration()
    configuration.retries = False
    plugin = ExecPlugin(choice) if choice.user.get("exec") and not choice.user.get("token") else None
    document = choice.document()
    if plugin is not None:
        document["users"][0]["user"] = _user_of(plugin.credential())
    with failures_named(choice, config.ConfigException), _files_for_a_moment() as folder:
        config.load_kube_config_from_dict(  # type: ignore[no-untyped-call]  # as shipped
            document, client_configuration=configuration, persist_config=False, temp_file_path=folder
        )
        _check_proxy(configuration, choice)
        made = ApiClient(configuration)
        _keep_in_memory(made, configuration)
    if plugin is not None:
        configuration.refresh_api_key_hook = plugin.renew  # type: ignore[assignment]  # None in the package's types
    if choice.impersonates is not None:
        made.default_headers["Impersonate-User"] = choice.impersonates
    made.user_agent = USER_AGENT
    return made


def _user_of(credential: dict[str, Any]) -> dict[str, Any]:
    if "token" in credential:
        return credential
    encoded = {name: base64.b64encode(text.encode()).decode("ascii") for name, text in credential.items()}
    return {"client-certificate-data": encoded["certificate"], "client-key-data": encoded["key"]}


def _check_proxy(configuration: Configuration, choice: Choice) -> None:
    """Take a proxy of the environment as curl does; refuse the kinds that urllib3 cannot use."""
    proxy = configuration.proxy
    if proxy is None or proxy == choice.cluster.get("proxy-url"):
        return
    name = next((one for one in _PROXY_VARIABLES if os.environ.get(one) == proxy), "the proxy of the environment")
    configuration.proxy = usable_proxy(proxy, name, choice.source)


@contextmanager
def _files_for_a_moment() -> Iterator[str]:
    """Give the loader a folder for the certificates and keys that it writes to files, and take it away.

    It removes them at the end of the process, which never comes when Pulumi kills a plugin: the client key of a
    kubeconfig would stay behind.
    """
    with _loading, tempfile.TemporaryDirectory(prefix="alb-mtls-") as folder:
        try:
            yield folder
        finally:
            # Else the next one would get their names; those of other clients in this process are left alone.
            remembered = kube_config._temp_files  # noqa: SLF001  # the loader has no other interface for this
            for content, file in list(remembered.items()):
                if Path(file).is_relative_to(folder):
                    del remembered[content]


def _keep_in_memory(made: ApiClient, configuration: Configuration) -> None:
    settings: dict[str, Any] = made.rest_client.pool_manager.connection_pool_kw
    for name in ("ca_certs", "ca_cert_data", "cert_file", "key_file"):
        settings.pop(name, None)
    settings["ssl_context"] = tls_context(
        verify=configuration.verify_ssl,
        authority=configuration.ssl_ca_cert,
        certificate=configuration.cert_file,
        key=configuration.key_file,
    )
