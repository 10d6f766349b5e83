"""Who keeps an AlbConfig elsewhere and writes it again: a tool that Git drives, a release, a file. Pure.

The markers are those that each tool puts on what it applies; docs/facts/kubernetes.md says where each was read.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from alb_mtls.cluster.listener import AlbConfig
from alb_mtls.redaction import quoted

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"

_TRACKING: Final = "argocd.argoproj.io/tracking-id"
_ARGO_MANAGERS: Final = frozenset({"argocd-controller", "argocd-application-controller"})
# The first is written by many charts too, so it names an application only where Argo CD is known by something else.
_ARGO_LABELS: Final = ("argocd.argoproj.io/instance", "app.kubernetes.io/instance")
_FLUX: Final = {
    "kustomize.toolkit.fluxcd.io": ("Kustomization", "kustomize-controller"),
    "helm.toolkit.fluxcd.io": ("HelmRelease", "helm-controller"),
}
# Of this annotation Flux reads only Ignore from the cluster too; IfNotPresent counts in Git alone.
_FLUX_SSA: Final = "kustomize.toolkit.fluxcd.io/ssa"
_FLUX_RECONCILE: Final = "kustomize.toolkit.fluxcd.io/reconcile"
_HELM_NAME: Final = "meta.helm.sh/release-name"
_HELM_NAMESPACE: Final = "meta.helm.sh/release-namespace"
_FLEET: Final = "objectset.rio.cattle.io/id"
_KAPP: Final = "kapp.k14s.io/app"
# What somebody wrote into an annotation may be of any length.
_LONGEST: Final = 100
_TRACKED: Final = re.compile(r"(?P<application>[^:]+):alibabacloud\.com/AlbConfig:[^/]*/(?P<name>[^/]+)")


class Tool(StrEnum):
    """What keeps an AlbConfig; as sentences name it."""

    ARGO_CD = "Argo CD"
    FLUX = "Flux"
    FLEET = "Rancher Fleet"
    HELM = "Helm"
    KAPP = "kapp"
    TERRAFORM = "Terraform"
    PULUMI = "Pulumi"
    KUBECTL = "kubectl apply"


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Who keeps an AlbConfig elsewhere. Texts from the cluster are in one line and cut to size.

    Attributes:
        tool: that writes it.
        kind: of what keeps it there, as a noun of the tool; empty when the tool has none.
        name: of that; None when the AlbConfig does not name it.
        namespace: of that; None when it has none or the AlbConfig does not name it.
        evidence: what it was recognised by.
        manager: field manager under which it writes; None when managedFields name none.
        keeps_off: the AlbConfig says that the tool writes it no more.
    """

    tool: Tool
    kind: str = ""
    name: str | None = None
    namespace: str | None = None
    evidence: str
    manager: str | None = None
    keeps_off: bool = False

    @property
    def text(self) -> str:
        """The owner as the subject of a sentence: `Argo CD application shop`."""
        place = f"{self.namespace}/" if self.namespace and self.name else ""
        return " ".join(filter(None, (str(self.tool), self.kind, f"{place}{self.name or ''}")))

    @property
    def evident_text(self) -> str:
        """The same, with what shows it."""
        return f"{self.text} ({self.evidence})"

    @property
    def syncs(self) -> bool:
        """Whether it writes the AlbConfig again without a person who decides on it there and then."""
        return self.tool in _SYNCING and not self.keeps_off

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts."""
        return {
            "tool": str(self.tool),
            "kind": self.kind or None,
            "name": self.name,
            "namespace": self.namespace,
            "evidence": self.evidence,
            "syncs": self.syncs,
        }


_SYNCING: Final = frozenset({Tool.ARGO_CD, Tool.FLUX, Tool.FLEET, Tool.HELM})


def owners_of(albconfig: AlbConfig) -> tuple[Owner, ...]:
    """Return who keeps this AlbConfig elsewhere, those that write it by themselves first; empty when nobody does.

    Who wrote it once, by `kubectl create`, `edit` or `patch`, keeps nothing and is no owner.
    """
    read = _Read(albconfig)
    owners = [owner for recognise in _RECOGNISED for owner in recognise(read)]
    return tuple(owners) or tuple(_kubectl_by_annotation(read))


def besides(owners: Iterable[Owner], managers: Iterable[str]) -> tuple[str, ...]:
    """Return the field managers that are none of what syncs by itself.

    Args:
        owners: of the AlbConfig.
        managers: as `other_field_managers` names them.
    """
    syncing = [one for one in owners if one.syncs]
    known = {one.manager for one in syncing}
    # What Argo CD applies it keeps in the annotation of kubectl.
    by_kubectl = any(one.tool is Tool.ARGO_CD for one in syncing)
    return tuple(
        one
        for one in managers
        if one.partition(" (")[0] not in known and not (by_kubectl and one.endswith("(last-applied-configuration)"))
    )


class _Read:
    """The markers of an AlbConfig. Whoever may edit it may write anything there, so no type is relied on."""

    def __init__(self, albconfig: AlbConfig) -> None:
        metadata = albconfig.get("metadata") or {}
        self.name = str(metadata.get("name"))
        self.labels = _texts(metadata.get("labels"))
        self.annotations = _texts(metadata.get("annotations"))
        entries = metadata.get("managedFields")
        self._entries = [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []

    def manager(self, is_it: Callable[[str], bool], operation: str | None = None, *, of: str = "f:spec") -> str | None:
        """Return the first field manager that is one of those and has written some part of the object.

        Args:
            is_it: says whether a name is one of them.
            operation: of its entry; None for any.
            of: the part. What Argo CD takes over as it stands it writes nothing into but a mark in the metadata.
        """
        for entry in self._entries:
            name, fields = str(entry.get("manager")), entry.get("fieldsV1")
            if entry.get("subresource") or not isinstance(fields, dict) or of not in fields:
                continue
            if is_it(name) and operation in (None, entry.get("operation")):
                return name
        return None

    def applier(self, is_it: Callable[[str], bool]) -> str | None:
        """Return the first field manager of a tool that writes whole objects only, whatever of this one it wrote."""
        return self.manager(is_it) or self.manager(is_it, of="f:metadata")


def _texts(found: Any) -> dict[str, str]:
    return {key: one for key, one in found.items() if isinstance(one, str)} if isinstance(found, dict) else {}


def _cut(text: str | None) -> str | None:
    return quoted(text, _LONGEST) or None if text else None


def _manager(name: str | None) -> str:
    return "" if name is None else f"field manager {quoted(name, _LONGEST)}"


def _evidence(*found: str) -> str:
    return ", ".join(filter(None, found))


def _argo_cd(read: _Read) -> Iterator[Owner]:
    # Argo CD itself passes over a tracking id that names another object: it came along with a copy.
    tracked = _TRACKED.fullmatch(read.annotations.get(_TRACKING, ""))
    if tracked is not None and tracked["name"] != read.name:
        tracked = None
    manager = read.applier(_ARGO_MANAGERS.__contains__)
    own, shared = _ARGO_LABELS
    if tracked is None and manager is None and not read.labels.get(own):
        return
    label = next((one for one in (own, shared) if read.labels.get(one)), "")
    application = tracked["application"] if tracked else read.labels.get(label)
    # An application outside Argo CD's own namespace is written as NAMESPACE_NAME; neither may contain a `_`.
    namespace, _, name = (application or "").rpartition("_")
    yield Owner(
        tool=Tool.ARGO_CD,
        kind="application",
        name=_cut(name),
        namespace=_cut(namespace),
        evidence=_evidence(
            f"annotation {_TRACKING}" if tracked else f"label {label}" if label else "", _manager(manager)
        ),
        manager=manager,
    )


def _flux(read: _Read) -> Iterator[Owner]:
    for group, (kind, controller) in _FLUX.items():
        name = read.labels.get(f"{group}/name")
        manager = read.applier(controller.__eq__)
        if name is None and manager is None:
            continue
        yield Owner(
            tool=Tool.FLUX,
            kind=kind,
            name=_cut(name),
            namespace=_cut(read.labels.get(f"{group}/namespace")),
            evidence=_evidence(f"label {group}/name" if name else "", _manager(manager)),
            manager=manager,
            keeps_off=kind == "Kustomization"
            and (
                read.annotations.get(_FLUX_SSA, "").lower() == "ignore"
                or read.annotations.get(_FLUX_RECONCILE, "").lower() == "disabled"
            ),
        )


def _helm(read: _Read) -> Iterator[Owner]:
    name, manager = read.annotations.get(_HELM_NAME), read.applier("helm".__eq__)
    by_flux = "helm.toolkit.fluxcd.io/name" in read.labels
    # The label managed-by alone is also written by `helm template`, whose output somebody else applies.
    if by_flux or (name is None and manager is None):
        return
    fleet = bool(read.annotations.get(_FLEET))
    yield Owner(
        tool=Tool.FLEET if fleet else Tool.HELM,
        kind="bundle with release" if fleet else "release",
        name=_cut(name),
        namespace=_cut(read.annotations.get(_HELM_NAMESPACE)),
        evidence=_evidence(
            f"annotation {_HELM_NAME}" if name else "", f"annotation {_FLEET}" if fleet else "", _manager(manager)
        ),
        manager=manager,
    )


def _kapp(read: _Read) -> Iterator[Owner]:
    if _KAPP in read.labels:
        yield Owner(tool=Tool.KAPP, kind="app with label", name=_cut(read.labels[_KAPP]), evidence=f"label {_KAPP}")


def _terraform(read: _Read) -> Iterator[Owner]:
    if manager := read.manager("Terraform".__eq__):
        yield Owner(tool=Tool.TERRAFORM, evidence=_manager(manager), manager=manager)


def _pulumi(read: _Read) -> Iterator[Owner]:
    if manager := read.manager(lambda name: name.startswith("pulumi-kubernetes")):
        yield Owner(tool=Tool.PULUMI, evidence=_manager(manager), manager=manager)


def _kubectl(read: _Read) -> Iterator[Owner]:
    manager = read.manager("kubectl-client-side-apply".__eq__) or read.manager("kubectl".__eq__, "Apply")
    if manager is not None:
        yield Owner(tool=Tool.KUBECTL, evidence=_manager(manager), manager=manager)


def _kubectl_by_annotation(read: _Read) -> Iterator[Owner]:
    # Argo CD and Pulumi write this annotation too, so alone it tells nothing where one of them is known.
    if LAST_APPLIED in read.annotations:
        yield Owner(tool=Tool.KUBECTL, evidence=f"annotation {LAST_APPLIED}")


_RECOGNISED: Final = (_argo_cd, _flux, _helm, _kapp, _terraform, _pulumi, _kubectl)
