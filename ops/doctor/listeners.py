"""Examining the configured listeners: in the AlbConfig, at the ALB, and the name that the ALB has."""

import socket
from collections.abc import Collection, Iterator
from typing import Final

from alb_mtls.aliyun.alb_models import LoadBalancer
from alb_mtls.aliyun.endpoints import EndpointError, region_in
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.hosts import unrouted
from alb_mtls.cluster.listener import find_listener
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.listener_problems import listener_problems
from alb_mtls.listener_resources import ProofSettings
from alb_mtls.listeners.edition import edition_revert, refused_edition
from alb_mtls.listeners.reuse import is_done, is_in_doubt, without_effect
from alb_mtls.listeners.snapshot import ListenerQuery, ListenerSnapshot
from alb_mtls.listeners.snapshot_taker import SnapshotTaker
from alb_mtls.listeners.woken import woken
from alb_mtls.resources import DOCUMENTED_EDITIONS, AlbApi
from alb_mtls.session import Session
from ops.configuration import Configuration
from ops.doctor.diagnosis import Line, fine, note, problem, stopping, unknown
from ops.doctor.headers import header_lines

DNS: Final = "DNS"


def examine_listeners(
    configuration: Configuration, session: Session, *, kubeconfig: str | None, cluster_answers: bool
) -> Iterator[Line]:
    """Look at each listener by what of the configuration can be read, where the preflight of an `up` cannot.

    Args:
        configuration: names them.
        session: reaches cluster and cloud.
        kubeconfig: content, when the cluster is named by id.
        cluster_answers: without it nothing can be found out, since the cluster names the ALB.
    """
    if not configuration.listeners:
        yield unknown("ALB", "no listener is configured", "name at least one under alb-mtls:listeners")
    taker, before = SnapshotTaker(session), set[Line]()
    for key in configuration.listeners:
        if not cluster_answers:
            yield not_looked_at(key)
            continue
        query = ListenerQuery(
            key=key, alb=configuration.alb, kubeconfig=kubeconfig, headers=configuration.headers, details=True
        )
        snapshot = taker.take(query)
        lines = (
            *listener_lines(
                snapshot,
                configuration.connect_to[key],
                configuration.alb_editions,
                configuration.listeners,
            ),
            *host_lines(snapshot, configuration.proof),
        )
        for line in lines:
            # What fails for one listener mostly fails for all.
            if line not in before:
                before.add(line)
                yield line


def not_looked_at(key: ListenerKey) -> Line:
    """Return the line of a listener whose cluster does not answer."""
    return unknown("ALB", f"{key.label} was not looked at, since the cluster does not answer")


def listener_lines(
    snapshot: ListenerSnapshot,
    connect_to: tuple[str, ...],
    editions: Collection[str] = DOCUMENTED_EDITIONS,
    ours: Collection[ListenerKey] = (),
) -> Iterator[Line]:
    """Yield what was found of a listener.

    Args:
        snapshot: of the listener.
        connect_to: where it is reached; empty for the ALB's own address.
        editions: as `alb.editions` has them.
        ours: all listeners of the stack, this one among them; none when it is the only one.
    """
    yield from _refusals(snapshot, editions)
    for sentence in snapshot.not_looked_at:
        yield note("bypasses", sentence)
    for finding in snapshot.bypasses:
        yield note("bypasses", f"{finding.subject}: {finding.evidence} ({finding.code})", finding.remedy)
    alb, albconfig = snapshot.load_balancer, snapshot.albconfig
    if alb is not None and albconfig is not None:
        for change in woken(albconfig, alb, snapshot.alb_listeners, ours=ours or [snapshot.key]):
            name = f"AlbConfig {snapshot.key.alb_config}, with the next write to it"
            yield note("ALB", f"{name}: {change}", "add it to the AlbConfig if it should stay")
    yield from standing_lines(snapshot, connect_to)


def standing_lines(snapshot: ListenerSnapshot, connect_to: tuple[str, ...]) -> Iterator[Line]:
    """Yield how a listener stands at its ALB, apart from what the preflight of an `up` looks for."""
    albconfig = snapshot.albconfig
    if albconfig is not None and not any(_in_albconfig(snapshot, albconfig)):
        yield fine("AlbConfig", f"{snapshot.key.label} is there and can be switched")
    if snapshot.load_balancer is not None:
        yield from _at_alb(snapshot, snapshot.load_balancer)
        yield from header_lines(snapshot)
        yield from _name(snapshot, connect_to)


def _refusals(snapshot: ListenerSnapshot, editions: Collection[str]) -> Iterator[Line]:
    """Yield what the preflight of an `up` finds too, in its own words."""
    if snapshot.albconfig is not None:
        yield from _in_albconfig(snapshot, snapshot.albconfig)
    for failure in snapshot.failures:
        topic = "ALB" if isinstance(failure, CloudError | EndpointError) else "AlbConfig"
        yield stopping(topic, str(failure))
    if snapshot.albconfig is not None:
        yield from _of_reuse(snapshot, snapshot.albconfig)
    alb = snapshot.load_balancer
    refused = None if alb is None else refused_edition(alb, editions)
    if refused is not None:
        yield stopping("ALB", refused)
    revert = None if alb is None or snapshot.albconfig is None else edition_revert(snapshot.albconfig, alb)
    if revert is not None:
        yield problem("ALB", f"{revert.subject}: {revert.evidence} ({revert.code})", revert.remedy)


