"""Secrets are refused where their plugin is missing for sure, and nowhere else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.plugins import without_plugin
from tests.helpers.stack_file import put

Read = Callable[..., Settings]

NO_DOWNLOADS = "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"
SECRET = put("clients.0.kubernetesSecret", {"namespace": "default", "name": "alice"})


def _refused(settings: Settings, folder: Path, **environment: str) -> str | None:
    found = {NO_DOWNLOADS: "true", "PULUMI_HOME": str(folder), "PATH": str(folder), **environment}
    return without_plugin(settings.clients, found, folder)


def test_a_secret_without_its_plugin_is_refused_where_pulumi_downloads_nothing(read: Read, tmp_path: Path) -> None:
    sentence = _refused(read(SECRET), tmp_path)
    assert sentence is not None
    assert sentence.startswith("clients[0].kubernetesSecret: Pulumi's plugin for Kubernetes makes the Secret")
    assert "pulumi plugin install resource kubernetes" in sentence


def test_no_plugin_is_missed_where_no_secret_is_made_or_pulumi_may_download_it(read: Read, tmp_path: Path) -> None:
    assert _refused(read(), tmp_path) is None
    assert _refused(read(SECRET), tmp_path, **{NO_DOWNLOADS: ""}) is None


@pytest.mark.parametrize("place", ["plugins/resource-kubernetes-v4.1.0/x", "pulumi-resource-kubernetes", "Pulumi.yaml"])
def test_a_plugin_that_is_there_in_whatever_version_or_by_a_path_of_the_project_is_enough(
    read: Read, tmp_path: Path, place: str
) -> None:
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("plugins: {providers: [{name: kubernetes, path: bin}]}")
    path.chmod(0o700)
    assert _refused(read(SECRET), tmp_path) is None
