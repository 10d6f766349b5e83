"""Deleting certificates from CAS only when nothing uses them.

Whether CAS itself rejects the deletion of a bound certificate is documented nowhere, so it is never relied on.
"""

import re
from collections.abc import Callable, Iterable

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.alb_models import same_identifier
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.cluster.claim import Claim, FoundClaim, claims_in
from alb_mtls.cluster.errors import BadKubeconfig, CrdMissing, Unreachable
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import AlbConfig, listener_label, listeners_of, name_of, state_of, state_of_fields
from alb_mtls.errors import OperationFailed

_UNNAMED = ", whose CA the ALB API does not name"
_WORD = re.compile(r"[0-9A-Za-z-]+")


def delete_ca(
    cas: CasClient,
    ca_identifier: str,
    *,
    alb: AlbClient,
    kube: KubeClient,
    deployment: str,
    show: Callable[[str], object],
) -> bool:
    """Delete a CA certificate, unless something uses it.

    Args:
        cas: the site that holds the certificate.
        ca_identifier: of the certificate.
        alb: whose listeners are searched.
        kube: whose AlbConfigs are searched. A cluster that is gone keeps nobody from destroying: then the ALB alone
            decides.
        deployment: id of this one.
        show: takes a sentence for people when the certificate was left alone, or the cluster was not searched.

    Returns:
        False when a claim of this deployment names the certificate: another resource of the stack uses it, and it was
        left alone.

    Raises:
        OperationFailed: somebody else's listener uses it, or a claim that cannot be read names it; nothing was
            deleted.
        CloudError: the ALB API or CAS did not answer; nothing was deleted.
        ClusterError: the cluster is there, but did not say what uses the certificate; nothing was deleted.
    """
    albconfigs = _albconfigs(kube, ca_identifier, show)
    claims = _claims_on(albconfigs, ca_identifier)
    ours = [found.label for found in claims if found.claim is not None and found.claim.deployment == deployment]
    others = [found for found in claims if found.claim is not None and found.claim.deployment != deployment]
    if ours:
        show(
            f"CA certificate {ca_identifier} was not deleted from CAS, because this stack claims {', '.join(ours)} "
            "with it. When no later `pulumi up` or `pulumi destroy` of this stack deletes it, since its state has lost "
            "that claim: put the listener back and remove the claim (docs/how-to/lost-state.md), and delete the "
            "certificate in CAS only then"
        )
        return False
    for found in claims:
        if found.claim is None:
            sentence = (
                f"CA certificate {ca_identifier} was not deleted, because the claim on {found.label} names it, and "
                "this version of the program cannot read that claim; use the version that wrote it, or correct the "
                f"annotation {found.annotation}, and run the command again"
            )
            raise OperationFailed(sentence)
    for found in others:
        if found.claim is not None:
            sentence = (
                f"CA certificate {ca_identifier} was not deleted, because the claim of stack {found.claim.owner} "
                f"(deployment {found.claim.deployment}) on {found.label} names it; run the command again when that "
                "stack has given the listener back"
            )
            raise OperationFailed(sentence)
    users = uses_of(albconfigs, ca_identifier, alb)
    if users and all(one.endswith(_UNNAMED) for one in users):
        if cas.describe(ca_identifier) is None:
            # Somebody has deleted it, as the sentence below says: nothing else ends the doubt about that listener.
            return True
        sentence = (
            f"CA certificate {ca_identifier} was not deleted, because it is not known whether a listener uses it: "
            f"{', '.join(users)}. Look at that listener in the ALB console; if it has another CA, delete the "
            "certificate in CAS, and run the command again"
        )
        raise OperationFailed(sentence)
    if users:
        sentence = (
            f"CA certificate {ca_identifier} was not deleted, because it is still bound to listener "
            f"{', '.join(users)}; take it off there (AlbConfig caCertificates) and run the command again"
        )
        raise OperationFailed(sentence)
    cas.delete_certificate(ca_identifier)
    return True


def ca_is_in_use(ca_identifier: str, *, alb: AlbClient, kube: KubeClient, show: Callable[[str], object]) -> bool:
    """Say whether a listener or a claim refers to a CA certificate, whoever it belongs to.

    Raises:
        CloudError: the ALB API did not answer.
    """
    albconfigs = _albconfigs(kube, ca_identifier, show)
    return bool(_claims_on(albconfigs, ca_identifier) or uses_of(albconfigs, ca_identifier, alb))


def _albconfigs(kube: KubeClient, ca_identifier: str, show: Callable[[str], object]) -> list[AlbConfig]:
    try:
        return kube.albconfigs()
    except CrdMissing:
        return []
    except (Unreachable, BadKubeconfig) as error:
        show(f"CA certificate {ca_identifier}: its use was looked up on the ALB only, not in the cluster: {error}")
        return []


def _claims_on(albconfigs: list[AlbConfig], ca_identifier: str) -> list[FoundClaim]:
    """Return the claims that name the certificate, as what they wrote or as what was there before.

    A listener that is switched off counts too. A claim that cannot be read counts when it has the identifier anywhere,
    and one that was copied from another AlbConfig does not: it holds nothing, and nobody's destroy would ever end it.
    """
    return [
        found
        for albconfig in albconfigs
        for found in claims_in(albconfig)
        if not found.is_copy
        and _names(_named_in(found.claim) if found.claim else _WORD.findall(found.text), ca_identifier)
    ]


def _named_in(claim: Claim) -> list[str]:
    return [*state_of_fields(claim.written).identifiers, *state_of_fields(claim.previous).identifiers]


def uses_of(albconfigs: list[AlbConfig], ca_identifier: str, alb: AlbClient) -> list[str]:
    """Return the listeners that refer to a CA certificate, as the ALB API shows them, else as AlbConfigs have them.

    At last those that request client certificates of a CA that the ALB API does not name: it may be this one.
    """
    bound = alb.bound_listeners(ca_identifier)
    named = [f"{one.port}/{one.protocol} of ALB {one.load_balancer_id}" for one in bound if not one.hides_ca]
    in_albconfigs = [
        f"{listener_label(element)} of AlbConfig {name_of(albconfig)}"
        for albconfig in albconfigs
        for _, element in listeners_of(albconfig)
        if _names(state_of(element).identifiers, ca_identifier)
    ]
    unnamed = [f"{one.port}/{one.protocol} of ALB {one.load_balancer_id}{_UNNAMED}" for one in bound if one.hides_ca]
    return named or in_albconfigs or unnamed


def unclaimed_uses(albconfig: AlbConfig, identifiers: Iterable[str]) -> list[str]:
    """Return the listeners of an AlbConfig that nobody claims and that name one of these CAs."""
    claimed = {one.label for one in claims_in(albconfig)}
    labels = {
        f"{listener_label(element)} of AlbConfig {name_of(albconfig)}"
        for one in identifiers
        for _, element in listeners_of(albconfig)
        if _names(state_of(element).identifiers, one)
    }
    return sorted(label for label in labels if f"listener {label}" not in claimed)


def _names(identifiers: list[str], ca_identifier: str) -> bool:
    return any(same_identifier(one, ca_identifier) for one in identifiers)
