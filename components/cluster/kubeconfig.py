"""From a kubeconfig to an API client of the official kubernetes package."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from components.cluster.errors import BadKubeconfig

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

_DEFAULT = "~/.kube/config"


def api_client(kubeconfig: str | None, context: str | None) -> "ApiClient":
    """Build the client.

    Args:
        kubeconfig: a path, or the content itself, as pulumi-kubernetes takes it; None means KUBECONFIG,
            which may name several files, then `~/.kube/config`.
        context: None means the kubeconfig's current one.

    Raises:
        BadKubeconfig: names the file and what is wrong with it, and never quotes it.
    """
    from kubernetes import client, config

    # Own retries know which call may be repeated; urllib3's would repeat three times without a pause.
    configuration = client.Configuration()
    configuration.retries = False
    source, arguments = _source(kubeconfig)
    load: Callable[..., None] = (
        config.load_kube_config_from_dict if "config_dict" in arguments else config.load_kube_config
    )
    try:
        load(**arguments, context=context, client_configuration=configuration, persist_config=False)
    except config.ConfigException as error:
        raise BadKubeconfig(_sentence(source, context, str(error))) from None
    except yaml.YAMLError:
        raise BadKubeconfig(_sentence(source, None, "it is not valid YAML")) from None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        # What the loader stumbles over when values have the wrong type; its texts may quote them.
        raise BadKubeconfig(_sentence(source, None, f"it cannot be used ({type(error).__name__})")) from None
    made = client.ApiClient(configuration)
    made.user_agent = "alb-mtls"
    return made


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
    asked = f" with context {context}" if context else ""
    reason = reason.strip().rstrip(".")
    return (
        f"kubeconfig {source}{asked} cannot be used: {reason}; set kubernetes:kubeconfig and "
        "kubernetes:context, or KUBECONFIG"
    )
