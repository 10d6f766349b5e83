"""What becomes of a listener: before and after, whom it concerns. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.hosts import ListenerHost
from alb_mtls.cluster.listener import ListenerState, find_listener
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.owners import Owner, besides
from alb_mtls.configuration.model import Settings
from alb_mtls.listener_resources import Write
from alb_mtls.listeners.desired import is_among
from alb_mtls.listeners.situation import situation_of
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.listeners.verdict import Verdict, on_up


@dataclass(frozen=True, kw_only=True)
class PlannedHeaders:
    """Names of the identity headers of a listener.

    Attributes:
        given_back: of those that are no longer configured, and go back to what they were.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    given_back: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PlannedListener:
    """One listener, as a look found it and as the configuration has it.

    Attributes:
        changes: whether an `up` does anything with it.
        before: the two fields as the AlbConfig has them.
        enabled: whether it is to request client certificates.
        ca_identifier: of the CA that it is to check them with; None while that is not in CAS.
        enforced: whether it checks them already with a CA of this stack.
        hosts: that share it; None when they are not known.
        probed: the host of its proof, for people; empty where handshakes prove nothing.
        bypasses: of it.
        owners: who keeps its AlbConfig elsewhere.
        field_managers: others that write its AlbConfig.
        not_proven: why nothing is proven of a listener that does not change; empty when it is, or is not known.
        stops_up: whether an `up` stops at it, since somebody has bound another CA; then nothing changes it.
        allowed_hosts: that may be on it by the configuration; None where that allows all.
        take_over: CA, or deployment, whose place on it this stack takes by the configuration; None for none.
        write: who changes it; with `none` a commit, which `changes` means too.
        is_committed: whether Git has brought what it is to be; means nothing of a listener that is patched.
        is_handed_over: whether this stack wrote what stands there, and from now on Git is to.
    """

    key: ListenerKey
    changes: bool
    before: ListenerState
    enabled: bool
    ca_identifier: str | None
    enforced: bool
    edition: str | None
    hosts: tuple[ListenerHost, ...] | None
    probed: str
    headers: PlannedHeaders
    bypasses: tuple[Finding, ...]
    owners: tuple[Owner, ...]
    field_managers: tuple[str, ...]
    not_proven: str = ""
    stops_up: bool = False
    allowed_hosts: tuple[str, ...] | None = None
    take_over: str | None = None
    write: Write = "patch"
    is_committed: bool = False
    is_handed_over: bool = False

    @property
    def no_longer_trusted(self) -> list[str]:
        """The CAs whose clients are accepted now, and rejected from then on."""
        if not (self.changes and self.enabled and self.before.ca_enabled):
            return []
        kept = [] if self.ca_identifier is None else [self.ca_identifier]
        return [one for one in self.before.identifiers if not is_among(one, kept)]

    @property
    def rejects(self) -> bool:
        """Whether clients without a certificate are accepted now and rejected from then on."""
        # An ALB has a CA to check them with, or requests none; of an empty list nobody knows what it does.
        checks = bool(self.before.ca_enabled and self.before.identifiers)
        # Hosts that could not be read may be there.
        return self.changes and self.enabled and not self.enforced and not checks and self.hosts != ()

    @property
    def rejects_others(self) -> bool:
        """Whether clients of a CA that this stack never bound are accepted now and rejected from then on."""
        return bool(self.no_longer_trusted) and not self.enforced and self.hosts != ()

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts."""
        return {
            **self.key.to_json(),
            "looked": True,
            "leaves": False,
            "changes": self.changes,
            "stopsUp": self.stops_up,
            "before": self.before.to_json(),
            "after": {
                "caEnabled": self.enabled if self.changes else self.before.ca_enabled,
                "caIdentifiers": (
                    list(self.before.identifiers)
                    if not self.changes
                    else None
                    if self.ca_identifier is None
                    else [self.ca_identifier]
                ),
            },
            "rejectsClientsWithoutCertificate": self.rejects,
            "noLongerTrusted": self.no_longer_trusted,
            "rejectsClientsOfAnotherCa": self.rejects_others,
            "edition": self.edition,
            "hosts": None if self.hosts is None else [one.to_json() for one in self.hosts],
            "allowedHosts": None if self.allowed_hosts is None else list(self.allowed_hosts),
            "takeOver": self.take_over,
            "identityHeaders": {
                "before": list(self.headers.before),
                "after": list(self.headers.after),
                "givenBack": list(self.headers.given_back),
            },
            "owners": [one.to_json() for one in self.owners],
            "otherWriters": list(self.field_managers),
        }


def not_looked_at(key: ListenerKey, *, changes: bool) -> dict[str, Any]:
    """Return for scripts a listener whose AlbConfig could not be read, so that nothing is known of it.

    Args:
        key: of the listener.
        changes: whether an `up` changes it, as far as the state says.
    """
    return {
        **key.to_json(),
        "looked": False,
        "leaves": False,
        "changes": changes,
        "before": None,
        "after": None,
        "stopsUp": None,
        "rejectsClientsWithoutCertificate": None,
        "noLongerTrusted": None,
        "rejectsClientsOfAnotherCa": None,
        "edition": None,
        "hosts": None,
        "allowedHosts": None,
        "takeOver": None,
        "identityHeaders": None,
        "owners": [],
        "otherWriters": [],
    }


def planned(
    settings: Settings,
    snapshot: ListenerSnapshot,
    *,
    changes: bool,
    ca_identifier: str | None = None,
    not_proven: str = "",
    known: Collection[str] | None = None,
) -> PlannedListener | None:
    """Return what becomes of a listener; None where the AlbConfig could not be read.

    Args:
        settings: of the stack.
        snapshot: of the listener before anything is changed.
        changes: whether the engine changes its switch.
        ca_identifier: of the stack's CA, as far as it is in CAS.
        not_proven: of a listener that stays.
        known: identifiers of every CA that this stack has bound to it; None while that is not known.
    """
    if snapshot.state is None:
        return None
    configured = next((one for one in settings.listeners if one.key == snapshot.key), None)
    write: Write = "patch" if configured is None else configured.write
    stops_up = write == "patch" and changes and known is not None and _has_another_ca(settings, snapshot, known)
    enforced = _checks_with(snapshot.state, [*(known or ()), *([ca_identifier] if ca_identifier else [])])
    is_committed = False
    if write == "none":
        is_committed = _is_committed(settings, snapshot, ca_identifier)
        changes = changes or not is_committed
    elif snapshot.bound_generation is not None:
        enforced = True
    return PlannedListener(
        key=snapshot.key,
        changes=changes and not stops_up,
        before=snapshot.state,
        enabled=settings.enabled,
        ca_identifier=ca_identifier,
        enforced=enforced,
        edition=snapshot.edition,
        hosts=snapshot.hosts,
        probed=_probed(settings, snapshot) if settings.proof.mode == "required" else "",
        headers=_headers(settings, snapshot),
        bypasses=snapshot.bypasses,
        owners=snapshot.owners,
        field_managers=besides(snapshot.owners, snapshot.field_managers),
        not_proven=not_proven,
        stops_up=stops_up,
        allowed_hosts=None if configured is None else configured.hosts,
        take_over=None if configured is None else configured.take_over,
        write=write,
        is_committed=is_committed,
        is_handed_over=write == "none" and snapshot.readable_claim() is not None,
    )


def _is_committed(settings: Settings, snapshot: ListenerSnapshot, ca_identifier: str | None) -> bool:
    headers = settings.identity_headers_of(snapshot.key)
    if snapshot.state is None or snapshot.will_change(enabled=settings.enabled, headers=headers, write="none"):
        return False
    return not settings.enabled or snapshot.state.identifiers == [ca_identifier]


def _checks_with(state: ListenerState, ours: Collection[str]) -> bool:
    """Say whether clients are checked with CAs of this stack, as far as no claim says it."""
    return bool(state.ca_enabled and state.identifiers) and all(is_among(one, ours) for one in state.identifiers)


def _has_another_ca(settings: Settings, snapshot: ListenerSnapshot, known: Collection[str]) -> bool:
    """Say whether an `up` stops at the CA that stands there, by what decides that in the `up` itself."""
    claim = snapshot.readable_claim()
    take_over = next((one.take_over for one in settings.listeners if one.key == snapshot.key), None)
    if snapshot.albconfig is None or claim is None or claim.deployment == take_over:
        return False
    there = situation_of(
        snapshot.albconfig,
        find_listener(snapshot.albconfig, snapshot.key),
        deployment=claim.deployment,
        token=claim.token,
        ours=known,
        found=None,
    )
    # That somebody holds it is reported by the look.
    verdict = on_up(
        replace(there, hold=None),
        attempt=claim.attempt,
        take_over=take_over,
        used=None,
        enabled=settings.enabled,
        was_enabled=None,
    )
    return verdict is Verdict.ANOTHER_CA


def _probed(settings: Settings, snapshot: ListenerSnapshot) -> str:
    if settings.proof.host is not None:
        ingresses = [one.ingress_text for one in snapshot.hosts or () if one.host == settings.proof.host]
        on_it = f"Ingress {', '.join(ingresses)}" if ingresses else "no Ingress on this listener names it"
        return f"{settings.proof.host} (proof.host; {'not known' if snapshot.hosts is None else on_it})"
    found = snapshot.probed_host
    if found is None:
        return "not known" if snapshot.hosts is None else "none; set proof.host"
    return f"{found.host} (Ingress {found.ingress_text}); set proof.host to request another"


def _headers(settings: Settings, snapshot: ListenerSnapshot) -> PlannedHeaders:
    configured = settings.identity_headers_of(snapshot.key)
    now, then = snapshot.headers_on, {} if configured is None else configured.names
    claimed = snapshot.headers_claimed
    kept = {name: header for name, header in now.items() if name not in claimed}
    given_back = (now[name] for name in claimed if name in now and name not in then)
    return PlannedHeaders(
        before=tuple(now.values()), after=tuple({**kept, **then}.values()), given_back=tuple(given_back)
    )
