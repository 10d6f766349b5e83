"""What the program finds out before it registers anything: refusals first, then what a change would mean.

A missing listener, a Basic edition or a foreign claim must be refused before the CA is uploaded, and a preview runs no
provider method that could say so. So the program itself reads the cluster and the ALB API, and writes nothing
(docs/decisions/2026-11-23-the-program-looks-first.md).
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

import pulumi

from alb_mtls.aliyun.alb import AlbClient, LoadBalancer
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.claim import read_claim
from alb_mtls.cluster.errors import (
    BadKubeconfig,
    ClusterError,
    DeadlinePassed,
    Forbidden,
    Unauthorized,
    UnexpectedReply,
    Unreachable,
)
from alb_mtls.cluster.hosts import bypasses, hosts_on_listener, other_field_managers
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import find_listener, listener_problems, state_of
from alb_mtls.configuration.model import ListenerSettings, Settings
from alb_mtls.configuration.problems import SettingsError
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.desired import basic_edition, load_balancer_id, without_host
from alb_mtls.listeners.ownership import refuse_if_owned_by_others
from alb_mtls.listeners.snapshot import Seen
from alb_mtls.redaction import redact
from alb_mtls.session import Session
from components.preflight.reachability import refuse_unreachable_listeners

# The cluster cannot be asked, fails, or not by this user; everything else it answers is about one listener.
_OUT_OF_REACH = (Unreachable, BadKubeconfig, Forbidden, Unauthorized, DeadlinePassed, UnexpectedReply)


def look(settings: Settings, kubeconfig: str | None) -> list[Seen]:
    """Look at every listener of the stack.

    Args:
        settings: of the stack.
        kubeconfig: content, when the cluster is named by id; None leaves it to configuration and KUBECONFIG.

    Raises:
        pulumi.RunError: names everything that must be put right, by key. In a preview a cluster or cloud that does
            not answer is no error, but a line that says so; so is what only an `up` needs.
    """
    scene = _Scene(settings, Session(settings.access.get), kubeconfig)
    problems = list(_problems_of_purchased(settings, scene))
    seen = []
    for index, listener in enumerate(settings.listeners):
        try:
            one = scene.seen(listener)
        except (CloudError, *_OUT_OF_REACH) as error:
            _tell_out_of_reach(listener.label, error)
            one = Seen(settings=listener)
        except (ClusterError, OperationFailed) as error:
            problems.append(f"listeners[{index}]: {error}")
            continue
        problems += [f"listeners[{index}]: {problem}" for problem in _needed_by_up(settings, one)]
        seen.append(one)
    if problems:
        raise pulumi.RunError(str(SettingsError(problems)))
    refuse_unreachable_listeners(settings, seen)
    return seen


def _tell_out_of_reach(what: str, error: Exception) -> None:
    # The cloud names who it refused by the access key id.
    told = redact(str(error))
    if not pulumi.runtime.is_dry_run():
        sentence = f"{told}\nNothing was touched."
        raise pulumi.RunError(sentence) from None
    pulumi.log.warn(f"{what}: not looked at, so this preview tells less: {told}")


def _problems_of_purchased(settings: Settings, scene: "_Scene") -> Iterator[str]:
    """Yield why a purchased root CA cannot be bound; without cas.endpoint nobody can be asked."""
    identifier, endpoint = settings.root_ca.identifier, settings.cas.endpoint
    if identifier is None or not endpoint:
        return
    try:
        found = scene.cas.describe(identifier)
    except CloudError as error:
        if settings.enabled:
            _tell_out_of_reach("rootCa.identifier", error)
        else:
            pulumi.log.warn(f"rootCa.identifier: not looked up: {redact(str(error))}")
        return
    if found is not None:
        return
    sentence = (
        f"rootCa.identifier: CAS has no certificate {identifier} at cas.endpoint {endpoint}; correct one of the two"
    )
    if settings.enabled:
        yield from _told(sentence)
    else:
        # A CA that is gone must not keep anybody from opening the door that it shut.
        pulumi.log.warn(sentence)


def _needed_by_up(settings: Settings, one: Seen) -> Iterator[str]:
    """Yield what keeps an `up` from proving the listener; one that stays as it is needs no proof."""
    if not one.changes(enabled=settings.enabled) or settings.proof.mode != "required":
        return
    if settings.proof.host or one.host:
        return
    yield from _told(without_host(one.settings.key.label))


def _told(problem: str) -> Iterator[str]:
    """Yield a problem of an `up`; in a preview it is a line, since that may well run before things are in place."""
    if pulumi.runtime.is_dry_run():
        pulumi.log.warn(f"an up would stop here: {problem}")
    else:
        yield problem


class _Scene:
    """The cluster and the ALB API; what routes to listeners is listed once for all of them."""

    def __init__(self, settings: Settings, session: Session, kubeconfig: str | None) -> None:
        self._settings = settings
        self._session = session
        self._kubeconfig = kubeconfig

    @cached_property
    def _kube(self) -> KubeClient:
        return self._session.kube(self._kubeconfig)

    @cached_property
    def _alb(self) -> AlbClient:
        # Not before it is needed: without a credential there is no client, and a preview goes on without.
        return self._session.alb(self._settings.alb_endpoint, self._settings.region)

    @cached_property
    def cas(self) -> CasClient:
        """The CAS site of the stack."""
        return self._session.cas(self._settings.cas.endpoint)

    @cached_property
    def _routing(self) -> dict[str, list[dict[str, Any]]]:
        return {"ingresses": self._kube.ingresses(), "ingress_classes": self._kube.ingress_classes()}

    @cached_property
    def _targets(self) -> dict[str, list[dict[str, Any]]]:
        return {"albconfigs": self._kube.albconfigs(), "services": self._kube.services()}

    def seen(self, listener: ListenerSettings) -> Seen:
        """Return what is to be told about a listener.

        Raises:
            ClusterError, CloudError, OperationFailed: it cannot be switched, or cannot be asked.
        """
        albconfig = self._kube.albconfig(listener.alb_config)
        ref = find_listener(albconfig, listener.key)
        state = state_of(ref.element)
        problems = listener_problems(albconfig, ref)
        if problems:
            sentence = f"{listener.key.label}: {'; '.join(problems)}"
            raise OperationFailed(sentence)
        claim = read_claim(albconfig, listener.key)
        refuse_if_owned_by_others(self._settings, listener, claim, state, lambda: self.cas)
        load_balancer = self._load_balancer(albconfig, listener)
        seen = Seen(
            settings=listener,
            state=state,
            claimed=claim is not None,
            hosts=tuple(hosts_on_listener(listener.key, **self._routing)),
            findings=tuple(
                bypasses(
                    albconfig,
                    listener.key,
                    albconfigs=self._targets["albconfigs"],
                    ingresses=self._routing["ingresses"],
                    ingress_classes=self._routing["ingress_classes"],
                    services=self._targets["services"],
                    also_protected=[one.key for one in self._settings.listeners],
                )
            ),
            writers=tuple(other_field_managers(albconfig)),
        )
        if load_balancer is None:
            return seen
        addresses = (load_balancer.dns_name,) if load_balancer.dns_name else ()
        return replace(seen, edition=load_balancer.edition, addresses=addresses)

    def _load_balancer(self, albconfig: dict[str, Any], listener: ListenerSettings) -> LoadBalancer | None:
        """Return the ALB; None in a preview without the cloud, which has the cluster to tell of all the same."""
        alb_id = load_balancer_id(albconfig)
        try:
            found = self._alb.load_balancer(alb_id)
        except CloudError as error:
            _tell_out_of_reach(f"{listener.label}: the ALB", error)
            return None
        if self._settings.enabled and not found.authenticates_clients:
            raise OperationFailed(basic_edition(listener.key.label, found.load_balancer_id))
        return found
