"""Listeners that a stack holds and that its configuration no longer has: an `up` gives them back. Pure.

A preview runs no delete, and the program does not know the state. So the claims in the cluster say which they are, and
what each was before. Where Git owns the AlbConfig there is no claim, and the CA that it names says it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from alb_mtls.cluster.claim import Claim, claims_in
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.hosts import ListenerHost
from alb_mtls.cluster.listener import (
    AlbConfig,
    ListenerState,
    fields_of,
    find_listener,
    listeners_of,
    meaning_of,
    name_of,
    port_text,
    state_of_fields,
    unit_of,
)
from alb_mtls.cluster.listener_key import CLAIM_PREFIX, ListenerKey, port_number
from alb_mtls.listeners.desired import is_among
from alb_mtls.listeners.named_in_git import missing
from alb_mtls.listeners.refusal import stopped_destroy
from alb_mtls.listeners.situation import situation_of
from alb_mtls.listeners.verdict import Verdict, on_destroy

HostsOf = Callable[[ListenerKey], tuple[ListenerHost, ...] | None]


@dataclass(frozen=True, kw_only=True)
class LeavingListener:
    """A listener that is not configured, as it is and as a delete of its claim leaves it.

    Attributes:
        deployment: that holds it; empty where nobody claims it, and only the CA that it names says whose it was.
        before: the two fields as the AlbConfig has them.
        given_back: what they are to be again.
        hosts: that share it; None when they are not known.
        stopped: why an `up` would stop at it, and change nothing of it; empty mostly.
    """

    key: ListenerKey
    deployment: str
    before: ListenerState
    given_back: ListenerState
    hosts: tuple[ListenerHost, ...] | None
    stopped: str = ""

    @property
    def rejects(self) -> bool:
        """Whether clients without a certificate are accepted now and rejected from then on."""
        return not self.stopped and not self.before.ca_enabled and bool(self.given_back.ca_enabled) and self.hosts != ()

    @property
    def no_longer_trusted(self) -> list[str]:
        """The CAs whose clients are accepted now and rejected from then on."""
        if self.stopped or not (self.before.ca_enabled and self.given_back.ca_enabled):
            return []
        return [one for one in self.before.identifiers if not is_among(one, self.given_back.identifiers)]

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts (docs/reference/report.md)."""
        return {
            **self.key.to_json(),
            "looked": True,
            "leaves": True,
            "changes": not self.stopped,
            "stopsUp": bool(self.stopped),
            "before": self.before.to_json(),
            "after": None,
            "givenBackTo": self.given_back.to_json(),
            "stopped": self.stopped or None,
            "rejectsClientsWithoutCertificate": self.rejects,
            "noLongerTrusted": self.no_longer_trusted,
            "rejectsClientsOfAnotherCa": False,
            "edition": None,
            "hosts": None if self.hosts is None else [one.to_json() for one in self.hosts],
            "allowedHosts": None,
            "takeOver": None,
            "identityHeaders": None,
            "owners": [],
            "otherWriters": [],
        }


def claimed_beside(
    albconfigs: Iterable[AlbConfig], configured: Collection[ListenerKey], hosts_of: HostsOf
) -> Iterator[LeavingListener]:
    """Yield listeners with a claim that are not configured, of every deployment: which is ours, the anchor knows.

    A listener that is gone has nothing to be given back, and a claim that cannot be read says nothing of it.

    Args:
        albconfigs: all of the cluster.
        configured: what the configuration has.
        hosts_of: gives the hosts of a listener.
    """
    for albconfig in albconfigs:
        for found in claims_in(albconfig):
            key = _key_of(name_of(albconfig), found.annotation)
            if key is None or key in configured or found.claim is None or found.is_copy:
                continue
            with suppress(ClusterError):
                yield _leaving(albconfig, key, found.claim, hosts_of)


def named_beside(
    albconfigs: Iterable[AlbConfig], configured: Collection[ListenerKey], hosts_of: HostsOf
) -> Iterator[LeavingListener]:
    """Yield listeners that name a CA, that nobody claims and that are not configured: whose the CA is, CAS knows.

    Args:
        albconfigs: all of the cluster.
        configured: what the configuration has.
        hosts_of: gives the hosts of a listener.
    """
    for albconfig in albconfigs:
        claimed = {_key_of(name_of(albconfig), found.annotation) for found in claims_in(albconfig) if not found.is_copy}
        for _, element in listeners_of(albconfig):
            port, state = port_number(port_text(element.get("port"))), state_of_fields(fields_of(element))
            if port is None or not state.identifiers:
                continue
            key = ListenerKey(alb_config=name_of(albconfig), port=port, protocol=str(element.get("protocol")).upper())
            if key not in configured and key not in claimed:
                yield LeavingListener(key=key, deployment="", before=state, given_back=state, hosts=hosts_of(key))


def leaving_of(
    listeners: Iterable[LeavingListener], *, deployment: str | None, doomed: Collection[str]
) -> Iterator[LeavingListener]:
    """Yield those that were of a stack, with what an `up` stops at where Git still names a CA that is deleted next.

    Args:
        listeners: claimed and named beside the configuration.
        deployment: id of the stack; None before its first `up`.
        doomed: identifiers of the CAs that it deletes, or has deleted.
    """
    for one in listeners:
        named = [each for each in one.before.identifiers if is_among(each, doomed)]
        if one.deployment:
            if one.deployment == deployment:
                yield one
        elif named:
            why = missing(one.key, named, is_on=bool(one.before.ca_enabled))
            unless = (
                "If the state of this stack has no such listener, somebody else wrote the CA there, and an up goes on"
            )
            yield replace(one, stopped=f"{why}. {unless}")


def _key_of(alb_config: str, annotation: str) -> ListenerKey | None:
    port, _, protocol = annotation.removeprefix(CLAIM_PREFIX).partition(".")
    number = port_number(port)
    return None if number is None else ListenerKey(alb_config=alb_config, port=number, protocol=protocol.upper())


def _leaving(albconfig: AlbConfig, key: ListenerKey, claim: Claim, hosts_of: HostsOf) -> LeavingListener:
    ref = find_listener(albconfig, key)
    there = situation_of(
        albconfig,
        ref,
        deployment=claim.deployment,
        token=claim.token,
        ours=meaning_of(claim.written).identifiers,
        found=None,
    )
    verdict = on_destroy(there)
    stopped = stopped_destroy(verdict, there, albconfig, key)
    fields = fields_of(ref.element)
    return LeavingListener(
        key=key,
        deployment=claim.deployment,
        before=state_of_fields(fields),
        given_back=state_of_fields(unit_of(claim.previous) if verdict is Verdict.RESTORE else fields),
        hosts=hosts_of(key),
        stopped="" if stopped is None else str(stopped),
    )
