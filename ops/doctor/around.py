"""What lies around a configuration on this machine: files with secrets, the state store and its secrets provider."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from alb_mtls.cluster.kubeconfig_files import paths_of
from alb_mtls.configuration.model import Settings
from ops.doctor.passphrase import PASSPHRASE_FILE, passphrase_of
from ops.doctor.production import Around, SecretFile
from ops.doctor.state_store import store_of

PUBLISHED_PASSPHRASE: Final = "lab"  # noqa: S105 - of the lab, and in its documentation
_KUBECONFIG: Final = "kubernetes:kubeconfig"
_SECRETS: Final = ("alicloud:secretKey", "alicloud:securityToken")


def look_around(
    settings: Settings, printed: Mapping[str, Any], stack_file: Path, environment: Mapping[str, str]
) -> Around:
    """Return what is found; no content of a file with secrets is kept.

    Args:
        settings: of the stack.
        printed: its configuration, as `pulumi config --json` prints it.
        stack_file: that holds it.
        environment: of the process.
    """
    store = store_of(environment)
    return Around(
        secrets_in_the_clear=tuple(_in_the_clear(printed)),
        files=tuple(_secret_files(settings, environment)),
        store=store,
        secrets_provider=_provider_of(stack_file, store),
        weak_passphrase=_weakness(environment),
    )


def _in_the_clear(printed: Mapping[str, Any]) -> Iterator[str]:
    for key in (*_SECRETS, _KUBECONFIG):
        entry = printed.get(key, {})
        given = str(entry.get("value") or "")
        # A kubeconfig that is the content itself has keys or tokens in it.
        if given and not entry.get("secret") and (key != _KUBECONFIG or not paths_of(given)):
            yield key


def _secret_files(settings: Settings, environment: Mapping[str, str]) -> Iterator[SecretFile]:
    named: list[tuple[str, str | Path | None, str]] = [
        *(("rootCa.keyFile", one.key_file, "the key of the root CA") for one in settings.root_cas),
        ("proof.client.keyFile", settings.proof.client_key_file, "the key of the proof's client"),
        ("the file of profiles", _profiles(settings, environment), "access keys"),
        (PASSPHRASE_FILE, environment.get(PASSPHRASE_FILE), "the passphrase of the stack"),
    ]
    if settings.cluster_id is None:
        files = paths_of(settings.access.get(_KUBECONFIG))
        named += [("the kubeconfig", one, "the credential of the cluster") for one in files]
    for name, path, what in named:
        mode = None if not path else _mode_of(Path(path))
        if mode is not None:
            yield SecretFile(name=name, path=str(path), what=what, mode=mode)


def _profiles(settings: Settings, environment: Mapping[str, str]) -> Path:
    given = settings.access.get("alicloud:sharedCredentialsFile")
    return Path(given or environment.get("ALICLOUD_SHARED_CREDENTIALS_FILE") or "~/.aliyun/config.json").expanduser()


def _mode_of(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except OSError:
        return None


def _provider_of(stack_file: Path, store: str) -> str:
    """Return the secrets provider; empty when it is not known."""
    try:
        content = yaml.safe_load(stack_file.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return ""
    if not isinstance(content, Mapping):
        return ""
    given = content.get("secretsprovider")
    if given and given not in {"passphrase", "default"}:
        return str(given)
    if content.get("encryptionsalt") or given == "passphrase":
        return "passphrase"
    return "that of the state store" if store.startswith("http") else ""


def _weakness(environment: Mapping[str, str]) -> str:
    """Return what is wrong with the passphrase; empty when nothing is, or it is typed each time."""
    passphrase = passphrase_of(environment)
    if passphrase is None:
        return ""
    if not passphrase:
        return "empty"
    return f"{PUBLISHED_PASSPHRASE!r}, which the lab publishes" if passphrase == PUBLISHED_PASSPHRASE else ""
