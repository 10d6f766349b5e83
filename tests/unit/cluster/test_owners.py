"""Who keeps an AlbConfig elsewhere, by the markers that tools leave on it."""

from typing import Any

import pytest

from alb_mtls.cluster.field_managers import FIELD_MANAGER, PERSON_MANAGER
from alb_mtls.cluster.owners import LAST_APPLIED, Owner, Tool, owners_of

TRACKING = "argocd.argoproj.io/tracking-id"
TRACKED = {TRACKING: "shop:alibabacloud.com/AlbConfig:shop/alb"}
RELEASE = {"meta.helm.sh/release-name": "edge", "meta.helm.sh/release-namespace": "ingress"}
KUSTOMIZATION = {"kustomize.toolkit.fluxcd.io/name": "edge", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
HELM_RELEASE = {"helm.toolkit.fluxcd.io/name": "edge", "helm.toolkit.fluxcd.io/namespace": "apps"}


def _by(manager: str, operation: str = "Update", **more: Any) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "fieldsV1": {"f:spec": {"f:listeners": {}}}, **more}


def _owners(
    *entries: dict[str, Any], annotations: dict[str, str] | None = None, labels: dict[str, str] | None = None
) -> tuple[Owner, ...]:
    metadata = {"name": "alb", "managedFields": list(entries), "annotations": annotations, "labels": labels}
    return owners_of({"metadata": metadata})


@pytest.mark.parametrize(
    ("found", "text", "evidence"),
    [
        (_owners(annotations=TRACKED), "Argo CD application shop", f"annotation {TRACKING}"),
        (
            _owners(_by("argocd-controller"), annotations={**TRACKED, LAST_APPLIED: "{}"}),
            "Argo CD application shop",
            f"annotation {TRACKING}, field manager argocd-controller",
        ),
        (
            _owners(annotations={TRACKING: "team-a_shop:alibabacloud.com/AlbConfig:/alb"}),
            "Argo CD application team-a/shop",
            f"annotation {TRACKING}",
        ),
        (
            _owners(_by("argocd-controller", "Apply"), labels={"app.kubernetes.io/instance": "shop"}),
            "Argo CD application shop",
            "label app.kubernetes.io/instance, field manager argocd-controller",
        ),
        (
            _owners(labels={"argocd.argoproj.io/instance": "shop"}),
            "Argo CD application shop",
            "label argocd.argoproj.io/instance",
        ),
        (_owners(_by("argocd-controller")), "Argo CD application", "field manager argocd-controller"),
        # It took over what was there, and wrote its label and what it has applied.
        (
            _owners(
                _by("argocd-controller", fieldsV1={"f:metadata": {"f:labels": {}}}),
                labels={"app.kubernetes.io/instance": "shop"},
                annotations={LAST_APPLIED: "{}"},
            ),
            "Argo CD application shop",
            "label app.kubernetes.io/instance, field manager argocd-controller",
        ),
        (
            _owners(_by("kustomize-controller", "Apply"), labels=KUSTOMIZATION),
            "Flux Kustomization flux-system/edge",
            "label kustomize.toolkit.fluxcd.io/name, field manager kustomize-controller",
        ),
        (
            _owners(_by("helm-controller"), labels=HELM_RELEASE, annotations=RELEASE),
            "Flux HelmRelease apps/edge",
            "label helm.toolkit.fluxcd.io/name, field manager helm-controller",
        ),
        (
            _owners(_by("helm"), annotations=RELEASE),
            "Helm release ingress/edge",
            "annotation meta.helm.sh/release-name, field manager helm",
        ),
        (
            _owners(annotations={**RELEASE, "objectset.rio.cattle.io/id": "default-edge"}),
            "Rancher Fleet bundle with release ingress/edge",
            "annotation meta.helm.sh/release-name, annotation objectset.rio.cattle.io/id",
        ),
        (_owners(labels={"kapp.k14s.io/app": "17"}), "kapp app with label 17", "label kapp.k14s.io/app"),
        (_owners(_by("Terraform", "Apply")), "Terraform", "field manager Terraform"),
        (_owners(_by("pulumi-kubernetes-12ab", "Apply")), "Pulumi", "field manager pulumi-kubernetes-12ab"),
        (
            _owners(_by("kubectl-client-side-apply"), annotations={LAST_APPLIED: "{}"}),
            "kubectl apply",
            "field manager kubectl-client-side-apply",
        ),
        (_owners(_by("kubectl", "Apply")), "kubectl apply", "field manager kubectl"),
        # After our patch the entry of the file is gone, its annotation is not.
        (_owners(_by(FIELD_MANAGER), annotations={LAST_APPLIED: "{}"}), "kubectl apply", f"annotation {LAST_APPLIED}"),
    ],
)
def test_an_owner_is_named_with_what_it_was_recognised_by(found: tuple[Owner, ...], text: str, evidence: str) -> None:
    (owner,) = found
    assert (owner.text, owner.evidence) == (text, evidence)


