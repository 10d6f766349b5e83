"""What the load balancer of a listener stops, before anything is touched: its edition, and who has it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.listener import AlbConfig
from alb_mtls.configuration.model import RootCaSettings, Settings
from alb_mtls.listeners.edition import edition_revert, refused_edition
from alb_mtls.listeners.ownership import OwnCa
from alb_mtls.listeners.reuse import is_done, is_in_doubt, without_effect
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.listeners.woken import woken
from alb_mtls.listing import listing
from alb_mtls.natural_order import natural
from alb_mtls.preflight.stopping import Warn
from alb_mtls.session import Session


def own_ca_of(settings: Settings) -> OwnCa:
    """Return what the stack's own CA is known by, of all generations."""
    trusted = _own_ca(settings, (settings.root_ca,))
    return replace(_own_ca(settings, settings.generations.root_cas), trusted=trusted)


def _own_ca(settings: Settings, root_cas: Iterable[RootCaSettings]) -> OwnCa:
    some = tuple(root_cas)
    return OwnCa(
        identifiers=tuple(one.identifier for one in some if one.identifier is not None),
        certificate_pems=tuple(one.certificate_pem for one in some if one.certificate_pem is not None),
        repository=settings.cas.repository if settings.cas.repository_owned else None,
        subjects=tuple(one.subject for one in some if one.subject is not None),
    )


class LoadBalancers:
    """Judges the load balancers of a stack's listeners; who switches off is stopped by none."""

    def __init__(self, settings: Settings, session: Session, warn: Warn) -> None:
        """Take the settings of the stack, what reaches cluster and cloud, and what takes warnings."""
        self._settings = settings
        self._session = session
        self._warn = warn
        self._warned: set[str] = set()

    def problems(self, snapshot: ListenerSnapshot) -> Iterator[str]:
        """Yield why an `up` must not write to a listener, and warn of what a run that goes on brings about."""
        if snapshot.albconfig is not None:
            yield from self._problems_of_reuse(snapshot, snapshot.albconfig)
            yield from self._problems_of_edition(snapshot, snapshot.albconfig)

    def _problems_of_reuse(self, snapshot: ListenerSnapshot, albconfig: AlbConfig) -> Iterator[str]:
        both = snapshot.shared_alb
        if both is not None and snapshot.load_balancer is None:
            # Its controller has refused it, most likely.
            yield both
        elif both is not None:
            self._warn_once(both)
        unheard = without_effect(albconfig, snapshot.key, snapshot.alb_listeners)
        if unheard is None or is_done(albconfig, snapshot.key, snapshot.alb_listeners):
            return
        if self._settings.enabled and not is_in_doubt(albconfig, snapshot.alb_listeners):
            yield unheard
        else:
            self._warn_once(unheard)

    def _problems_of_edition(self, snapshot: ListenerSnapshot, albconfig: AlbConfig) -> Iterator[str]:
        alb, enabled = snapshot.load_balancer, self._settings.enabled
        if alb is None:
            return
        refused = refused_edition(alb, self._settings.alb_editions) if enabled else None
        if refused is not None:
            yield f"{snapshot.key.label}: {refused}"
        revert = edition_revert(albconfig, alb)
        if revert is None:
            return
        if enabled and not self._surely_stays(snapshot):
            yield revert.text
        else:
            self._warn_once(revert.text if enabled else f"{revert.text}; switching off is not stopped by it")

    def warn_of_woken(self, snapshots: Iterable[ListenerSnapshot]) -> None:
        """Warn of what any write to the AlbConfigs changes on their ALBs beside the fields of this program."""
        ours = [one.key for one in self._settings.listeners]
        alike: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        for name, one in {each.key.alb_config: each for each in snapshots}.items():
            if one.albconfig is None or one.load_balancer is None:
                continue
            lines = woken(one.albconfig, one.load_balancer, one.alb_listeners, ours=ours)
            if lines:
                alike.setdefault(tuple(lines), []).append((name, one.load_balancer.load_balancer_id))
        for changes, named in alike.items():
            names, albs = (listing(sorted(some, key=natural)) for some in zip(*named, strict=True))
            s, it = ("", "it") if len(named) == 1 else ("s", "one of them")
            self._warn(
                f"AlbConfig{s} {names}: with the next write to {it}, by this program or by whoever it is, the "
                f"controller sets ALB {albs} to what the AlbConfig says; add to the AlbConfig what should stay:",
                *(f"  {line}" for line in changes),
            )

    def _warn_once(self, sentence: str) -> None:
        if sentence not in self._warned:
            self._warned.add(sentence)
            self._warn(sentence)

    def _surely_stays(self, snapshot: ListenerSnapshot) -> bool:
        """Say whether an `up` will surely write nothing to the listener: it stands, with the CA that is to be there."""
        settings, state = self._settings, snapshot.state
        headers, write = settings.identity_headers_of(snapshot.key), settings.write_of(snapshot.key)
        if state is None or snapshot.will_change(enabled=settings.enabled, headers=headers, write=write):
            return False
        if any(one.take_over for one in settings.listeners if one.key == snapshot.key):
            # Whether there is anything left to take, only the state knows.
            return False
        own_ca, cas = own_ca_of(settings), partial(self._session.cas, settings.cas.endpoint)
        try:
            return all(own_ca.is_of_this_generation(one, cas) for one in state.identifiers)
        except CloudError:
            return False
