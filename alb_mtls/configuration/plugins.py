"""Whether the plugin is there that what is configured needs, as far as that can be known before the engine looks."""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from alb_mtls.configuration.model import ClientSettings
from alb_mtls.pulumi_cli import is_set

_NO_DOWNLOADS = "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"
_PLUGIN = "pulumi-resource-kubernetes"


def without_plugin(clients: Sequence[ClientSettings], environment: Mapping[str, str], project: Path) -> str | None:
    """Return the sentence that refuses Secrets without the plugin that makes them; None where Pulumi may get it.

    The engine looks for the plugin only when the first Secret is registered, after other resources were made.

    Args:
        clients: of the stack.
        environment: of the process, which the engine's is.
        project: folder of Pulumi.yaml.
    """
    index = next((place for place, one in enumerate(clients) if one.kubernetes_secret is not None), None)
    if index is None or not is_set(environment, _NO_DOWNLOADS):
        return None
    home = Path(environment.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins"
    # A plugin of another version may do: only that there is none at all is certain.
    if any(home.glob("resource-kubernetes-*")) or shutil.which(_PLUGIN, path=environment.get("PATH")):
        return None
    if _names_plugin(project / "Pulumi.yaml"):
        return None
    return (
        f"clients[{index}].kubernetesSecret: Pulumi's plugin for Kubernetes makes the Secret, and it is neither in "
        f"{home} nor on PATH, while {_NO_DOWNLOADS} keeps Pulumi from downloading it; nothing was touched in "
        "cluster and cloud. Run `pulumi plugin install resource kubernetes`, or remove kubernetesSecret"
    )


def _names_plugin(pulumi_yaml: Path) -> bool:
    """Say whether the project gives the plugin by a path of its own."""
    try:
        text = pulumi_yaml.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return re.search(r"name:\s*['\"]?kubernetes\b", text) is not None
