"""From a kubeconfig to an API client of the official kubernetes package."""

import os
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from kubernetes import config
from kubernetes.client import ApiClient, Configuration
from kubernetes.config import kube_config
from urllib3.util import create_urllib3_context

from alb_mtls.cluster.errors import BadKubeconfig

_DEFAULT = "~/.kube/config"
# The loader remembers its files for the whole process.
_loading = threading.Lock()


def api_client(kubeconfig: str | None, context: str | None) -> ApiClient:
    """Build the client.

    Args:
        kubeconfig: a path, or the content itself, as pulumi-kubernetes takes it; None means KUBECONFIG,
            which may name several files, then `~/.kube/config`.
        context: None means the kubeconfig's current one.

    Raises:
        BadKubeconfig: names the file and what is wrong with it, and never quotes it.
    """
    # Own retries know which call may be repeated; urllib3's would repeat three times without a pause.
    configuration = Configuration()
    configuration.retries = False
    source, arguments = _source(kubeconfig)
    load: Callable[..., None] = (
        config.load_kube_config_from_dict if "config_dict" in arguments else config.load_kube_config
    )
    try:
        with _files_for_a_moment() as folder:
            load(
                **arguments,
                context=context,
                client_configuration=configuration,
                persist_config=False,
                temp_file_path=folder,
            )
            made = ApiClient(configuration)
            _keep_in_memory(made, configuration)
    except config.ConfigException as error:
        raise BadKubeconfig(_sentence(source, context, str(error))) from None
    except yaml.YAMLError:
        raise BadKubeconfig(_sentence(source, None, "it is not valid YAML")) from None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        # What the loader stumbles over when values have the wrong type; its texts may quote them.
        raise BadKubeconfig(_sentence(source, None, f"it cannot be used ({type(error).__name__})")) from None
    made.user_agent = "alb-mtls"
    return made


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
        context.load_cert_chain(configuration.cert_file, configuration.key_file)
    settings: dict[str, Any] = made.rest_client.pool_manager.connection_pool_kw
    for name in ("ca_certs", "ca_cert_data", "cert_file", "key_file"):
        settings.pop(name, None)
    settings["ssl_context"] = context


def _source(kubeconfig: str | None) -> tuple[str, dict[str, Any]]:
    if kubeconfig is not None and _is_content(kubeconfig):
        try:
            content = yaml.safe_load(kubeconfig)
        except yaml.YAMLError:
            content = None
        if not isinstance(content, dict):
            raise BadKubeconfig(_sentence("given as content", None, "it is not a YAML object"))
        return "given as content", {"config_dict": content}
    # Read when needed: the kubernetes package reads KUBECONFIG once, when it is imported.
    paths = kubeconfig or os.environ.get("KUBECONFIG") or _DEFAULT
    if not any(Path(path).expanduser().is_file() for path in paths.split(os.pathsep) if path):
        raise BadKubeconfig(_sentence(paths, None, "there is no such file"))
    return paths, {"config_file": paths}


def _is_content(kubeconfig: str) -> bool:
    return "\n" in kubeconfig.strip() or kubeconfig.lstrip().startswith("{")


def _sentence(source: str, context: str | None, reason: str) -> str:
    chosen = f" with context {context}" if context else ""
    reason = reason.strip().rstrip(".")
    return (
        f"kubeconfig {source}{chosen} cannot be used: {reason}; set kubernetes:kubeconfig and "
        "kubernetes:context, or KUBECONFIG"
    )
