"""From a kubeconfig to an API client of the official kubernetes package."""

import base64
import os
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kubernetes import config
from kubernetes.client import ApiClient, Configuration
from kubernetes.config import kube_config
from urllib3.util import create_urllib3_context

from alb_mtls.cluster.exec_plugin import ExecPlugin
from alb_mtls.cluster.kubeconfig_choice import Choice, choose, usable_proxy
from alb_mtls.cluster.kubeconfig_files import bad, read_kubeconfig
from alb_mtls.version import USER_AGENT

# The loader remembers its files for the whole process.
_loading = threading.Lock()
_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


def api_client(kubeconfig: str | None, context: str | None) -> ApiClient:
    """Build the client.

    Args:
        kubeconfig: a path, or the content itself, in base64 too, as pulumi-kubernetes takes it; None means KUBECONFIG,
            which may name several files, then `~/.kube/config`.
        context: None means the kubeconfig's current one.

    Raises:
        BadKubeconfig: names the file and what is wrong with it, and never quotes it.
    """
    choice = choose(read_kubeconfig(kubeconfig), context)
    # Own retries know which call may be repeated; urllib3's would repeat three times without a pause.
    configuration = Configuration()
    configuration.retries = False
    plugin = ExecPlugin(choice) if choice.user.get("exec") and not choice.user.get("token") else None
    document = choice.document()
    if plugin is not None:
        document["users"][0]["user"] = _user_of(plugin.credential())
    try:
        with _files_for_a_moment() as folder:
            config.load_kube_config_from_dict(  # type: ignore[no-untyped-call]  # as shipped
                document, client_configuration=configuration, persist_config=False, temp_file_path=folder
            )
            _check_proxy(configuration, choice)
            made = ApiClient(configuration)
            _keep_in_memory(made, configuration)
    except _EncryptedKeyError:
        reason = f"the client-key of user {choice.user_name} is encrypted; give it without a passphrase"
        raise bad(choice.source, reason) from None
    except ssl.SSLError as error:
        raise bad(choice.source, _tls_reason(error, choice.user_name)) from None
    except (config.ConfigException, OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        # What the loader stumbles over when values have the wrong type; its texts may quote them.
        raise bad(choice.source, f"a value has the wrong type ({type(error).__name__})") from None
    if plugin is not None:
        configuration.refresh_api_key_hook = plugin.renew  # type: ignore[assignment]  # None in the package's types
    if choice.impersonates is not None:
        made.default_headers["Impersonate-User"] = choice.impersonates
    made.user_agent = USER_AGENT
    return made


class _EncryptedKeyError(Exception):
    pass


def _no_passphrase() -> str:
    # OpenSSL would ask for it on the terminal.
    raise _EncryptedKeyError


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


def _tls_reason(error: ssl.SSLError, user: str) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"the client-key of user {user} is not the key of its client-certificate"
    return f"a certificate or key in it is not PEM, or cannot be used ({error.reason or 'no PEM'})"


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
    """Read certificates and key now; urllib3 would read the files at the first connection."""
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE)
    if configuration.ssl_ca_cert:
        context.load_verify_locations(configuration.ssl_ca_cert)
    elif configuration.verify_ssl:
        context.load_default_certs()
    if configuration.cert_file:
        context.load_cert_chain(configuration.cert_file, configuration.key_file, _no_passphrase)
    settings: dict[str, Any] = made.rest_client.pool_manager.connection_pool_kw
    for name in ("ca_certs", "ca_cert_data", "cert_file", "key_file"):
        settings.pop(name, None)
    settings["ssl_context"] = context
