"""Why an ALB did not become what its AlbConfig says: by the controller's warnings, then by its last state."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any

from alb_mtls.aliyun.alb import Listener
from alb_mtls.aliyun.alb_models import STOPPED
from alb_mtls.cluster.controller_events import (
    certificates_in,
    is_warning,
    lasting_failure,
    occurrence,
    remedy_for,
    text_of,
)
from alb_mtls.cluster.controller_version import OLDEST_TEXT
from alb_mtls.cluster.errors import ClusterError, NoSuchAlbConfig, NoSuchListener
from alb_mtls.cluster.field_managers import last_writer
from alb_mtls.cluster.hold import read_hold
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import AlbConfig, find_listener, name_of, state_of
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.reuse import named_by
from alb_mtls.errors import OperationFailed, user_message
from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.listener_resources import ListenerSwitchInputs
from alb_mtls.listeners.desired import is_among, same_identifiers
from alb_mtls.listeners.reuse import shared

# The first looks follow each other soon, the later ones every half second.
_LOOKS_BEFORE_REPORTS = 8
_LOOKS_PER_REPORT = 4
_ADD_ON = (
    f"install or upgrade the add-on ALB Ingress Controller that ACK manages, to {OLDEST_TEXT} or later (ACK console, "
    "Add-ons)"
)


class ControllerWarnings:
    """The warnings of the controller since a moment."""

    def __init__(self, kube: KubeClient, alb_config: str, uid: str) -> None:
        """Remember the warnings so far."""
        self._kube = kube
        self._alb_config = alb_config
        self._uid = uid
        # Events that could not be read at first may be older than this attempt.
        self._unreadable: str | None = None
        self._old: dict[str, int] = {}
        self._at_first: dict[str, int] | None = None
        try:
            self._old = dict(map(occurrence, self._read()))
        except ClusterError as error:
            self._unreadable = str(error)

    def _read(self) -> list[dict[str, Any]]:
        return [event for event in self._kube.events(self._alb_config, self._uid) if is_warning(event)]

    def _new(self) -> list[dict[str, Any]]:
        return [] if self._unreadable else [event for event in self._read() if _times(event, self._old)]

    def why(self, desired: ListenerSwitchInputs, last: Listener | None, alb_id: str) -> str:
        """Return the most likely cause, with its remedy."""
        both = self._shared_alb(alb_id)
        try:
            return explained(desired, last, self._new(), self._unreadable, shared_alb=both)
        except ClusterError as error:
            return explained(desired, last, [], str(error), shared_alb=both)

    def _shared_alb(self, alb_id: str) -> str | None:
        """Return that other AlbConfigs mean the same ALB; None also where that is not known."""
        with suppress(ClusterError):
            others = self._kube.albconfigs_beside(self._alb_config)
            names = sorted(name_of(one) for one in others if alb_id in named_by(one))
            return shared(self._alb_config, [alb_id], names)
        return None

    def lasting(self, listener: ListenerKey, identifiers: Sequence[str]) -> str | None:
        """Return why what was written fails, if waiting does not heal that, with its remedy; None while it may heal.

        One that names the CA is about it. Any other may come from a reconcile that began before the patch: only the
        second one since the first call, which comes after the patch, is of a later reconcile, whatever clocks show.
        """
        try:
            new = self._new()
        except ClusterError:
            # Whoever waits asks again.
            return None
        if self._at_first is None:
            self._at_first = {**self._old, **dict(map(occurrence, new))}
        times = 0
        for event in new:
            failure = lasting_failure(event, listener)
            if failure is None:
                continue
            named = certificates_in(failure)
            if named and not any(is_among(one, named) for one in identifiers):
                continue
            times += _times(event, self._at_first)
            if named or times > 1:
                remedy = remedy_for(event, listener.alb_config)
                return f"the ALB Ingress controller reports: {text_of(event)}: {remedy}"
        return None

    def watch(self, listener: ListenerKey, identifiers: Sequence[str]) -> Callable[[], None]:
        """Return what ends a wait for the ALB, called after each look, once the controller reports what lasts.

        Raises:
            OperationFailed: from what is returned: waiting does not help.
        """
        looks = count(1)

        def meanwhile() -> None:
            # Not each time: mostly the ALB follows within a second or two.
            number = next(looks)
            is_due = number >= _LOOKS_BEFORE_REPORTS and number % _LOOKS_PER_REPORT == 0
            failure = self.lasting(listener, identifiers) if is_due else None
            if failure is not None:
                sentence = f"{listener.label} does not follow, and waiting does not help: {failure}"
                raise OperationFailed(sentence)

        return meanwhile

    def cause(self, desired: ListenerSwitchInputs, error: Exception) -> str:
        """Return why an attempt failed: who changed the AlbConfig meanwhile tells more than ALB and clients."""
        sentence = user_message(error)
        if not isinstance(error, HandshakeError | OperationFailed):
            return sentence
        try:
            return taken_back(desired, self._kube.albconfig(self._alb_config)) or sentence
        except (NoSuchAlbConfig, NoSuchListener) as gone:
            return f"{gone}; it was there when this run wrote to it"
        except ClusterError:
            return sentence


def _times(event: dict[str, Any], before: Mapping[str, int]) -> int:
    """Return how often an event has come since it was counted; one that was not counted, altogether."""
    uid, times = occurrence(event)
    earlier = before.get(uid, 0)
    # Kubernetes forgets events after an hour, and counts from 1 again.
    return times - earlier if times >= earlier else times


def taken_back(desired: ListenerSwitchInputs, albconfig: AlbConfig) -> str | None:
    """Return who changed the two fields since an attempt wrote them; None while they stand. Pure.

    A loop of `kubectl apply` and a controller of a GitOps repository do, whenever their file says otherwise; a person
    does in an emergency, mostly with a hold, whose reason the roll-back gives.

    Raises:
        ClusterError: the AlbConfig has the listener no more.
    """
    found = state_of(find_listener(albconfig, desired.listener).element)
    if bool(found.ca_enabled) == desired.enabled and same_identifiers(found.identifiers, [desired.ca_identifier]):
        return None
    changed = (
        f"the two fields of {desired.listener.label} were changed while this run waited for the ALB, last by "
        f"{last_writer(albconfig)}: found is {_fields(found.ca_enabled, found.identifiers)}, written was "
        f"{_fields(desired.enabled, [desired.ca_identifier])}"
    )
    if read_hold(albconfig, desired.listener) is not None:
        return changed
    return (
        f"{changed}; when a person did that, speak with that person before the next `pulumi up`; when a kept file "
        "did, put what was written into it, or take the listeners out of it"
    )


def _fields(enabled: bool | None, identifiers: Sequence[str]) -> str:  # noqa: FBT001 - the value of a field, not an option
    ca_enabled = "absent" if enabled is None else str(enabled).lower()
    return f"caEnabled {ca_enabled} with {', '.join(identifiers) or 'no CA'}"


def explained(
    desired: ListenerSwitchInputs,
    last: Listener | None,
    warnings: Iterable[dict[str, Any]],
    unreadable: str | None,
    *,
    shared_alb: str | None = None,
) -> str:
    """Return the most likely cause, with its remedy; warnings are oldest first. Pure."""
    latest = list(warnings)[-1:]
    if latest:
        remedy = remedy_for(latest[0], desired.listener.alb_config)
        return f"the ALB Ingress controller reports: {text_of(latest[0])}: {remedy}"
    controller = "the ALB Ingress controller reports no error"
    if unreadable is not None:
        controller = f"whether the ALB Ingress controller reports an error is not known, because {unreadable}"
    return f"{controller}: {shared_alb or _by_the_last_state(desired, last)}"


def _by_the_last_state(desired: ListenerSwitchInputs, last: Listener | None) -> str:
    if last is None:
        return f"the ALB has no such listener; check whether the controller runs, and {_ADD_ON}"
    if last.status == STOPPED:
        return "the listener is stopped; start it in the ALB console"
    if last.status != "Running":
        return (
            f"the ALB has not finished its change (status {last.status}); raise proof.deadlineSeconds, and if it "
            "stays so, contact the support of Alibaba Cloud"
        )
    if not desired.enabled:
        return f"the controller has not followed the AlbConfig; check whether it runs, and {_ADD_ON}"
    if last.hides_ca:
        return (
            "the ALB API does not name the CA of which it requests certificates, so it is not known whether that is "
            "the one of this stack; only handshakes can show it: set proof.mode: required"
        )
    if last.ca_enabled and not same_identifiers(last.ca_identifiers, [desired.ca_identifier]):
        return (
            "the listener requests certificates of another CA; check whether the controller runs, and who else writes "
            f"it (kubectl get albconfig {desired.listener.alb_config} -o yaml --show-managed-fields)"
        )
    return (
        "a build that ignores caEnabled behaves like this, as the open-source one does, and a controller that does not "
        f"run; {_ADD_ON}"
    )
