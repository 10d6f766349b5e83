"""What is no longer as the last `up` left it, one finding each. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from alb_mtls.aliyun.alb import Listener
from alb_mtls.aliyun.alb_models import STOPPED
from alb_mtls.aliyun.cas_models import DescribedCertificate
from alb_mtls.aliyun.certificates import same_certificate
from alb_mtls.cluster.allowed_hosts import unexpected, unexpected_hosts
from alb_mtls.cluster.claim import copied_claim, read_claim
from alb_mtls.cluster.claim_errors import AnotherCaBound, ListenerEdited, MalformedClaim, NewerClaim
from alb_mtls.cluster.controller_events import how_made_again
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.field_managers import last_writer
from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.hold import read_hold
from alb_mtls.cluster.hosts import ListenerHost
from alb_mtls.cluster.identity_headers import header_fields_of, headers_in, same_key
from alb_mtls.cluster.listener import Meaning, fields_of, find_listener, meaning_of, switch_text
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.desired import refuse_unfit, same_identifiers
from alb_mtls.listeners.drift import stopped_at
from alb_mtls.listeners.edition import edition_revert
from alb_mtls.listeners.header_keys import describe, headers_not_shown, shown_by
from alb_mtls.listeners.situation import Holder, situation_at, situation_of
from ops.current_listeners import CurrentListener
from ops.findings import OpsFindingCode
from ops.git_owned import remedy_of
from ops.other_writers import other_writers
from ops.state_records import DeployedListener

_REPAIR = "`pulumi preview` shows what differs; `pulumi up` repairs and proves it"


def drift_findings(listener: CurrentListener) -> list[Finding]:
    """Return what differs between the state and what is found; nothing about what is not known."""
    deployed, snapshot = listener.deployed, listener.snapshot
    stops = list(_hosts(deployed, snapshot.hosts))
    if snapshot.albconfig is not None and snapshot.load_balancer is not None:
        revert = edition_revert(snapshot.albconfig, snapshot.load_balancer)
        stops += [] if revert is None else [revert]
    findings = [*_held(deployed, snapshot.hold), *stops]
    if deployed.enabled is None:
        return findings
    what_an_up_does = _what_an_up_does(deployed, snapshot.albconfig, stops if deployed.enabled else ())
    if snapshot.albconfig is not None:
        findings += (_with(what_an_up_does, one) for one in _in_cluster(deployed, snapshot.albconfig))
        # Whoever writes for Git is to write.
        findings += [] if deployed.is_of_git else other_writers(deployed, snapshot.albconfig)
    if snapshot.load_balancer is not None:
        on_alb = [*_on_alb(deployed, snapshot.on_alb), *_headers_on_alb(deployed, snapshot.on_alb)]
        findings += (_with(what_an_up_does, _because(one, snapshot.shared_alb)) for one in on_alb)
    if snapshot.ca_searched:
        findings += _in_cas(deployed, snapshot.ca)
    return findings


def _what_an_up_does(deployed: DeployedListener, albconfig: dict[str, Any] | None, stops: Sequence[Finding]) -> str:
    """Return whether an `up` repairs a listener, or where it stops, by what decides that in the `up` itself.

    Args:
        deployed: the listener.
        albconfig: as it was read; None when it could not be.
        stops: what stops an `up` that requests certificates, whatever the fields are.
    """
    inputs, last = deployed.desired, deployed.switch
    if deployed.is_of_git:
        return remedy_of(deployed)
    if albconfig is None or inputs is None or last is None:
        return _REPAIR
    if read_hold(albconfig, deployed.key) is not None:
        return _when_over(deployed)
    stopped: ClusterError | OperationFailed | None
    try:
        refuse_unfit(albconfig, find_listener(albconfig, deployed.key))
        _, there = situation_at(inputs, last, albconfig)
        stopped = stopped_at(inputs, last, albconfig, there)
    except (ClusterError, OperationFailed) as error:
        stopped = error
    if stopped is None:
        return f"no `pulumi up` repairs it before this: {stops[0].remedy}" if stops else _REPAIR
    what = stopped.remedy if isinstance(stopped, AnotherCaBound | ListenerEdited) else str(stopped)
    return f"no `pulumi up` undoes it, each stops there: {what}"


def _when_over(deployed: DeployedListener) -> str:
    # Another stack may be selected, whose cluster has a listener of the same name.
    stack = deployed.claim.owner.rpartition("/")[2]
    return f"when it is over: python -m ops resume {deployed.key.output_key} --stack {stack}"


def _with(remedy: str, finding: Finding) -> Finding:
    return replace(finding, remedy=remedy) if finding.remedy == _REPAIR else finding


def _held(deployed: DeployedListener, reason: str | None) -> Iterator[Finding]:
    if reason is not None:
        evidence = f"a person holds it, so no up, roll-back or destroy writes to it: {reason}"
        yield _found(OpsFindingCode.LISTENER_HELD, deployed, evidence, _when_over(deployed))


def _hosts(deployed: DeployedListener, hosts: Sequence[ListenerHost] | None) -> Iterator[Finding]:
    allowed = None if deployed.desired is None else deployed.desired.allowed_hosts
    if not deployed.enabled or allowed is None or hosts is None:
        return
    if others := unexpected(hosts, allowed):
        yield unexpected_hosts(deployed.key, others)


def _in_cluster(deployed: DeployedListener, albconfig: dict[str, Any]) -> Iterator[Finding]:
    if albconfig["metadata"]["uid"] != deployed.claim.uid:
        yield _found(OpsFindingCode.DRIFT, deployed, "the AlbConfig was deleted and created again since the last up")
    fields = fields_of(find_listener(albconfig, deployed.key).element)
    stands = meaning_of(fields)
    if stands.malformed:
        yield _found(OpsFindingCode.DRIFT, deployed, str(stands))
    was, by = _written(deployed, albconfig)
    if stands.enabled is not deployed.enabled:
        edited = _edited(by, None if was is None else was.enabled, stands.enabled, desired=deployed.enabled)
        if deployed.enabled:
            evidence = f"caEnabled is {switch_text(fields)} in the AlbConfig, desired is true{edited}"
            yield _found(OpsFindingCode.NOT_ENFORCED, deployed, evidence)
        else:
            evidence = f"caEnabled is true in the AlbConfig although the stack is disabled{edited}"
            yield _found(OpsFindingCode.DRIFT, deployed, evidence)
    desired = (str(deployed.ca_identifier),)
    # What Git lists on a listener that is off concerns nobody.
    if stands.identifiers != desired and (deployed.enabled or not deployed.is_of_git):
        edited = _edited(by, None if was is None else was.identifiers, stands.identifiers, desired=desired)
        evidence = f"caCertificates holds {_listed(stands.identifiers)}, desired is {_listed(desired)}{edited}"
        yield _found(FindingCode.UNEXPECTED_CA, deployed, evidence)
    yield from _headers(deployed, albconfig)
    yield from _claim(deployed, albconfig)


def _written(deployed: DeployedListener, albconfig: dict[str, Any]) -> tuple[Meaning | None, str]:
    """Return what this stack wrote into the two fields, by its claim, and who wrote last beside it, and when."""
    try:
        claim = read_claim(albconfig, deployed.key)
    except (MalformedClaim, NewerClaim):
        claim = None
    return (None, "") if claim is None else (meaning_of(claim.written), last_writer(albconfig, claim))


def _edited(by: str, was: Any, stands: Any, *, desired: Any) -> str:
    """Return that somebody changed a field since this stack wrote it, as the end of a sentence; or nothing.

    Args:
        by: who wrote the listeners last beside this stack, and when.
        was: what this stack wrote; None when that is not known.
        stands: what is there.
        desired: which the sentence names already.
    """
    if was is None or was == stands:
        return ""
    wrote = (
        "" if was == desired else f"this stack wrote {_listed(was) if isinstance(was, tuple) else str(was).lower()}; "
    )
    return f"; {wrote}edited since this stack wrote it, last by {by}"


def _headers(deployed: DeployedListener, albconfig: dict[str, Any]) -> Iterator[Finding]:
    goal = deployed.headers
    stands = header_fields_of(find_listener(albconfig, deployed.key).element)
    wrong = [one for one in headers_in(goal) if not same_key(stands.get(one), goal[one])]
    if wrong:
        evidence = f"of xForwardedForConfig, {describe(wrong, stands)}, desired is {describe(wrong, goal)}"
        yield _found(OpsFindingCode.DRIFT, deployed, evidence)


def _claim(deployed: DeployedListener, albconfig: dict[str, Any]) -> Iterator[Finding]:
    claimed = deployed.claim
    try:
        there = situation_of(
            albconfig,
            find_listener(albconfig, deployed.key),
            deployment=claimed.deployment,
            token=deployed.token,
            ours=claimed.known,
            found=None,
        )
    except (MalformedClaim, NewerClaim) as error:
        yield _found(OpsFindingCode.DRIFT, deployed, str(error))
        return
    claim, switch = there.claim, deployed.switch
    if deployed.is_of_git and there.holder is not Holder.ANOTHER_DEPLOYMENT:
        if claim is not None:
            evidence = "a claim of this stack (an annotation) is left, although Git owns the AlbConfig"
            yield _found(OpsFindingCode.DRIFT, deployed, evidence, "run `pulumi up`, which removes it")
        return
    if claim is None:
        evidence = "the claim of this stack (an annotation) was removed"
        if copied_claim(albconfig, deployed.key) is not None:
            evidence = "the claim (an annotation) came with a copy of another AlbConfig and does not count"
        yield _found(OpsFindingCode.DRIFT, deployed, evidence)
    elif there.holder is Holder.ANOTHER_DEPLOYMENT:
        evidence = f"the listener is claimed by stack {claim.owner} (deployment {claim.deployment})"
        yield _found(OpsFindingCode.DRIFT, deployed, evidence)
    elif there.holder is Holder.ANOTHER_CLAIM:
        yield _found(OpsFindingCode.DRIFT, deployed, "the claim of this deployment is not the one in the state")
    elif switch is not None and claim.attempt != switch.attempt:
        evidence = "a run began to change the listener and did not end as planned"
        yield _found(OpsFindingCode.DRIFT, deployed, evidence)


def _on_alb(deployed: DeployedListener, found: Listener | None) -> Iterator[Finding]:
    if found is None:
        code = OpsFindingCode.NOT_ENFORCED if deployed.enabled else OpsFindingCode.DRIFT
        remedy = f"run `pulumi preview`, which shows why; {how_made_again(deployed.key.alb_config)}"
        yield _found(code, deployed, "the ALB has no such listener", remedy)
    elif deployed.enabled and not found.ca_enabled:
        evidence = f"the ALB requests no client certificate ({found.summary})"
        yield _found(OpsFindingCode.NOT_ENFORCED, deployed, evidence)
    elif not deployed.enabled and found.ca_enabled:
        evidence = f"the ALB requests a client certificate although the stack is disabled ({found.summary})"
        yield _found(OpsFindingCode.DRIFT, deployed, evidence)
    # What a listener that is switched off keeps bound is not looked at: no client is checked with it.
    elif deployed.enabled and not found.hides_ca and not _only(found.ca_identifiers, deployed.ca_identifier):
        evidence = (
            f"the ALB checks clients with CA {_listed(found.ca_identifiers)}, desired is {deployed.ca_identifier}"
        )
        yield _found(FindingCode.UNEXPECTED_CA, deployed, evidence)
    if found is not None and found.status == STOPPED:
        evidence = "it is stopped on the ALB, and serves nobody"
        yield _found(OpsFindingCode.DRIFT, deployed, evidence, "start it in the ALB console")


def _headers_on_alb(deployed: DeployedListener, found: Listener | None) -> Iterator[Finding]:
    missing = () if found is None else headers_not_shown(found, deployed.headers)
    if missing:
        shown = describe(missing, shown_by(found))
        evidence = f"identity headers on the ALB: {shown}, desired is {describe(missing, deployed.headers)}"
        yield _found(OpsFindingCode.DRIFT, deployed, evidence)


def _because(finding: Finding, cause: str | None) -> Finding:
    return finding if cause is None else replace(finding, evidence=f"{finding.evidence}; {cause}")


def _in_cas(deployed: DeployedListener, ca: DescribedCertificate | None) -> Iterator[Finding]:
    ours = deployed.ca_certificate_pem
    if ca is None:
        evidence = f"CAS no longer has the CA certificate {deployed.ca_identifier}"
        yield _found(FindingCode.UNEXPECTED_CA, deployed, evidence)
    elif ours is not None and not same_certificate(ca.pem, ours):
        evidence = f"CAS has another certificate than this stack's root CA under {deployed.ca_identifier}"
        yield _found(FindingCode.UNEXPECTED_CA, deployed, evidence)


def _only(identifiers: "tuple[str, ...] | list[str]", desired: str | None) -> bool:
    return desired is not None and same_identifiers(identifiers, [desired])


def _listed(identifiers: "tuple[str, ...] | list[str]") -> str:
    return ", ".join(identifiers) or "none"


def _found(
    code: OpsFindingCode | FindingCode, deployed: DeployedListener, evidence: str, remedy: str = _REPAIR
) -> Finding:
    return Finding(code=code, subject=deployed.key.label, evidence=evidence, remedy=remedy)
