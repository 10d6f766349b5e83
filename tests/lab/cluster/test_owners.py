"""What tools that keep an AlbConfig do to our two fields: docs/facts/kubernetes.md, Owners of an AlbConfig."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from alb_mtls.cluster.claim import read_claim
from alb_mtls.cluster.field_managers import named_writer
from alb_mtls.cluster.listener import state_of
from alb_mtls.cluster.owners import owners_of
from tests.helpers.albconfigs import LISTENER, Object, http, https
from tests.helpers.claims import claim_of
from tests.helpers.cluster_bench import Bench
from tests.helpers.needed import need

CLAIM = claim_of(owner="alb-mtls/dev", token="t", attempt="one", previous={})
FORCED = ("--server-side", "--force-conflicts", "--field-manager=kustomize-controller")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An AlbConfig whose file somebody keeps, and applies with kubectl."""

    bench: Bench
    name: str
    folder: Path

    @property
    def item(self) -> Object:
        """The AlbConfig, read now."""
        return self.bench.client.albconfig(self.name)

    def apply(self, *options: str, **of_the_https_listener: Any) -> str:
        """Apply the file, with these fields in its HTTPS listener; return what refused it, or nothing."""
        spec = {"config": {"name": self.name}, "listeners": [http(), https(**of_the_https_listener)]}
        manifest = {"apiVersion": "alibabacloud.com/v1", "kind": "AlbConfig", "metadata": {"name": self.name}}
        kubeconfig = self.folder / "kubeconfig"
        kubeconfig.write_text(
            self.bench.kubeconfig(server=self.bench.cluster.upstream, token=self.bench.cluster.users.admin)
        )
        ended = subprocess.run(
            ["kubectl", f"--kubeconfig={kubeconfig}", "apply", *options, "--filename=-"],
            input=json.dumps({**manifest, "spec": spec}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return ended.stderr if ended.returncode else ""

    def switch(self) -> None:
        """Patch as an up does."""
        self.bench.switch(self.name, CLAIM, on=True, ids=["ours"])

    @property
    def identifiers(self) -> list[str]:
        """The CAs of the HTTPS listener."""
        (element,) = (one for one in self.item["spec"]["listeners"] if one["port"] == 443)
        return state_of(element).identifiers


@pytest.fixture
def kept(bench: Bench, tmp_path: Path) -> Iterator[Kept]:
    need("kubectl")
    with bench.albconfig(http(), https()) as name:
        yield Kept(bench=bench, name=name, folder=tmp_path)


def test_a_file_that_is_applied_again_undoes_a_patch_although_it_has_not_changed(kept: Kept) -> None:
    assert owners_of(kept.item) == ()
    assert kept.apply() == ""
    kept.switch()
    assert kept.identifiers == ["ours"]
    assert kept.apply() == ""
    assert kept.identifiers == []
    # A claim is an annotation, which the file has never had.
    claim = read_claim(kept.item, replace(LISTENER, alb_config=kept.name))
    assert claim is not None
    assert claim.attempt == CLAIM.attempt
    assert [one.text for one in owners_of(kept.item)] == ["kubectl apply"]
    assert "kubectl apply (field manager kubectl-client-side-apply) at" in str(named_writer(kept.item))
    # With the fragment in it nothing is undone.
    fields = {"caEnabled": True, "caCertificates": [{"CertificateId": "ours"}]}
    assert [kept.apply(**fields), kept.apply(**fields)] == ["", ""]
    assert kept.identifiers == ["ours"]


def test_an_apply_on_the_server_stops_at_a_patch_unless_it_is_forced(kept: Kept) -> None:
    assert kept.apply(*FORCED) == ""
    kept.switch()
    refused = kept.apply("--server-side")
    assert 'conflict with "alb-mtls" using alibabacloud.com/v1: .spec.listeners' in refused
    assert kept.identifiers == ["ours"]
    # Flux forces always, and Argo CD where it applies on the server.
    assert kept.apply(*FORCED) == ""
    assert kept.identifiers == []
    assert [one.text for one in owners_of(kept.item)] == ["Flux Kustomization"]


def test_an_apply_on_the_server_of_what_stands_there_is_taken_and_the_next_one_is_a_conflict_again(kept: Kept) -> None:
    kept.switch()
    fields = {"caEnabled": True, "caCertificates": [{"CertificateId": "ours", "IsDefault": False}]}
    standing = next(one for one in kept.item["spec"]["listeners"] if one["port"] == 443)
    as_it_stands = {name: standing[name] for name in fields}
    assert kept.apply("--server-side", **as_it_stands) == ""
    assert "conflict" in kept.apply("--server-side", **{**as_it_stands, "caEnabled": False})


def test_a_merge_patch_without_the_listeners_leaves_them_and_one_with_them_replaces_all(kept: Kept) -> None:
    """What Helm 3 sends is a merge patch of what changed from one release to the next."""
    kept.switch()
    kept.bench.edit(kept.name, {"spec": {"config": {"name": "renamed"}}}).raise_for_status()
    assert kept.identifiers == ["ours"]
    kept.bench.edit(kept.name, {"spec": {"listeners": [http(), https()]}}).raise_for_status()
    assert kept.identifiers == []