@pytest.mark.parametrize(
    "found",
    [
        _owners(),
        _owners(_by("kubectl-create"), _by("kubectl-edit"), _by("kubectl-patch"), _by(FIELD_MANAGER)),
        _owners(_by(PERSON_MANAGER), _by("kubectl", "Update")),
        # It came with a copy of another object, and Argo CD passes over it as well.
        _owners(annotations={TRACKING: "shop:alibabacloud.com/AlbConfig:shop/other"}),
        _owners(annotations={TRACKING: "shop:apps/Deployment:shop/alb"}),
        _owners(annotations={TRACKING: "nothing"}),
        # Charts and people write these without any tool that would write them again.
        _owners(labels={"app.kubernetes.io/instance": "shop", "app.kubernetes.io/managed-by": "Helm"}),
        _owners(annotations={"objectset.rio.cattle.io/id": "default-edge"}),
        # What names no application is no mark of one.
        _owners(labels={"argocd.argoproj.io/instance": ""}),
        # Each of these can also write a single annotation of an object that it does not have.
        *(_owners(_by(name, fieldsV1={"f:metadata": {}})) for name in ("Terraform", "pulumi-kubernetes-1")),
        _owners(_by("kubectl", "Apply", fieldsV1={"f:metadata": {}})),
        _owners(_by("argocd-controller", fieldsV1={"f:status": {}}, subresource="status")),
        _owners(_by("helm-controller", subresource="status")),
    ],
)
def test_who_wrote_it_once_or_wrote_something_else_is_no_owner(found: tuple[Owner, ...]) -> None:
    assert found == ()


def test_what_syncs_by_itself_comes_before_a_file_and_only_that_syncs() -> None:
    found = _owners(_by("kubectl-client-side-apply"), _by("argocd-controller"), annotations=TRACKED)
    assert [(owner.tool, owner.syncs) for owner in found] == [(Tool.ARGO_CD, True), (Tool.KUBECTL, False)]


@pytest.mark.parametrize("annotation", ["ssa: Ignore", "reconcile: disabled"])
def test_flux_that_an_annotation_keeps_off_does_not_sync(annotation: str) -> None:
    key, _, value = annotation.partition(": ")
    (owner,) = _owners(labels=KUSTOMIZATION, annotations={f"kustomize.toolkit.fluxcd.io/{key}": value})
    assert owner.tool == Tool.FLUX
    assert not owner.syncs


@pytest.mark.parametrize("annotation", ["ssa: IfNotPresent", "ssa: Merge", "ssa: Override", "reconcile: enabled"])
def test_flux_with_another_annotation_syncs(annotation: str) -> None:
    key, _, value = annotation.partition(": ")
    (owner,) = _owners(labels=KUSTOMIZATION, annotations={f"kustomize.toolkit.fluxcd.io/{key}": value})
    assert owner.syncs


def test_texts_of_the_cluster_are_one_line_and_cut() -> None:
    (owner,) = _owners(annotations={"meta.helm.sh/release-name": "a\x1b[31m\n\u202eb" + "c" * 200})
    assert owner.text.isprintable()
    assert owner.name is not None
    assert len(owner.name) == 100


@pytest.mark.parametrize("metadata", [{}, {"labels": [], "annotations": "x", "managedFields": {"a": 1}}, None])
def test_metadata_of_any_shape_has_no_owner(metadata: Any) -> None:
    assert owners_of({"metadata": metadata}) == ()