def _in_albconfig(snapshot: ListenerSnapshot, albconfig: dict[str, object]) -> Iterator[Line]:
    label = snapshot.key.label
    for sentence in listener_problems(albconfig, find_listener(albconfig, snapshot.key)):
        yield stopping("AlbConfig", f"{label}: {sentence}")
    if snapshot.hold is not None:
        remedy = f"when it is over: python -m ops resume {snapshot.key.output_key}"
        yield stopping("AlbConfig", f"{label} is held, so an up writes nothing to it: {snapshot.hold}", remedy)


def _of_reuse(snapshot: ListenerSnapshot, albconfig: dict[str, object]) -> Iterator[Line]:
    if snapshot.shared_alb is not None:
        yield problem("ALB", snapshot.shared_alb)
    unheard = without_effect(albconfig, snapshot.key, snapshot.alb_listeners)
    if unheard is not None and not is_done(albconfig, snapshot.key, snapshot.alb_listeners):
        yield note("ALB", unheard) if is_in_doubt(albconfig, snapshot.alb_listeners) else problem("ALB", unheard)


def _at_alb(snapshot: ListenerSnapshot, load_balancer: LoadBalancer) -> Iterator[Line]:
    label, found = snapshot.key.label, snapshot.on_alb
    name = f"ALB {load_balancer.load_balancer_id}"
    if load_balancer.status != "Active":
        yield problem("ALB", f"{name} is {load_balancer.status}, not Active", "look at it in the ALB console")
    else:
        yield fine("ALB", f"{name} is of edition {load_balancer.edition} and Active")
    if found is None:
        yield problem("ALB", f"{label} is not on {name}", "look at the events of the AlbConfig")
    elif found.status != "Running":
        yield problem("ALB", f"{label} is {found.status}, not Running", "look again in a minute")
    else:
        yield fine("ALB", f"{label}: {found.summary}")


def _name(snapshot: ListenerSnapshot, connect_to: tuple[str, ...]) -> Iterator[Line]:
    key, name = snapshot.key, snapshot.address
    if connect_to:
        places = ", ".join(connect_to)
        yield fine(DNS, f"{key.label} is reached at {places} (connectTo), so no name was resolved")
        return
    if name is None:
        yield unknown(DNS, f"the ALB of {key.label} has no name yet")
        return
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(name, key.port, type=socket.SOCK_STREAM)}
    except OSError as error:
        remedy = "check this machine's resolver, or set connectTo to where the listener can be reached"
        yield problem(DNS, f"{name} has no address here: {error.strerror}", remedy)
        return
    yield fine(DNS, f"{name} is {', '.join(sorted(found))}")


def region_lines(snapshot: ListenerSnapshot, alb: AlbApi) -> Iterator[Line]:
    """Compare the region with the one in the name of the ALB, where the region decides which API is called."""
    status = (snapshot.albconfig or {}).get("status")
    balancer = status.get("loadBalancer") if isinstance(status, dict) else None
    name = str(balancer.get("dnsname") or "") if isinstance(balancer, dict) else ""
    there = region_in(name)
    if there is not None and alb.endpoint is None and there != alb.region:
        found = f"alicloud:region is {alb.region}, but that of {snapshot.key.label} is {there}: its ALB is {name}"
        yield stopping("ALB", found, f"set alicloud:region: {there}")


def host_lines(snapshot: ListenerSnapshot, proof: ProofSettings) -> Iterator[Line]:
    """Ask for `proof.host` where nobody has decided whose host a proof probes.

    Ingresses of several namespaces on one listener mean several tenants, and that is production: there one of them
    would decide it.
    """
    if proof.mode != "required" or snapshot.hosts is None:
        return
    if proof.host is not None:
        why = unrouted(snapshot.key.label, proof.host, snapshot.hosts)
        if why is not None:
            yield problem("proof", why, "set proof.host to one of them, or add it to an Ingress")
        return
    label, host, remedy = snapshot.key.label, snapshot.probed_host, "set proof.host to a host of your own"
    if host is None:
        yield stopping("proof", f"{label} has no host that a proof can probe", "set proof.host, or proof.mode: api")
        return
    found = f"a proof of {label} probes {host.host}, of Ingress {host.ingress_text}, since proof.host is not set"
    namespaces = sorted({one.namespace for one in snapshot.hosts})
    if len(namespaces) > 1:
        yield problem("proof", f"{found}; Ingresses of {', '.join(namespaces)} share the listener", remedy)
    else:
        yield note("proof", found, remedy)
