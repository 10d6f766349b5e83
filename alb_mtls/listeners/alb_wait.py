"""Waiting for the ALB to do what an attempt has written into the AlbConfig."""

from collections.abc import Sequence
from contextlib import suppress

from alb_mtls.aliyun.alb_models import Listener, same_identifier
from alb_mtls.aliyun.errors import DeadlinePassed
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.identity_headers import HeaderFields
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners import header_keys
from alb_mtls.listeners.attempt import Ground
from alb_mtls.listeners.controller_diagnosis import ControllerWarnings
from alb_mtls.listeners.desired import alb_follows, is_among
from alb_mtls.listeners.refusal import headers_edited_meanwhile
from alb_mtls.listeners.swap import kept_cas, label_of


def wait_for_alb(ground: Ground, headers: HeaderFields, alb_id: str, warnings: ControllerWarnings) -> Listener:
    """Wait until the ALB API shows what the AlbConfig says.

    A listener that is off must let go of what was replaced, which could not be deleted from CAS otherwise; of another
    generation, which stays there, only as long as there is time.

    Args:
        ground: where the attempt writes.
        headers: keys of identity headers as they were written; `REMOVED` is a value.
        alb_id: of the load balancer.
        warnings: what the controller reports meanwhile.

    Raises:
        OperationFailed: it did not in time, with cause and remedy.
        CloudError, ClusterError: the ALB API, or the cluster, did not answer.
    """
    inputs = ground.inputs
    last: Listener | None = None
    replaced = [one for one in inputs.known if not same_identifier(one, inputs.ca_identifier)]

    def follows(shown: Listener, lets_go_of: Sequence[str]) -> bool:
        return alb_follows(
            shown,
            enabled=inputs.enabled,
            ca_identifiers=[inputs.ca_identifier],
            lets_go_of=lets_go_of,
            handshakes_follow=inputs.proof.mode == "required",
        ) and header_keys.alb_shows(shown, headers)

    def until(shown: Listener) -> bool:
        nonlocal last
        last = shown
        return follows(shown, replaced)

    try:
        return ground.alb.wait_for(
            alb_id,
            meanwhile=warnings.watch(inputs.listener, [inputs.ca_identifier]),
            port=inputs.listener.port,
            protocol=inputs.listener.protocol,
            until=until,
            describe=(
                f"request client certificates of CA {inputs.ca_identifier}"
                if inputs.enabled
                else "stop requesting client certificates"
            ),
            deadline_seconds=inputs.proof.deadline_seconds,
        )
    except DeadlinePassed as error:
        _refuse_edited_headers(ground, headers)
        if last is None:
            sentence = f"{error}; {warnings.why(inputs, last, alb_id)}"
            raise OperationFailed(sentence) from None
        deleted_next = [one for one in replaced if not is_among(one, kept_cas(inputs))]
        if not inputs.enabled and follows(last, deleted_next):
            return last
        sentence = f"{_missing(ground, headers, last, replaced) or error}; {warnings.why(inputs, last, alb_id)}"
        raise OperationFailed(sentence) from None


def _refuse_edited_headers(ground: Ground, headers: HeaderFields) -> None:
    """Stop where somebody changed a key of headers meanwhile: then the ALB does what the AlbConfig says by now."""
    key = ground.inputs.listener
    with suppress(ClusterError):
        albconfig = ground.kube.albconfig(key.alb_config)
        _, there = ground.situation(albconfig)
        if keys := header_keys.changed_since(there, headers):
            raise headers_edited_meanwhile(there, albconfig, key, keys, wrote=headers)


def _missing(ground: Ground, headers: HeaderFields, last: Listener, replaced: Sequence[str]) -> str:
    """Return what the ALB does not do, beside what was asked of it; mostly nothing."""
    inputs = ground.inputs
    within = f"within {inputs.proof.deadline_seconds} s"
    wrong = header_keys.headers_not_shown(last, headers)
    if wrong:
        shown = header_keys.describe(wrong, header_keys.shown_by(last))
        return (
            f"{inputs.listener.label}: the ALB API does not show the identity headers as they were written {within}: "
            f"{shown}, written was {header_keys.describe(wrong, headers)}"
        )
    kept = [one for one in last.ca_identifiers if is_among(one, replaced)]
    if kept and last.ca_enabled == inputs.enabled:
        labels = ", ".join(label_of(one, inputs) for one in kept)
        return (
            f"{inputs.listener.label}: the ALB did not let go of {labels} {within}, in whose place the AlbConfig names "
            f"CA {inputs.ca_identifier}"
        )
    return ""
