"""Looking at every listener of a stack, in the cluster and at the ALB API: what is there, and what stops an `up`.

A missing listener, a Basic edition or a claim of another stack must be refused before the CA is uploaded, and a preview
runs no provider method that could refuse it. So the program itself looks, and writes nothing
(docs/decisions/2026-11-23-the-program-looks-first.md).
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.allowed_hosts import not_there, refusal_of
from alb_mtls.cluster.claim_errors import AnotherCa, ListenerHeld
from alb_mtls.cluster.controller_version import NAMESPACE, OLDEST_TEXT, controller_images, too_old
from alb_mtls.cluster.errors import (
    BadKubeconfig,
    ClusterError,
    DeadlinePassed,
    Forbidden,
    Unauthorized,
    UnexpectedReply,
    Unreachable,
)
from alb_mtls.cluster.hold import read_hold
from alb_mtls.cluster.listener import ListenerState, find_listener, state_of
from alb_mtls.configuration.model import ListenerSettings, Settings
from alb_mtls.errors import OperationFailed
from alb_mtls.imports import import_turn
from alb_mtls.listeners.desired import refuse_unfit, without_host
from alb_mtls.listeners.ownership import others_on
from alb_mtls.listeners.reads import Reads
from alb_mtls.listeners.snapshot import ListenerQuery, ListenerSnapshot, Object
from alb_mtls.listeners.snapshot_taker import SnapshotTaker
from alb_mtls.listeners.unmade import unmade
from alb_mtls.listing import listing
from alb_mtls.preflight.load_balancer import LoadBalancers, own_ca_of
from alb_mtls.preflight.meanwhile import rejection_meanwhile
from alb_mtls.preflight.stopping import OutOfReach, Warn, stops_up
from alb_mtls.session import Session

# The cluster does not answer, fails, or rejects this user; everything else it answers is about one listener.
_OUT_OF_REACH = (CloudError, Unreachable, BadKubeconfig, Forbidden, Unauthorized, DeadlinePassed, UnexpectedReply)


@dataclass(frozen=True, kw_only=True)
class LookedAt:
    """One listener, and what stops an `up` there.

    Attributes:
        index: among the listeners of the stack.
        problems: a sentence each, which begins with the key of the listener.
    """

    index: int
    listener: ListenerSettings
    snapshot: ListenerSnapshot
    problems: tuple[str, ...]


class Look:
    """Looks at a stack's listeners; what it says besides its results, whoever made it prints or collects."""

    def __init__(
        self,
        settings: Settings,
        session: Session,
        kubeconfig: str | None,
        *,
        warn: Warn,
        out_of_reach: OutOfReach,
        on_alb: bool = False,
        reads: Reads | None = None,
    ) -> None:
        """Take what it works with.

        Args:
            settings: of the stack. In a preview what only an `up` needs is no problem but a warning.
            session: reaches cluster and cloud.
            kubeconfig: content, when the cluster is named by id; None leaves it to configuration and KUBECONFIG.
            warn: takes what stops nothing.
            out_of_reach: takes what the cluster or the cloud did not answer.
            on_alb: read each listener from the ALB API too, which nothing that stops an `up` needs.
            reads: that are shared with whoever else looks.
        """
        self._settings = settings
        self._on_alb = on_alb
        self._reads = reads or Reads()
        self._kubeconfig = kubeconfig
        self._session = session
        self._warn = warn
        self._out_of_reach = out_of_reach
        self._load_balancers = LoadBalancers(settings, session, warn)
        self._taker = SnapshotTaker(session, self._reads)

    def begin(self) -> None:
        """Begin, side by side, to read what the steps read."""
        self._reads.begin(*self._read_of_controller())
        self._taker.begin(map(self._query, self._settings.listeners))

    def at_purchased_ca(self) -> list[str]:
        """Return why a purchased root CA cannot be bound."""
        if all(one.identifier is None for one in self._settings.root_cas):
            return []
        # It judges clients by what a proof does, which no other stack needs in a preview.
        with import_turn:
            from alb_mtls.preflight.purchased_root_cas import PurchasedRootCas

        return list(PurchasedRootCas(self._settings, self._session, self._warn, self._out_of_reach).problems())

    def at_listeners(self) -> list[LookedAt]:
        """Return what is found of each listener, in order."""
        found = []
        for index, listener in enumerate(self._settings.listeners):
            snapshot = self._taker.take(self._query(listener))
            problems = tuple(f"listeners[{index}]: {problem}" for problem in self._problems(listener, snapshot))
            found.append(LookedAt(index=index, listener=listener, snapshot=snapshot, problems=problems))
        beside = self._taker.beside(self._kubeconfig, {one.key for one in self._settings.listeners})
        return [replace(one, snapshot=replace(one.snapshot, beside=beside)) for one in found] if beside else found

    def at_controller(self, snapshots: Sequence[ListenerSnapshot]) -> list[str]:
        """Return why the controller cannot do its part; nothing where no AlbConfig was found."""
        return list(self._problems_of_controller()) if any(one.albconfig is not None for one in snapshots) else []

    def warn_of_woken(self, snapshots: Sequence[ListenerSnapshot]) -> None:
        """Warn of what any write to the AlbConfigs changes on their ALBs beside the fields of this program."""
        self._load_balancers.warn_of_woken(snapshots)

    def _query(self, listener: ListenerSettings) -> ListenerQuery:
        return ListenerQuery(
            key=listener.key,
            alb=self._settings.alb,
            kubeconfig=self._kubeconfig,
            # Any other CA of this stack has its identifier only after it was uploaded.
            ca_identifier=self._settings.root_ca.identifier,
            take_over=listener.take_over,
            protected=[one.key for one in self._settings.listeners],
            headers={
                one.key: () if one.identity_headers is None else tuple(one.identity_headers.names.values())
                for one in self._settings.listeners
            },
            on_alb=self._on_alb,
            details=True,
        )

    def _problems(self, listener: ListenerSettings, snapshot: ListenerSnapshot) -> Iterator[str]:
        """Yield why the listener cannot be switched; that a person keeps this program away comes first."""
        yield from self._holds(snapshot)
        for failure in snapshot.failures:
            if isinstance(failure, _OUT_OF_REACH):
                self._out_of_reach(listener.key.output_key, failure)
            else:
                yield str(failure)
        if snapshot.albconfig is None:
            return
        ref = find_listener(snapshot.albconfig, listener.key)
        try:
            refuse_unfit(snapshot.albconfig, ref)
            self._refuse_anothers_ca(listener, snapshot, state_of(ref.element))
        except CloudError as error:
            self._out_of_reach(listener.key.output_key, error)
        except (ClusterError, OperationFailed) as error:
            yield str(error)
            return
        yield from self._unexpected_hosts(listener, snapshot)
        if self._lacks_host(snapshot):
            yield from stops_up(self._settings, self._warn, without_host(listener.key.label))
        sentence, claim = rejection_meanwhile(self._settings, listener, snapshot), snapshot.claim()
        # Under another name it may be another deployment's, or this one's renamed: the anchor knows.
        if sentence is not None and claim is not None and claim.owner == self._settings.owner:
            yield sentence
        yield from self._load_balancers.problems(snapshot)
        yield from self._unmade(snapshot)

    def _unexpected_hosts(self, listener: ListenerSettings, snapshot: ListenerSnapshot) -> Iterator[str]:
        """Yield which hosts must not be on it; who switches off is not stopped, and nobody is locked out then."""
        allowed, hosts = listener.hosts, snapshot.hosts
        if allowed is None or hosts is None or not self._settings.enabled:
            return
        refused = refusal_of(listener.key, hosts, allowed)
        if refused is not None:
            yield str(refused)
        if idle := not_there(hosts, allowed):
            self._warn(f"{listener.key.label}: `hosts` allows {listing(idle)}, which no Ingress has on it")

    def _unmade(self, snapshot: ListenerSnapshot) -> Iterator[str]:
        """Yield that the ALB has no such listener, unless nobody is to ask it; who switches off is not stopped."""
        if self._settings.proof.mode == "off":
            return
        sentence = unmade(snapshot, self._session.kube(self._kubeconfig))
        if sentence is None:
            return
        if self._settings.enabled:
            yield from stops_up(self._settings, self._warn, sentence)
        else:
            self._warn(sentence)

    def _holds(self, snapshot: ListenerSnapshot) -> Iterator[str]:
        reason = None if snapshot.albconfig is None else read_hold(snapshot.albconfig, snapshot.key)
        if reason is not None:
            yield from stops_up(
                self._settings, self._warn, str(ListenerHeld(snapshot.key, reason, owner=self._settings.owner))
            )

    def _refuse_anothers_ca(self, listener: ListenerSettings, snapshot: ListenerSnapshot, state: ListenerState) -> None:
        """Refuse a CA that is surely not ours on a listener that nobody claims.

        Whose a claim is, the anchor decides: only the state has the id.
        """
        # What Git has is replaced by a commit, of which the preview says what it does.
        if snapshot.claim() is not None or listener.write == "none":
            return
        own_ca, cas = own_ca_of(self._settings), partial(self._session.cas, self._settings.cas.endpoint)
        others = others_on(
            state,
            take_over=listener.take_over,
            is_own_ca=lambda identifier: own_ca.is_meant_by(identifier, cas),
        )
        if others:
            raise AnotherCa(listener.key, identifiers=others)

    def _lacks_host(self, snapshot: ListenerSnapshot) -> bool:
        """Say whether an `up` could not prove the listener; one that stays as it is needs no proof."""
        settings = self._settings
        headers = settings.identity_headers_of(snapshot.key)
        write = settings.write_of(snapshot.key)
        changes = snapshot.will_change(enabled=settings.enabled, headers=headers, write=write)
        if settings.proof.mode != "required" or not changes:
            return False
        return snapshot.hosts is not None and (settings.proof.host or snapshot.host) is None

    def _problems_of_controller(self) -> Iterator[str]:
        """Yield why the controller cannot switch a listener on; nothing where its version is not visible."""
        try:
            images = controller_images(self._reads.get(*self._read_of_controller()))
        except ClusterError:
            # Nobody has to be allowed to read it; `python -m ops doctor` says how to look by hand.
            return
        for image in images:
            if image.of_ack and image.version is None:
                runs = f"the ALB Ingress Controller runs as {image.image}"
                self._warn(f"{runs}, whose tag is no version, so it is not judged; {OLDEST_TEXT} or later is needed")
            elif image.is_too_old and self._settings.enabled:
                yield str(too_old(image))
            elif image.is_too_old:
                # It must not keep anybody from switching off.
                self._warn(str(too_old(image)))

    def _read_of_controller(self) -> tuple[Hashable, Callable[[], list[Object]]]:
        return (self._kubeconfig, NAMESPACE), lambda: self._session.kube(self._kubeconfig).deployments(NAMESPACE)
