"""What the owner of an AlbConfig does to fields that this program patches, and what is to be done about it. Pure.

An AlbConfig has its listeners in one list without a schema, so that every tool that writes one of them writes all of
them (docs/facts/kubernetes.md, Owners of an AlbConfig).
"""

from collections.abc import Iterator
from typing import Final

from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.listener import AlbConfig
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.owners import Owner, Tool, owners_of

PAGES: Final = "docs/how-to/gitops"

_PAGE: Final = {
    Tool.ARGO_CD: "argo-cd.md",
    Tool.FLUX: "flux.md",
    Tool.FLEET: "helm.md",
    Tool.HELM: "helm.md",
    Tool.KUBECTL: "kubectl.md",
}
_HABIT: Final = {
    Tool.ARGO_CD: "its next sync undoes what this program patches: within seconds with selfHeal, else at a new commit",
    Tool.FLUX: "its next reconciliation undoes what this program patches",
    Tool.FLEET: (
        "a deployment of the bundle that changes spec.listeners undoes what this program patches, and with "
        "correctDrift each does"
    ),
    Tool.HELM: (
        "a `helm upgrade` that changes spec.listeners undoes what this program patches, or stops with a conflict where "
        "it applies on the server"
    ),
    Tool.KAPP: "its next deploy may undo what this program patches",
    Tool.TERRAFORM: "its next apply stops with a conflict at what this program patches, or undoes it by force",
    Tool.PULUMI: "its next `pulumi up` stops with a conflict at what this program patches, or undoes it by force",
    Tool.KUBECTL: "the next apply of a file without the two fields undoes what this program patches",
}
_OF_A_RELEASE: Final = (
    "an upgrade of the release that changes spec.listeners undoes what this program patches, and with driftDetection "
    "each reconciliation does"
)


def page_of(owner: Owner) -> str:
    """Return the page that says what to commit, and how the tool can be kept off instead."""
    return f"{PAGES}/{_PAGE.get(owner.tool, 'README.md')}"


def habit_of(owner: Owner) -> str:
    """Return what the owner does to fields that it has not written, as a clause."""
    if owner.keeps_off:
        return "it is kept off by an annotation"
    return _OF_A_RELEASE if (owner.tool, owner.kind) == (Tool.FLUX, "HelmRelease") else _HABIT[owner.tool]


def keeping(owner: Owner) -> str:
    """Return who keeps the AlbConfig, and how that is known."""
    return f"{owner.text} keeps this AlbConfig ({owner.evidence})"


def undoing(albconfig: AlbConfig, key: ListenerKey) -> Iterator[Finding]:
    """Yield a finding for each owner that undoes by itself what `write: patch` writes.

    A file that a person applies now and then is none: it was applied before this stack came, as a rule for the last
    time, and is found when it was applied again.
    """
    for owner in owners_of(albconfig):
        if owner.syncs:
            yield Finding(
                code=FindingCode.OTHER_WRITER,
                subject=key.label,
                evidence=f"{keeping(owner)}: {habit_of(owner)}",
                remedy=(
                    "set write: none for this listener and commit what an up prints, or keep the tool off the "
                    f"listeners: {page_of(owner)}"
                ),
            )
