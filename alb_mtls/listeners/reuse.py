"""When what an AlbConfig says has no effect on its listener, because the ALB was there before. Pure."""

from collections.abc import Collection, Sequence

from alb_mtls.aliyun.alb_models import Listener, ListenerSummary
from alb_mtls.cluster.listener import AlbConfig, find_listener, listener_label, listeners_of, state_of
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.reuse import OWN_DESCRIPTION, overrides_listeners
from alb_mtls.listeners.desired import same_identifiers
from alb_mtls.redaction import one_line


def is_managed(albconfig: AlbConfig, listener: ListenerSummary) -> bool:
    """Say whether the controller changes a listener of the ALB; one whose description is not known counts as such."""
    described = listener.fields.get("description")
    return overrides_listeners(albconfig) or described is None or str(described).startswith(OWN_DESCRIPTION)


def in_use(albconfig: AlbConfig, on_alb: Collection[ListenerSummary]) -> list[ListenerSummary]:
    """Return the listeners that AlbConfig and ALB both have and that the controller leaves as they are."""
    labels = {listener_label(element) for _, element in listeners_of(albconfig)}
    return [one for one in on_alb if one.label in labels and not is_managed(albconfig, one)]


def without_effect(albconfig: AlbConfig, key: ListenerKey, on_alb: Collection[ListenerSummary]) -> str | None:
    """Return why what the AlbConfig says does not reach a listener, with the way out; None when it does.

    A listener with the description that the AlbConfig has for it may be the controller's own: only the open-source
    build is known not to find it again (`in_doubt`).
    """
    left = {one.label: one for one in in_use(albconfig, on_alb)}
    if not left:
        return None
    labels = [key.text, *sorted(left)]
    first = next(left[one] for one in labels if one in left)
    alb = first.load_balancer_id or "of the AlbConfig"
    others = sorted({one.label for one in on_alb} - {listener_label(element) for _, element in listeners_of(albconfig)})
    costs = f"; that also deletes {', '.join(others)}, which the AlbConfig does not have" if others else ""
    described = one_line(str(first.fields["description"]))
    return (
        f"{key.label}: ALB {alb} is reused (spec.config.id) without an override, and its listener {first.label} was "
        f"not made by the controller (description {described!r}, not {OWN_DESCRIPTION}…), so the controller changes no "
        f"listener of it, and caEnabled has no effect; delete {first.label} from the ALB, so that the controller makes "
        f"it (nobody is served there until it has), or add `spec.config.listenerForceOverride: true`{costs}"
    )


def is_in_doubt(albconfig: AlbConfig, on_alb: Collection[ListenerSummary]) -> bool:
    """Say whether every listener that is left as it is has the description that the AlbConfig has for it."""
    elements = {listener_label(element): element for _, element in listeners_of(albconfig)}
    left = in_use(albconfig, on_alb)
    return all(one.fields["description"] == elements[one.label].get("description") for one in left)


def is_done(albconfig: AlbConfig, key: ListenerKey, on_alb: Collection[ListenerSummary]) -> bool:
    """Say whether a listener requests certificates as the AlbConfig says, so that what that says has an effect."""
    says = state_of(find_listener(albconfig, key).element)
    return any(
        isinstance(one, Listener)
        and one.label == key.text
        and bool(says.ca_enabled)
        and one.ca_enabled
        and same_identifiers(one.ca_identifiers, says.identifiers)
        for one in on_alb
    )


def shared(alb_config: str, albs: Collection[str], others: Sequence[str]) -> str | None:
    """Return what is wrong with an ALB that other AlbConfigs mean too; None when none does.

    Args:
        alb_config: name of the AlbConfig.
        albs: ids of the ALBs that it means.
        others: names of the other ones.
    """
    if not others:
        return None
    return (
        f"ALB {', '.join(sorted(albs))} is named by AlbConfig {alb_config} and by {', '.join(others)} too "
        "(spec.config.id), but the controller takes an ALB for one AlbConfig: what the other one says has no effect, "
        "or each deletes what the other has made; give each an ALB of its own"
    )
